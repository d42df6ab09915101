#include "api/surfaces/stablesea/stablesea.hpp"

#include "api/service/companies.hpp"
#include "api/surfaces/cursor_page.hpp"
#include "api/surfaces/stablesea/decode.hpp"
#include "api/surfaces/stablesea/encode.hpp"

namespace tenantry::surfaces::stablesea {

namespace {

constexpr std::string_view prefixes[] = {"/v1/"};
constexpr bool with_history = true;

task<result<http::response>> set_status(exchange x, domain::company_status to) {
    const auto id = decode_organization_id(x.request);
    if (!id) co_return id.error();
    auto answer = co_await service::set_company_status(x.env, x.caller(), *id, to, encode_changed);
    co_return to_response(std::move(answer));
}

}  // namespace

const surface definition{.name = "stablesea",
                         .prefixes = prefixes,
                         .describe = describe,
                         .error_body = encode_error,
                         .limit = {1000, 1500},
                         .idempotency = domain::idempotency_rule::uuid_required,
                         .body_limit = body_limit};

task<result<http::response>> create_organization(exchange x) {
    auto companies = only(decode_create_organization(x.request));
    if (!companies) co_return companies.error();
    auto answer = co_await service::create_companies(x.env, x.caller(), std::move(*companies),
                                                     encode_created);
    co_return to_response(std::move(answer));
}

task<result<http::response>> list_organizations(exchange x) {
    const auto part = decode_window(x.request);
    if (!part) co_return part.error();
    const domain::company_filter filter{.active = true, .with_status_changes = true};
    auto found = co_await service::list_companies(x.env, x.caller(), filter, *part);
    if (!found) co_return found.error();
    co_return ok(encode_organizations(**found));
}

task<result<http::response>> get_organization(exchange x) {
    const auto id = decode_organization_id(x.request);
    if (!id) co_return id.error();
    auto found = co_await service::get_company(x.env, x.caller(), *id, with_history);
    if (!found) co_return found.error();
    if (!found->active) co_return error{.code = errc::not_found};
    co_return ok(encode_organization(*found));
}

task<result<http::response>> hold_organization(exchange x) {
    return set_status(x, domain::company_status::compliance_hold);
}

task<result<http::response>> release_organization(exchange x) {
    return set_status(x, domain::company_status::active);
}

}  // namespace tenantry::surfaces::stablesea
