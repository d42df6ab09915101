#include "api/service/users.hpp"

#include <algorithm>

#include "api/service/commands.hpp"
#include "common/store/users.hpp"

namespace tenantry::service {

namespace {

/// What the user will be once the command is done.
domain::user outcome(const store::create_user& command, const store::found_users& found,
                     timestamp now) {
    domain::user user{.id = command.id,
                      .external_id = command.person.external_id,
                      .email = command.person.email,
                      .name = command.person.name,
                      .created_at = now};
    if (!found.users.empty()) user = found.users.front();
    if (!command.company || !found.company_name) return user;
    auto& all = user.companies;
    const auto at = std::ranges::lower_bound(all, *command.company, {}, &domain::user_company::id);
    if (at == all.end() || at->id != *command.company)
        all.insert(at, {*command.company, *found.company_name,
                        command.role.value_or(domain::user_role::user)});
    else if (command.role)
        at->role = *command.role;
    return user;
}

errc meaning_of(std::string_view refusal) {
    if (refusal == store::no_such_company) return errc::not_found;
    if (refusal == store::company_without_owner) return errc::last_owner;
    return errc::external_id_taken;
}

task<result<domain::user_id>> new_user_id(environment& env, const caller& by) {
    const store::id_demand demand{.users = 1};
    auto ids = co_await env.ids.take(demand, by.until);
    if (!ids) co_return ids.error();
    co_return domain::user_id{ids->users.front()};
}

/// Looks who is known, and writes the answer to what will be done.
task<result<void>> prepare(environment& env, pg::pool& database, const caller& by,
                           store::create_user& command, timestamp now, user_encoder encode) {
    const store::user_filter known{.external_id = command.person.external_id};
    auto found =
        co_await store::find_users(database, by.who.agency, known, command.company, by.until);
    if (!found) co_return found.error();
    if (!found->users.empty()) {
        command.id = found->users.front().id;
    } else if (command.id.value() == 0) {
        auto id = co_await new_user_id(env, by);
        if (!id) co_return id.error();
        command.id = *id;
    }
    command.response = encode(outcome(command, *found, now));
    co_return result<void>{};
}

}  // namespace

task<result<std::vector<domain::user>>> list_users(environment& env, caller by,
                                                   std::optional<domain::company_id> company) {
    if (company && !by.who.reaches(*company)) co_return error{.code = errc::not_found};
    const auto wanted = company ? company : by.who.company;
    const store::user_filter filter{.members_of = wanted, .places_in = by.who.company};
    const auto database = co_await env.slow.take(by);
    if (!database) co_return database.error();
    auto found = co_await store::find_users(*database, by.who.agency, filter, wanted, by.until);
    if (!found) co_return found.error();
    if (wanted && !found->company_name) co_return error{.code = errc::not_found};
    co_return std::move(found->users);
}

task<result<domain::user>> get_user(environment& env, caller by, std::string external_id) {
    const store::user_filter filter{.members_of = by.who.company,
                                    .external_id = std::move(external_id),
                                    .places_in = by.who.company};
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    auto found =
        co_await store::find_users(*database, by.who.agency, filter, std::nullopt, by.until);
    if (!found) co_return found.error();
    if (found->users.empty()) co_return error{.code = errc::not_found};
    co_return std::move(found->users.front());
}

task<result<answer>> create_user(environment& env, caller by, domain::new_person person,
                                 std::optional<domain::company_id> company,
                                 std::optional<domain::user_role> role, user_encoder encode) {
    if (by.who.company) co_return error{.code = errc::insufficient_scope};
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    const auto times = env.times();
    store::create_user command{by.command(times), domain::user_id{0}, std::move(person), company,
                               role};
    for (int attempt = 1;; ++attempt) {
        auto prepared = co_await prepare(env, *database, by, command, times.now, encode);
        if (!prepared) co_return prepared.error();
        auto verdict = co_await store::insert_user(*database, command, by.until);
        // Another request may have brought the user in since this one looked.
        if (attempt < max_race_attempts && must_look_again(verdict, store::other_user_id)) continue;
        const auto refusal = verdict ? meaning_of(verdict->subject) : errc::internal;
        auto settled = settle(env, command, std::move(verdict), refusal);
        if (!settled && settled.error().code == errc::external_id_taken)
            co_return error{.code = errc::external_id_taken, .subject = command.person.external_id};
        co_return settled;
    }
}

}  // namespace tenantry::service
