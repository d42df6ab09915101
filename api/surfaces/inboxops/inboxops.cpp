#include "api/surfaces/inboxops/inboxops.hpp"

#include "api/service/companies.hpp"
#include "api/service/contacts.hpp"
#include "api/surfaces/inboxops/decode.hpp"
#include "api/surfaces/inboxops/encode.hpp"

namespace tenantry::surfaces::inboxops {

namespace {

/// The second one is for paths that nobody has: no other surface's prefix is as short.
constexpr std::string_view prefixes[] = {"/api/v1/companies", "/api/"};

}  // namespace

const surface definition{.name = "inboxops",
                         .prefixes = prefixes,
                         .describe = describe,
                         .error_body = encode_error,
                         .limit = {100, 100}};

task<result<http::response>> create_company(exchange x) {
    auto companies = only(decode_create_company(x.request));
    if (!companies) co_return companies.error();
    auto answer = co_await service::create_companies(x.env, x.caller(), std::move(*companies),
                                                     encode_created);
    co_return to_response(std::move(answer));
}

task<result<http::response>> list_companies(exchange x) {
    auto asked = decode_list(x.request);
    if (!asked) co_return asked.error();
    auto found =
        co_await service::list_companies(x.env, x.caller(), std::move(asked->filter), asked->part);
    if (!found) co_return found.error();
    std::vector<domain::company_id> ids;
    for (const auto& company : (*found)->content) ids.push_back(company.id);
    auto contacts = co_await service::contacts_of(x.env, x.caller(), std::move(ids));
    if (!contacts) co_return contacts.error();
    co_return ok(encode_companies(**found, *contacts));
}

task<result<http::response>> get_company(exchange x) {
    const auto id = decode_company_id(x.request, x.who.agency);
    if (!id) co_return id.error();
    auto found = co_await service::get_company(x.env, x.caller(), *id);
    if (!found) co_return found.error();
    if (!found->active) co_return error{.code = errc::not_found};
    std::vector<domain::company_id> ids{*id};
    auto contacts = co_await service::contacts_of(x.env, x.caller(), std::move(ids));
    if (!contacts) co_return contacts.error();
    co_return ok(encode_company(*found, *contacts));
}

task<result<http::response>> update_company(exchange x) {
    const auto id = decode_company_id(x.request, x.who.agency);
    if (!id) co_return id.error();
    auto change = decode_update_company(x.request);
    if (!change) co_return change.error();
    auto updated = co_await service::update_company(x.env, x.caller(), *id, std::move(*change));
    if (!updated) co_return updated.error();
    co_return ok(encode_updated(*updated));
}

task<result<http::response>> delete_company(exchange x) {
    const auto id = decode_company_id(x.request, x.who.agency);
    if (!id) co_return id.error();
    domain::company_change stop{.active = false, .only_if_active = true};
    auto stopped = co_await service::update_company(x.env, x.caller(), *id, std::move(stop));
    if (!stopped) co_return stopped.error();
    co_return no_content();
}

}  // namespace tenantry::surfaces::inboxops
