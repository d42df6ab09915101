#include "api/service/api_keys.hpp"

#include "api/service/commands.hpp"
#include "api/service/key_vault.hpp"
#include "common/store/api_keys.hpp"
#include "common/store/companies.hpp"

namespace tenantry::service {

namespace {

task<result<minted_key>> mint(environment& env, const caller& by) {
    const store::id_demand demand{.api_keys = 1};
    auto ids = co_await env.ids.take(demand, by.until);
    if (!ids) co_return ids.error();
    co_return mint_key(env.sealer, by.who.agency, domain::api_key_id{ids->api_keys.front()});
}

}  // namespace

task<result<domain::page<api_key>>> list_api_keys(environment& env, caller by,
                                                  domain::company_id company,
                                                  std::int64_t page_number) {
    if (!by.who.reaches(company)) co_return error{.code = errc::not_found};
    // Keys are shown in full: to a key that may do less than they, they would be a way to do more.
    const bool any_scope = by.who.scope == domain::key_scope::read_write;
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    auto found = co_await store::list_api_keys(*database, by.who.agency, company, by.who.user,
                                               any_scope, env.clock.now(), page_number, by.until);
    if (!found) co_return found.error();
    if (!found->company_exists) co_return error{.code = errc::not_found};
    domain::page<api_key> page{.number = page_number, .total_elements = found->keys.total_elements};
    for (const auto& key : found->keys.content) {
        auto text = open_key(env.sealer, key);
        if (!text) co_return text.error();
        page.content.push_back({key.id, std::move(*text), key.label, key.revoked_at});
    }
    co_return page;
}

task<result<answer>> create_api_key(environment& env, caller by, domain::company_id company,
                                    domain::api_key_label label, api_key_encoder encode) {
    if (!by.who.reaches(company)) co_return error{.code = errc::not_found};
    auto minted = co_await mint(env, by);
    if (!minted) co_return minted.error();
    store::create_api_key command{by.command(env.times()), company, minted->row, label.text()};
    command.response = encode(company, {minted->row.id, minted->text, label.text()});
    seal_response(env.sealer, command, command.response);
    auto run = [&] { return env.commits.api_keys.run(command, by.until); };
    auto verdict = co_await run_to_verdict(run);
    co_return settle(env, command, std::move(verdict), errc::not_found);
}

task<result<answer>> rotate_api_key(environment& env, caller by, domain::company_id company,
                                    domain::api_key_id old_key, domain::rotation_overlap overlap,
                                    api_key_encoder encode) {
    if (!by.who.reaches(company)) co_return error{.code = errc::not_found};
    auto minted = co_await mint(env, by);
    if (!minted) co_return minted.error();
    const auto times = env.times();
    store::rotate_api_key command{by.command(times), company, old_key, minted->row,
                                  times.now + domain::duration(overlap)};
    command.response = encode(company, {minted->row.id, minted->text});
    seal_response(env.sealer, command, command.response);
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    auto run = [&] { return store::replace_api_key(*database, command, by.until); };
    auto verdict = co_await run_to_verdict(run);
    env.revoked.announce(by.who.agency);
    co_return settle(env, command, std::move(verdict), errc::not_found);
}

task<result<void>> revoke_api_key(environment& env, caller by, domain::company_id company,
                                  domain::api_key_id id) {
    if (!by.who.reaches(company)) co_return error{.code = errc::not_found};
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    auto revoked =
        co_await store::revoke_api_key(*database, by.command(env.times()), company, id, by.until);
    if (revoked) env.revoked.announce(by.who.agency);
    co_return revoked;
}

}  // namespace tenantry::service
