#include "common/store/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/store/row_by_key.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

// The advisory lock tells a use that is still running: waiting for it, as the record's unique index
// would, could take as long as that request does. A use that committed between this statement's
// snapshot and the lock shows as a conflict on a row that is not visible: then nothing is claimed
// and the verdict is a lost race. Every join costs the executor more to set up than to run, so each
// command is joined with its earlier use and its refusal once, and its verdict is a column since.
constexpr std::string_view keyed_prelude = R"(
WITH command AS (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::text[],
                         $7::text[], $8::bytea[], $9::int[], $10::text[], $11::bytea[], $12::int[], $13::timestamptz[])
        WITH ORDINALITY AS t(agency_id, user_id, actor_key_id, request_id, dated, endpoint, idempotency_key,
                             request_hash, status, location, body, keyring_version, record_expires, cmd)
), )";

constexpr std::string_view keyed_admission = R"(,
decided AS MATERIALIZED (
    SELECT command.*, refused.subject, prior.status AS prior_status, prior.location AS prior_location,
           prior.body AS prior_body, prior.keyring_version AS prior_keyring_version,
           CASE WHEN prior.request_hash = command.request_hash THEN 'replayed'
                WHEN prior.request_hash IS NOT NULL THEN 'mismatch'
                WHEN refused.cmd IS NOT NULL THEN 'refused'
                WHEN command.idempotency_key IS NULL OR pg_try_advisory_xact_lock(
                    hashtextextended(concat_ws(' ', command.agency_id, command.endpoint, command.idempotency_key), 0))
                    THEN 'admitted'
                ELSE 'in_progress' END AS decision
    FROM command LEFT JOIN refused USING (cmd)
        LEFT JOIN )" ROW_BY_KEY(
    "idempotency_record own",
    "(own.agency_id, own.endpoint, own.idempotency_key)"
    " = (command.agency_id, command.endpoint, command.idempotency_key)") R"( AS prior
            ON prior.expires_at > command.dated
), claimed AS (
    INSERT INTO tenantry.idempotency_record AS r
        (agency_id, endpoint, idempotency_key, request_hash, status, location, body, keyring_version, created_at,
         expires_at)
    SELECT agency_id, endpoint, idempotency_key, request_hash, status, location, body, keyring_version, dated,
           record_expires
    FROM decided WHERE decision = 'admitted' AND idempotency_key IS NOT NULL
    ON CONFLICT (agency_id, endpoint, idempotency_key) DO UPDATE
    SET request_hash = excluded.request_hash, status = excluded.status, location = excluded.location,
        body = excluded.body, keyring_version = excluded.keyring_version, created_at = excluded.created_at,
        expires_at = excluded.expires_at
    WHERE r.expires_at <= excluded.created_at
    RETURNING agency_id, endpoint, idempotency_key
), accepted AS MATERIALIZED (
    SELECT cmd, agency_id, user_id, actor_key_id, request_id, dated FROM decided
    WHERE decision = 'admitted'
      AND (idempotency_key IS NULL OR (agency_id, endpoint, idempotency_key) IN (SELECT * FROM claimed))
), )";

constexpr std::string_view keyed_verdicts = R"(
SELECT cmd, CASE WHEN cmd IN (SELECT cmd FROM accepted) THEN 'accepted' ELSE decision END, subject,
       prior_status, prior_location, prior_body, prior_keyring_version
FROM decided)";

// The same where no command has a key: whatever is not refused is accepted.
constexpr int keyless_parameters = 5, keyed_parameters = first_operation_parameter - 1;
constexpr std::string_view keyless_prelude = R"(
WITH command AS (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[])
        WITH ORDINALITY AS t(agency_id, user_id, actor_key_id, request_id, dated, cmd)
), )";

constexpr std::string_view keyless_admission = R"(,
decided AS MATERIALIZED (
    SELECT command.*, refused.subject, CASE WHEN refused.cmd IS NULL THEN 'accepted' ELSE 'refused' END AS decision
    FROM command LEFT JOIN refused USING (cmd)
), accepted AS MATERIALIZED (
    SELECT cmd, agency_id, user_id, actor_key_id, request_id, dated FROM decided WHERE decision = 'accepted'
), )";

constexpr std::string_view keyless_verdicts = "SELECT cmd, decision, subject FROM decided";

/// The operation's parameters count from `first_operation_parameter` in its text: here they come
/// right behind those of a command without a key.
std::string behind_keyless_parameters(std::string_view text) {
    std::string moved;
    while (!text.empty()) {
        const auto dollar = std::min(text.find('$'), text.size());
        moved += text.substr(0, dollar);
        text.remove_prefix(dollar);
        if (text.empty()) break;
        int number = 0;
        const auto* end = std::from_chars(text.data() + 1, text.data() + text.size(), number).ptr;
        moved += '$' + std::to_string(number - keyed_parameters + keyless_parameters);
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    }
    return moved;
}

