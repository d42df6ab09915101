#include "common/store/sessions.hpp"

#include "common/store/failure.hpp"
#include "common/store/row_by_key.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

const command_statement insert_statement(
    "insert_session",
    R"(item AS (
    SELECT * FROM unnest($14::bigint[], $15::text[], $16::bigint[], $17::bigint[], $18::timestamptz[])
        AS t(cmd, session_id, api_key_id, holder_id, session_expires)
), refused AS (
    SELECT cmd, NULL::text AS subject
    FROM item JOIN command USING (cmd)
        LEFT JOIN )" ROW_BY_KEY(
        "api_key own",
        "own.agency_id = command.agency_id AND own.api_key_id = item.api_key_id") R"( AS k
            ON k.revoked_at IS NULL OR k.revoked_at > command.dated
    WHERE k.api_key_id IS NULL
))",
    R"(session AS (
    INSERT INTO tenantry.session (agency_id, session_id, api_key_id, user_id, created_at, expires_at)
    SELECT agency_id, session_id, api_key_id, holder_id, dated, session_expires FROM accepted JOIN item USING (cmd)
), audit AS (
    INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, subject_id, request_id)
    SELECT agency_id, dated, 'session.opened', user_id, actor_key_id, api_key_id, request_id
    FROM accepted JOIN item USING (cmd)
))");

const command_statement revoke_statement("revoke_session",
                                         R"(item AS (
    SELECT * FROM unnest($14::bigint[], $15::text[]) AS t(cmd, session_id)
), open AS MATERIALIZED (
    SELECT cmd, s.api_key_id
    FROM item JOIN command USING (cmd)
        JOIN tenantry.session s ON s.agency_id = command.agency_id AND s.session_id = item.session_id
    WHERE s.revoked_at IS NULL
    FOR UPDATE OF s
), refused AS (
    SELECT cmd, NULL::text AS subject FROM item WHERE NOT EXISTS (SELECT FROM open WHERE open.cmd = item.cmd)
))",
                                         R"(ended AS (
    UPDATE tenantry.session s SET revoked_at = dated
    FROM accepted JOIN item USING (cmd)
    WHERE s.agency_id = accepted.agency_id AND s.session_id = item.session_id
    RETURNING pg_notify('tenantry_revocation', s.agency_id::text)
), audit AS (
    INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, subject_id, request_id)
    SELECT agency_id, dated, 'session.revoked', user_id, actor_key_id, open.api_key_id, request_id
    FROM accepted JOIN open USING (cmd)
))");

constexpr pg::statement find_statement{
    "find_session",
    R"(SELECT s.user_id, s.expires_at, least(s.revoked_at, k.revoked_at), coalesce(c.active AND NOT c.held, true)
    FROM tenantry.session s
        JOIN tenantry.api_key k ON k.agency_id = s.agency_id AND k.api_key_id = s.api_key_id
        LEFT JOIN tenantry.company c ON c.agency_id = k.agency_id AND c.company_id = k.company_id
    WHERE s.agency_id = $1 AND s.session_id = $2)"};

}  // namespace

task<pg::result<verdict>> insert_session(pg::pool& pool, const open_session& command,
                                         deadline until) {
    auto query = insert_statement.query(command);
    query.arguments.add(one(std::int64_t{1})).add(one(command.session));
    query.arguments.add(one(command.key.value())).add(one(command.holder.value()));
    query.arguments.add(one(command.expires_at));
    return run_command(pool, command.agency, std::move(query), until);
}

task<pg::result<verdict>> revoke_session(pg::pool& pool, const command& by, std::string session,
                                         deadline until) {
    auto query = revoke_statement.query(by);
    query.arguments.add(one(std::int64_t{1})).add(one(std::move(session)));
    return run_command(pool, by.agency, std::move(query), until);
}

task<result<std::optional<session>>> find_session(pg::pool& pool, domain::agency_id agency,
                                                  std::string name, deadline until) {
    const pg::query queries[] = {acting_for(agency), {&find_statement, {agency.value(), name}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    if (answer->back().empty()) co_return std::optional<session>{};
    const auto row = answer->back()[0];
    co_return std::optional{session{domain::user_id{row.get<std::int64_t>(0)},
                                    row.get<timestamp>(1), row.get<std::optional<timestamp>>(2),
                                    row.get<bool>(3)}};
}

}  // namespace tenantry::store
