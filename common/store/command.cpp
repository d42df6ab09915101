#include "common/store/command.hpp"

#include "common/store/row_by_key.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

// The advisory lock tells a use that is still running: waiting for it, as the record's unique index
// would, could take as long as that request does. A use that committed between this statement's
// snapshot and the lock shows as a conflict on a row that is not visible: then nothing is claimed
// and the verdict is a lost race. Every join costs the executor more to set up than to run, so each
// command is joined with its earlier use and its refusal once, and its verdict is a column since.
constexpr std::string_view prelude = R"(
WITH command AS (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bytea[],
                         $8::int[], $9::text[], $10::bytea[], $11::int[], $12::timestamptz[], $13::timestamptz[])
        WITH ORDINALITY AS t(agency_id, user_id, actor_key_id, request_id, endpoint, idempotency_key, request_hash,
                             status, location, body, keyring_version, dated, record_expires, cmd)
), )";

constexpr std::string_view admission = R"(,
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

constexpr std::string_view verdicts = R"(
SELECT cmd, CASE WHEN cmd IN (SELECT cmd FROM accepted) THEN 'accepted' ELSE decision END, subject,
       prior_status, prior_location, prior_body, prior_keyring_version
FROM decided)";

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

std::string command_sql(std::string_view inputs, std::string_view effects) {
    std::string sql{prelude};
    sql.append(inputs).append(admission).append(effects).append(verdicts);
    return sql;
}

pg::params command_params(together<command> commands) {
    std::vector<std::int64_t> agencies, users, keys;
    std::vector<std::string_view> request_ids;
    std::vector<std::optional<std::string_view>> endpoints, idempotency_keys, locations;
    std::vector<std::optional<pg::bytes>> hashes, bodies;
    std::vector<std::int32_t> statuses;
    std::vector<std::optional<std::int32_t>> keyring_versions;
    std::vector<timestamp> dated, record_expires;
    pg::reserve_all(commands.size(), agencies, users, keys, request_ids, endpoints,
                    idempotency_keys, locations, hashes, bodies, statuses, keyring_versions, dated,
                    record_expires);
    for (const auto* c : commands) {
        agencies.push_back(c->agency.value());
        users.push_back(c->user.value());
        keys.push_back(c->actor_key.value());
        request_ids.push_back(c->request_id);
        statuses.push_back(c->response.status);
        locations.push_back(c->response.location);
        keyring_versions.push_back(c->response.keyring_version);
        dated.push_back(c->times.now);
        record_expires.push_back(c->times.record_expires);
        if (c->idempotency) {
            endpoints.push_back(c->idempotency->endpoint);
            idempotency_keys.push_back(c->idempotency->key);
            hashes.push_back(pg::bytes{c->idempotency->request_hash});
            bodies.push_back(pg::bytea{c->response.body}.data);
        } else {
            endpoints.emplace_back();
            idempotency_keys.emplace_back();
            hashes.emplace_back();
            bodies.emplace_back();
        }
    }
    return {agencies, users,     keys,   request_ids,      endpoints, idempotency_keys, hashes,
            statuses, locations, bodies, keyring_versions, dated,     record_expires};
}

task<pg::result<verdict>> run_command(pg::pool& pool, domain::agency_id agency,
                                      const pg::statement& statement, pg::params arguments,
                                      deadline until) {
    pg::query query{&statement, std::move(arguments)};
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
