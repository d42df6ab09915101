#include "api/surfaces/kare/kare.hpp"

#include "api/service/companies.hpp"
#include "api/service/contacts.hpp"
#include "api/service/sessions.hpp"
#include "api/surfaces/kare/decode.hpp"
#include "api/surfaces/kare/encode.hpp"

namespace tenantry::surfaces::kare {

namespace {

constexpr std::string_view prefixes[] = {"/companies/v2/", "/auth/v1/"};

}  // namespace

const surface definition{"kare", prefixes, describe, encode_error};

task<result<http::response>> verify_token(exchange x) {
    auto key = decode_verify(x.request);
    if (!key) co_return key.error();
    auto answer =
        co_await service::open_session(x.env, x.caller(), std::move(*key), encode_session);
    co_return to_response(std::move(answer));
}

// The guard would refuse a session that has ended, and with it the repetition of this request.
task<result<http::response>> revoke_token(exchange x) {
    std::string token{x.request.header("x-session-token")};
    store::stored_response nothing{.status = 204};
    auto answer =
        co_await service::end_session(x.env, x.caller(), std::move(token), std::move(nothing));
    co_return to_response(std::move(answer));
}

task<result<http::response>> create_contacts(exchange x) {
    const auto company = path_id<domain::company_id>(x.request, 0);
    if (!company) co_return company.error();
    auto contacts = decode_contacts(x.request);
    if (!contacts) co_return contacts.error();
    auto answer = co_await service::create_contacts(x.env, x.caller(), *company,
                                                    std::move(*contacts), encode_inserted);
    co_return to_response(std::move(answer));
}

task<result<http::response>> list_contacts(exchange x) {
    const auto id = path_id<domain::company_id>(x.request, 0);
    if (!id) co_return id.error();
    const auto part = decode_window(x.request);
    if (!part) co_return part.error();
    const auto extend = decode_extend(x.request);
    if (!extend) co_return extend.error();
    std::optional<domain::company> company;
    if (*extend) {
        auto found = co_await service::get_company(x.env, x.caller(), *id);
        if (!found) co_return found.error();
        company = std::move(*found);
    }
    auto page = co_await service::list_contacts(x.env, x.caller(), *id, *part);
    if (!page) co_return page.error();
    co_return ok(encode_contacts(*page, company));
}

task<result<http::response>> list_companies(exchange x) {
    const auto part = decode_window(x.request);
    if (!part) co_return part.error();
    const domain::company_filter every{};
    auto page = co_await service::list_companies(x.env, x.caller(), every, *part);
    if (!page) co_return page.error();
    co_return ok(encode_companies(**page));
}

task<result<http::response>> create_company(exchange x) {
    auto companies = only(decode_company(x.request));
    if (!companies) co_return companies.error();
    auto answer = co_await service::create_companies(x.env, x.caller(), std::move(*companies),
                                                     encode_created);
    co_return to_response(std::move(answer));
}

}  // namespace tenantry::surfaces::kare
