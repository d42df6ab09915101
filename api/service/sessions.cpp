#include "api/service/sessions.hpp"

#include "api/service/commands.hpp"
#include "api/service/key_holders.hpp"
#include "api/service/key_vault.hpp"
#include "common/crypto/session_token.hpp"

namespace tenantry::service {

namespace {

error invalid() {
    return {.code = errc::invalid_session};
}

crypto::secret_key signing_key(const environment& env) {
    return env.sealer.derived_key("session tokens, HS256");
}

/// Whom the key stands for, provided that it is the agency's.
task<result<domain::principal>> holder_of(environment& env, const caller& by,
                                          const std::string& key_text) {
    const auto key = read_key(env.sealer, key_text);
    if (!key) co_return key.error();
    if (key->agency != by.who.agency) co_return error{.code = errc::unknown_key};
    auto holder = co_await find_holder(env.key_holders, *key, by.until);
    if (!holder) co_return holder.error();
    co_return admit(*holder, env.clock.now());
}

domain::session_claims claims_of(const environment& env, const domain::principal& holder,
                                 timestamp now) {
    const auto issued = std::chrono::floor<std::chrono::seconds>(now);
    return {holder.user, crypto::mint_session_name(), issued, issued + env.session_ttl};
}

}  // namespace

task<result<answer>> open_session(environment& env, caller by, std::string key_text,
                                  session_encoder encode) {
    auto holder = co_await holder_of(env, by, key_text);
    if (!holder) co_return holder.error();
    const auto times = env.times();
    const auto claims = claims_of(env, *holder, times.now);
    store::open_session command{by.command(times), claims.session, holder->key, holder->user,
                                claims.expires_at};
    const session opened{std::move(*holder), std::move(key_text),
                         crypto::sign_session(signing_key(env), claims), claims.expires_at};
    command.response = encode(opened);
    seal_response(env.sealer, command, command.response);
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    auto run = [&] { return store::insert_session(*database, command, by.until); };
    auto verdict = co_await run_to_verdict(run);
    co_return settle(env, command, std::move(verdict), errc::revoked_key);
}

task<result<answer>> end_session(environment& env, caller by, std::string token,
                                 store::stored_response response) {
    if (token.empty()) co_return error{.code = errc::missing_session};
    const auto claims = crypto::verify_session(signing_key(env), token);
    if (!claims) co_return invalid();
    auto command = by.command(env.times());
    command.response = std::move(response);
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    auto run = [&] { return store::revoke_session(*database, command, claims->session, by.until); };
    auto verdict = co_await run_to_verdict(run);
    env.revoked.announce(by.who.agency);
    co_return settle(env, command, std::move(verdict), errc::invalid_session);
}

task<result<verified_session>> find_session(const environment& env, domain::agency_id agency,
                                            std::string_view token, deadline until) {
    auto claims = crypto::verify_session(signing_key(env), token);
    if (!claims) co_return invalid();
    const auto database = co_await env.alone.take(agency, until);
    if (!database) co_return database.error();
    auto found = co_await store::find_session(*database, agency, claims->session, until);
    if (!found) co_return found.error();
    if (!*found || (*found)->user != claims->user) co_return invalid();
    verified_session session{std::move(*claims), std::move(**found)};
    co_return session;
}

result<void> admit(const verified_session& session, timestamp now) {
    const auto& row = session.row;
    const bool ended = row.ended_at && *row.ended_at <= now;
    // The row may have been given less time since than the token says.
    const bool over = row.expires_at + domain::session_clock_skew <= now;
    if (ended || over || !row.company_open || !domain::is_current(session.claims, now))
        return invalid();
    return {};
}

}  // namespace tenantry::service
