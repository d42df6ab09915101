// The whole API on one screen; besides: /healthz, /readyz, and the published contract
// (api/openapi).
#include "api/routes.hpp"

#include "api/surfaces/woodpecker/woodpecker.hpp"

namespace tenantry::api {

namespace {

using enum surfaces::access;
using enum http::verb;
namespace wp = surfaces::woodpecker;

constexpr bool with_body = true;

// clang-format off
constexpr surfaces::route woodpecker_routes[] = {
    {get,     "/rest/v1/me",                                                      read,  wp::get_me},
    {get,     "/rest/v2/agency/companies",                                        read,  wp::list_companies},
    {post,    "/rest/v2/agency/companies",                                        write, wp::create_companies, with_body},
    {get,     "/rest/v2/agency/companies/{company_id}",                           read,  wp::get_company},
    {patch,   "/rest/v2/agency/companies/{company_id}",                           write, wp::update_company, with_body},
    {get,     "/rest/v2/agency/companies/{company_id}/api_keys",                  read,  wp::list_api_keys},
    {post,    "/rest/v2/agency/companies/{company_id}/api_keys",                  write, wp::create_api_key, with_body},
    {delete_, "/rest/v2/agency/companies/{company_id}/api_keys/{key_id}",         write, wp::revoke_api_key},
    {post,    "/rest/v2/agency/companies/{company_id}/api_keys/{key_id}/rotate",  write, wp::rotate_api_key},
    {get,     "/rest/v2/agency/jobs",                                             read,  wp::list_jobs},
    {get,     "/rest/v2/agency/jobs/{job_id}",                                    read,  wp::get_job},
    {post,    "/rest/v2/agency/jobs/{job_id}/retry",                              write, wp::retry_job},
};
// clang-format on

const surface_routes all[] = {
    {&wp::definition, woodpecker_routes},
};

}  // namespace

std::span<const surface_routes> every_route() {
    return all;
}

}  // namespace tenantry::api
