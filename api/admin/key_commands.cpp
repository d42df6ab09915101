// tenantry-admin key …
#include <fmt/format.h>

#include "api/admin/console.hpp"
#include "api/admin/issue_key.hpp"
#include "api/service/key_vault.hpp"
#include "common/runtime/timestamp_text.hpp"
#include "common/store/agencies.hpp"
#include "common/store/api_keys.hpp"
#include "common/store/failure.hpp"

namespace tenantry::admin {

namespace {

constexpr std::chrono::hours record_time{24};

domain::agency_id agency_of(const arguments& with) {
    return domain::agency_id{with.id("agency")};
}

domain::key_scope scope_of(const arguments& with) {
    const auto text = with.find("scope").value_or("read_write");
    const auto scope = domain::parse_key_scope(text);
    if (!scope) throw command_error("--scope must be read_write or read_only, not " + text);
    return *scope;
}

std::optional<std::string> label_of(const arguments& with) {
    const auto text = with.find("label");
    if (!text) return std::nullopt;
    const auto label = domain::api_key_label::parse(*text);
    if (!label) throw command_error("--label must be 1 to 100 visible characters");
    return label->text();
}

task<void> create(console& on, const arguments& with) {
    const auto agency = agency_of(with);
    const auto user = value_of(co_await store::find_first_user(on.database(), agency, on.until()));
    key_request request{
        .agency = agency, .user = user, .label = label_of(with), .scope = scope_of(with)};
    if (const auto company = with.find_id("company"))
        request.company = domain::company_id{*company};
    const auto key = co_await issue_key(on, std::move(request));
    fmt::print("key      {}  {}\n", key.id, key.text);
}

task<void> list(console& on, const arguments& with) {
    const auto keys =
        value_of(co_await store::list_all_api_keys(on.database(), agency_of(with), on.until()));
    fmt::print("{:>8}  {:>8}  {:<10}  {:<27}  {:<27}  {}\n", "KEY", "COMPANY", "SCOPE", "CREATED",
               "REVOKED", "LABEL");
    for (const auto& k : keys)
        fmt::print("{:>8}  {:>8}  {:<10}  {:<27}  {:<27}  {}\n", k.id.value(),
                   k.company ? std::to_string(k.company->value()) : "-", to_string(k.scope),
                   to_rfc3339(k.created_at), k.revoked_at ? to_rfc3339(*k.revoked_at) : "-",
                   k.label.value_or(""));
}

task<void> revoke(console& on, const arguments& with) {
    const auto agency = agency_of(with);
    const domain::api_key_id key{with.id("key")};
    check(co_await store::revoke_api_key(on.database(), as_operator(on, agency), std::nullopt, key,
                                         on.until()));
    fmt::print("key {} is revoked\n", key);
}

}  // namespace

store::command as_operator(console& on, domain::agency_id agency) {
    return {.agency = agency,
            .user = domain::user_id{0},
            .actor_key = domain::api_key_id{0},
            .request_id = "tenantry-admin",
            .times = {on.now(), on.now() + record_time}};
}

task<issued_key> issue_key(console& on, key_request request) {
    const store::id_demand demand{.api_keys = 1};
    const auto ids = value_of(co_await on.ids().take(on.database(), demand, on.until()));
    auto minted =
        service::mint_key(on.sealer(), request.agency, domain::api_key_id{ids.api_keys.front()});
    auto by = as_operator(on, request.agency);
    by.user = request.user;  // whose key it is
    const store::create_api_key command{by, request.company, std::move(minted.row), request.label,
                                        request.scope};
    auto verdict = co_await store::run_alone(on.database(), command, on.until());
    if (!verdict) throw_unless(false, store::to_error(verdict.error()));
    if (verdict->what != store::verdict::kind::done)
        throw command_error("the agency has no such company");
    co_return issued_key{command.key.id, std::move(minted.text)};
}

std::vector<command> key_commands() {
    const arguments::option agency{"agency", "the agency's id", true};
    return {{"key create",
             "make an API key, which is printed",
             {agency,
              {"company", "the id of the one company it is valid in (default: the whole agency)"},
              {"label", "what it is for"},
              {"scope", "read_write (default) or read_only"}},
             create},
            {"key list", "an agency's keys, revoked ones too; none is shown", {agency}, list},
            {"key revoke",
             "refuse a key from now on",
             {agency, {"key", "the key's id", true}},
             revoke}};
}

}  // namespace tenantry::admin
