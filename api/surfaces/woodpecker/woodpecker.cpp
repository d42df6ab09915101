#include "api/surfaces/woodpecker/woodpecker.hpp"

#include "api/service/api_keys.hpp"
#include "api/service/companies.hpp"
#include "api/service/jobs.hpp"
#include "api/surfaces/woodpecker/decode.hpp"
#include "api/surfaces/woodpecker/encode.hpp"

namespace tenantry::surfaces::woodpecker {

namespace {

constexpr std::string_view prefixes[] = {"/rest/v2/", "/rest/v1/"};

}  // namespace

const surface definition{"woodpecker", prefixes, describe, encode_error};

task<result<http::response>> create_companies(exchange x) {
    auto names = decode_create_companies(x.request);
    if (!names) co_return names.error();
    std::vector<service::new_company> companies;
    companies.reserve(names->size());
    for (auto& name : *names) companies.push_back({std::move(name)});
    auto answer =
        co_await service::create_companies(x.env, x.caller(), std::move(companies), encode_created);
    co_return to_response(std::move(answer));
}

task<result<http::response>> list_companies(exchange x) {
    const auto page = decode_page(x.request);
    if (!page) co_return page.error();
    const auto active = decode_active(x.request);
    if (!active) co_return active.error();
    const domain::company_filter filter{.active = *active};
    auto found =
        co_await service::list_companies(x.env, x.caller(), filter, domain::window::page(*page));
    if (!found) co_return found.error();
    co_return ok(encode_companies(**found));
}

task<result<http::response>> get_company(exchange x) {
    const auto id = path_id<domain::company_id>(x.request, 0);
    if (!id) co_return id.error();
    auto found = co_await service::get_company(x.env, x.caller(), *id);
    if (!found) co_return found.error();
    co_return ok(encode_company(*found));
}

task<result<http::response>> update_company(exchange x) {
    const auto id = path_id<domain::company_id>(x.request, 0);
    if (!id) co_return id.error();
    auto change = decode_update_company(x.request);
    if (!change) co_return change.error();
    auto updated = co_await service::update_company(x.env, x.caller(), *id, std::move(*change));
    if (!updated) co_return updated.error();
    co_return ok(encode_company(*updated));
}

task<result<http::response>> list_api_keys(exchange x) {
    const auto company = path_id<domain::company_id>(x.request, 0);
    if (!company) co_return company.error();
    const auto page = decode_page(x.request);
    if (!page) co_return page.error();
    auto keys = co_await service::list_api_keys(x.env, x.caller(), *company, *page);
    if (!keys) co_return keys.error();
    co_return ok(encode_api_keys(*keys));
}

task<result<http::response>> create_api_key(exchange x) {
    const auto company = path_id<domain::company_id>(x.request, 0);
    if (!company) co_return company.error();
    auto label = decode_create_api_key(x.request);
    if (!label) co_return label.error();
    auto answer = co_await service::create_api_key(x.env, x.caller(), *company, std::move(*label),
                                                   encode_created_key);
    co_return to_response(std::move(answer));
}

task<result<http::response>> revoke_api_key(exchange x) {
    const auto company = path_id<domain::company_id>(x.request, 0);
    if (!company) co_return company.error();
    const auto key = path_id<domain::api_key_id>(x.request, 1);
    if (!key) co_return key.error();
    auto revoked = co_await service::revoke_api_key(x.env, x.caller(), *company, *key);
    if (!revoked) co_return revoked.error();
    co_return no_content();
}

task<result<http::response>> rotate_api_key(exchange x) {
    const auto company = path_id<domain::company_id>(x.request, 0);
    if (!company) co_return company.error();
    const auto key = path_id<domain::api_key_id>(x.request, 1);
    if (!key) co_return key.error();
    const auto overlap = decode_rotate_api_key(x.request);
    if (!overlap) co_return overlap.error();
    auto answer = co_await service::rotate_api_key(x.env, x.caller(), *company, *key, *overlap,
                                                   encode_created_key);
    co_return to_response(std::move(answer));
}

task<result<http::response>> list_jobs(exchange x) {
    const auto page = decode_page(x.request);
    if (!page) co_return page.error();
    auto filter = decode_job_filter(x.request);
    if (!filter) co_return filter.error();
    auto found = co_await service::list_jobs(x.env, x.caller(), std::move(*filter), *page);
    if (!found) co_return found.error();
    co_return ok(encode_jobs(*found));
}

task<result<http::response>> get_job(exchange x) {
    const auto id = path_id<domain::job_id>(x.request, 0);
    if (!id) co_return id.error();
    auto found = co_await service::get_job(x.env, x.caller(), *id);
    if (!found) co_return found.error();
    co_return ok(encode_job(*found));
}

task<result<http::response>> retry_job(exchange x) {
    const auto id = path_id<domain::job_id>(x.request, 0);
    if (!id) co_return id.error();
    auto answer = co_await service::retry_job(x.env, x.caller(), *id, encode_retried);
    co_return to_response(std::move(answer));
}

task<result<http::response>> cancel_job(exchange x) {
    const auto id = path_id<domain::job_id>(x.request, 0);
    if (!id) co_return id.error();
    auto answer = co_await service::cancel_job(x.env, x.caller(), *id, encode_cancelled);
    co_return to_response(std::move(answer));
}

task<result<http::response>> get_batch(exchange x) {
    const auto id = path_id<domain::job_id>(x.request, 0);
    if (!id) co_return id.error();
    const auto wait = decode_wait(x.request);
    if (!wait) co_return wait.error();
    auto found = co_await service::get_batch(x.env, x.caller(), *id, *wait);
    if (!found) co_return found.error();
    co_return ok(encode_batch(*found));
}

task<result<http::response>> get_me(exchange x) {
    co_return ok(encode_me(x.who));
}

}  // namespace tenantry::surfaces::woodpecker
