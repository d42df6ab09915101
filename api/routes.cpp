// The whole API on one screen; besides: /healthz, /readyz, and the published contract
// (api/openapi).
#include "api/routes.hpp"

#include "api/surfaces/answering/answering.hpp"
#include "api/surfaces/inboxops/inboxops.hpp"
#include "api/surfaces/kare/kare.hpp"
#include "api/surfaces/stablesea/stablesea.hpp"
#include "api/surfaces/woodpecker/woodpecker.hpp"

namespace tenantry::api {

namespace {

using enum surfaces::access;
using enum http::verb;
namespace kr = surfaces::kare;
namespace wp = surfaces::woodpecker;
namespace io = surfaces::inboxops;
namespace ss = surfaces::stablesea;
namespace aa = surfaces::answering;

constexpr bool with_body = true, no_body = false, in_session = true;

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
    {post,    "/rest/v2/agency/jobs/{job_id}/cancel",                             write, wp::cancel_job},
    {get,     "/rest/v2/agency/batches/{batch_id}",                               read,  wp::get_batch},
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

constexpr surfaces::route answering_routes[] = {
    {get,     "/api/v1/organizations",                    read,  aa::list_organizations},
    {post,    "/api/v1/organizations",                    write, aa::create_organization, with_body},
    {get,     "/api/v1/organizations/{organization_id}",  read,  aa::get_organization},
    {patch,   "/api/v1/organizations/{organization_id}",  write, aa::update_organization, with_body},
    {delete_, "/api/v1/organizations/{organization_id}",  write, aa::delete_organization},
    {get,     "/api/v1/users",                    read,  aa::list_users},
    {post,    "/api/v1/users",                    write, aa::create_user, with_body},
    {get,     "/api/v1/users/{external_id}",      read,  aa::get_user},
    {get,     "/api/v1/locations",                read,  aa::list_locations},
    {post,    "/api/v1/locations",                write, aa::create_location, with_body},
    {get,     "/api/v1/locations/{location_id}",  read,  aa::get_location},
    {patch,   "/api/v1/locations/{location_id}",  write, aa::update_location, with_body},
    {delete_, "/api/v1/locations/{location_id}",  write, aa::delete_location},
};

// A session changes nothing of the agency's: a read-only key is given one, to read with.
constexpr surfaces::route kare_routes[] = {
    {post,    "/auth/v1/rs/token/verify",                                         read,  kr::verify_token, with_body},
    {post,    "/auth/v1/rs/token/revoke",                                         read,  kr::revoke_token},
    {get,     "/companies/v2/rs",                                                 read,  kr::list_companies, no_body, in_session},
    {post,    "/companies/v2/rs",                                                 write, kr::create_company, with_body, in_session},
    {get,     "/companies/v2/rs/{company_id}/contacts",                           read,  kr::list_contacts, no_body, in_session},
    {post,    "/companies/v2/rs/{company_id}/contacts",                           write, kr::create_contacts, with_body, in_session},
};
// clang-format on

const surface_routes all[] = {
    {&wp::definition, woodpecker_routes}, {&io::definition, inboxops_routes},
    {&ss::definition, stablesea_routes},  {&aa::definition, answering_routes},
    {&kr::definition, kare_routes},
};

}  // namespace

std::span<const surface_routes> every_route() {
    return all;
}

}  // namespace tenantry::api
