// The whole API on one screen.
#include "api/routes.hpp"

#include "api/surfaces/inboxops/inboxops.hpp"
#include "api/surfaces/stablesea/stablesea.hpp"
#include "api/surfaces/woodpecker/woodpecker.hpp"

namespace tenantry::api {

namespace {

using enum surfaces::access;
using enum http::verb;
namespace wp = surfaces::woodpecker;
namespace io = surfaces::inboxops;
namespace ss = surfaces::stablesea;

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

constexpr surfaces::route inboxops_routes[] = {
    {get,     "/api/v1/companies",                 read,  io::list_companies},
    {post,    "/api/v1/companies",                 write, io::create_company, with_body},
    {get,     "/api/v1/companies/{company_uuid}",  read,  io::get_company},
    {patch,   "/api/v1/companies/{company_uuid}",  write, io::update_company, with_body},
    {delete_, "/api/v1/companies/{company_uuid}",  write, io::delete_company},
};

constexpr surfaces::route stablesea_routes[] = {
    {get,     "/v1/organizations",                             read,  ss::list_organizations},
    {post,    "/v1/organizations",                             write, ss::create_organization, with_body},
    {get,     "/v1/organizations/{organization_id}",           read,  ss::get_organization},
    {post,    "/v1/organizations/{organization_id}/hold",      write, ss::hold_organization},
    {post,    "/v1/organizations/{organization_id}/release",   write, ss::release_organization},
};
// clang-format on

const surface_routes all[] = {
    {&wp::definition, woodpecker_routes},
    {&io::definition, inboxops_routes},
    {&ss::definition, stablesea_routes},
};

}  // namespace

std::span<const surface_routes> every_route() {
    return all;
}

}  // namespace tenantry::api