verdict read_verdict(const pg::row& row) {
    using kind = verdict::kind;
    const auto decision = row.get<std::string_view>(1);
    if (decision == "accepted") return {kind::done};
    if (decision == "admitted") return {kind::lost_race};
    if (decision == "mismatch") return {kind::mismatch};
    if (decision == "in_progress") return {kind::in_progress};
    if (decision == "refused")
        return {kind::refused, {}, row.get<std::optional<std::string>>(2).value_or("")};
    const auto body = row.get<pg::bytes>(5);
    return {kind::replayed,
            {.status = row.get<std::int16_t>(3),
             .location = row.get<std::optional<std::string>>(4),
             .body = {reinterpret_cast<const char*>(body.data()), body.size()},
             .keyring_version = row.get<std::optional<std::int32_t>>(6)}};
}

/// $6 to $13 of the statement for commands with a key, of which some may have none.
void add_idempotency(pg::params& arguments, together<command> commands) {
    std::vector<std::optional<std::string_view>> endpoints, idempotency_keys, locations;
    std::vector<std::optional<pg::bytes>> hashes, bodies;
    std::vector<std::int32_t> statuses;
    std::vector<std::optional<std::int32_t>> keyring_versions;
    std::vector<timestamp> record_expires;
    pg::reserve_all(commands.size(), endpoints, idempotency_keys, locations, hashes, bodies,
                    statuses, keyring_versions, record_expires);
    for (const auto* c : commands) {
        statuses.push_back(c->response.status);
        locations.push_back(c->response.location);
        keyring_versions.push_back(c->response.keyring_version);
        record_expires.push_back(c->times.record_expires);
        endpoints.emplace_back();
        idempotency_keys.emplace_back();
        hashes.emplace_back();
        bodies.emplace_back();
        if (!c->idempotency) continue;
        endpoints.back() = c->idempotency->endpoint;
        idempotency_keys.back() = c->idempotency->key;
        hashes.back() = pg::bytes{c->idempotency->request_hash};
        bodies.back() = pg::bytea{c->response.body}.data;
    }
    arguments.add(endpoints).add(idempotency_keys).add(hashes).add(statuses).add(locations);
    arguments.add(bodies).add(keyring_versions).add(record_expires);
}

}  // namespace

std::optional<error> as_error(const verdict& v) {
    switch (v.what) {
        case verdict::kind::mismatch:
            return error{.code = errc::idempotency_mismatch};
        case verdict::kind::in_progress:
            return error{.code = errc::idempotency_in_progress,
                         .retry_after = std::chrono::seconds{1}};
        case verdict::kind::lost_race:
            return error{.code = errc::unavailable,
                         .retry_after = std::chrono::seconds{1},
                         .cause = "lost the same race again and again"};
        case verdict::kind::done:
        case verdict::kind::replayed:
        case verdict::kind::refused:
            return std::nullopt;
    }
    return std::nullopt;
}

command_statement::command_statement(std::string name, std::string_view inputs,
                                     std::string_view effects)
    : name_{std::move(name)},
      keyed_text_{fmt::format("{}{}{}{}{}", keyed_prelude, inputs, keyed_admission, effects,
                              keyed_verdicts)},
      keyless_name_{name_ + "_without_key"},
      keyless_text_{fmt::format("{}{}{}{}{}", keyless_prelude, behind_keyless_parameters(inputs),
                                keyless_admission, behind_keyless_parameters(effects),
                                keyless_verdicts)},
      keyed_{name_.c_str(), keyed_text_.c_str()},
      keyless_{keyless_name_.c_str(), keyless_text_.c_str()} {}

pg::query command_statement::query(together<command> commands) const {
    std::vector<std::int64_t> agencies, users, keys;
    std::vector<std::string_view> request_ids;
    std::vector<timestamp> dated;
    pg::reserve_all(commands.size(), agencies, users, keys, request_ids, dated);
    bool has_key = false;
    for (const auto* c : commands) {
        agencies.push_back(c->agency.value());
        users.push_back(c->user.value());
        keys.push_back(c->actor_key.value());
        request_ids.push_back(c->request_id);
        dated.push_back(c->times.now);
        has_key = has_key || c->idempotency;
    }
    pg::query query{has_key ? &keyed_ : &keyless_, {agencies, users, keys, request_ids, dated}};
    if (has_key) add_idempotency(query.arguments, commands);
    return query;
}

task<pg::result<verdict>> run_command(pg::pool& pool, domain::agency_id agency, pg::query query,
                                      deadline until) {
    auto verdicts = co_await run_query(pool, acting_for(agency), std::move(query), until);
    if (!verdicts) co_return verdicts.error();
    co_return std::move(verdicts->front());
}

task<pg::result<std::vector<verdict>>> run_query(pg::pool& pool, pg::query acting, pg::query query,
                                                 deadline until) {
    const pg::query queries[] = {std::move(acting), std::move(query)};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return answer.error();
    co_return read_verdicts(answer->back());
}

std::vector<verdict> read_verdicts(const pg::rows& rows) {
    std::vector<verdict> all(rows.size());
    for (const auto row : rows)
        all.at(static_cast<std::size_t>(row.get<std::int64_t>(0) - 1)) = read_verdict(row);
    return all;
}

}  // namespace tenantry::store
