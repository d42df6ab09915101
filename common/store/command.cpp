#include "common/store/command.hpp"

namespace tenantry::store {

namespace {

// `prior` is the record of an earlier use. The advisory lock tells a use that is still running:
// waiting for it, as the record's unique index would, could take as long as that request does. A
// use that committed between this statement's snapshot and the lock shows as a conflict on a row
// that is not visible: then nothing is done and the verdict is a lost race.
constexpr std::string_view prelude = R"(
WITH command AS (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bytea[],
                         $8::int[], $9::text[], $10::bytea[], $11::int[])
        WITH ORDINALITY AS t(agency_id, user_id, actor_key_id, request_id, endpoint, idempotency_key, request_hash,
                             status, location, body, keyring_version, cmd)
), prior AS (
    SELECT cmd, r.request_hash = command.request_hash AS same, r.status, r.location, r.body, r.keyring_version
    FROM command JOIN tenantry.idempotency_record r USING (agency_id, endpoint, idempotency_key)
    WHERE r.expires_at > $12
), )";

constexpr std::string_view admission = R"(,
admitted AS MATERIALIZED (
    SELECT * FROM command
    WHERE NOT EXISTS (SELECT FROM prior WHERE prior.cmd = command.cmd)
      AND NOT EXISTS (SELECT FROM refused WHERE refused.cmd = command.cmd)
      AND (idempotency_key IS NULL OR pg_try_advisory_xact_lock(
               hashtextextended(concat_ws(' ', agency_id, endpoint, idempotency_key), 0)))
), claimed AS (
    INSERT INTO tenantry.idempotency_record AS r
        (agency_id, endpoint, idempotency_key, request_hash, status, location, body, keyring_version, created_at,
         expires_at)
    SELECT agency_id, endpoint, idempotency_key, request_hash, status, location, body,
           keyring_version, $12, $13
    FROM admitted WHERE idempotency_key IS NOT NULL
    ON CONFLICT (agency_id, endpoint, idempotency_key) DO UPDATE
    SET request_hash = excluded.request_hash, status = excluded.status, location = excluded.location,
        body = excluded.body, keyring_version = excluded.keyring_version, created_at = excluded.created_at,
        expires_at = excluded.expires_at
    WHERE r.expires_at <= $12
    RETURNING agency_id, endpoint, idempotency_key
), accepted AS MATERIALIZED (
    SELECT admitted.* FROM admitted LEFT JOIN claimed USING (agency_id, endpoint, idempotency_key)
    WHERE admitted.idempotency_key IS NULL OR claimed.agency_id IS NOT NULL
), )";

constexpr std::string_view verdicts = R"(
SELECT accepted.cmd IS NOT NULL, prior.same, prior.status, prior.location, prior.body, prior.keyring_version,
       refused.subject, refused.cmd IS NOT NULL, admitted.cmd IS NOT NULL
FROM command LEFT JOIN accepted USING (cmd) LEFT JOIN prior USING (cmd) LEFT JOIN refused USING (cmd)
    LEFT JOIN admitted USING (cmd)
ORDER BY command.cmd)";

verdict read_verdict(const pg::row& row) {
    using kind = verdict::kind;
    if (row.get<bool>(0)) return {kind::done};
    if (auto same = row.get<std::optional<bool>>(1)) {
        if (!*same) return {kind::mismatch};
        const auto body = row.get<pg::bytes>(4);
        return {kind::replayed,
                {.status = row.get<std::int16_t>(2),
                 .location = row.get<std::optional<std::string>>(3),
                 .body = {reinterpret_cast<const char*>(body.data()), body.size()},
                 .keyring_version = row.get<std::optional<std::int32_t>>(5)}};
    }
    if (row.get<bool>(7))
        return {kind::refused, {}, row.get<std::optional<std::string>>(6).value_or("")};
    return {row.get<bool>(8) ? kind::lost_race : kind::in_progress};
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

pg::params command_params(std::span<const command* const> commands, const command_times& times) {
    std::vector<std::int64_t> agencies, users, keys;
    std::vector<std::string_view> request_ids;
    std::vector<std::optional<std::string_view>> endpoints, idempotency_keys, locations;
    std::vector<std::optional<pg::bytes>> hashes, bodies;
    std::vector<std::int32_t> statuses;
    std::vector<std::optional<std::int32_t>> keyring_versions;
    for (const auto* c : commands) {
        agencies.push_back(c->agency.value());
        users.push_back(c->user.value());
        keys.push_back(c->actor_key.value());
        request_ids.push_back(c->request_id);
        statuses.push_back(c->response.status);
        locations.push_back(c->response.location);
        keyring_versions.push_back(c->response.keyring_version);
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
    return {agencies, users,     keys,   request_ids,      endpoints, idempotency_keys,    hashes,
            statuses, locations, bodies, keyring_versions, times.now, times.record_expires};
}

std::vector<verdict> read_verdicts(const pg::rows& rows) {
    std::vector<verdict> all;
    all.reserve(rows.size());
    for (const auto row : rows) all.push_back(read_verdict(row));
    return all;
}

}  // namespace tenantry::store
