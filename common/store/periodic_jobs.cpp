#include "common/store/periodic_jobs.hpp"

#include "common/runtime/timestamp_text.hpp"
#include "common/store/failure.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

constexpr pg::statement list_statement{"list_periodic_jobs",
                                       R"(SELECT now(), p.name, p.schedule, p.time_zone, p.queue,
        p.kind, p.payload::text, p.catch_up, p.paused_at, p.last_tick, p.last_job_id, j.state
    FROM tenantry.periodic_job p LEFT JOIN tenantry.job j ON j.agency_id = 0 AND j.job_id = p.last_job_id
    ORDER BY p.name)"};

#define NOT_BUSY                                                                                \
    "(p.catch_up = 'every' OR NOT EXISTS (SELECT FROM tenantry.job j WHERE j.agency_id = 0 AND" \
    " j.job_id = p.last_job_id AND j.state IN ('pending', 'running')))"
#define TICK_JOB \
    "agency_id, job_id, queue, kind, steps_total, priority, payload, created_at, run_at"

// Whoever comes second waits for the row, and then finds in it another last_tick, or another last
// job, than it had read.
constexpr pg::statement settle_statement{"settle_ticks", R"(WITH mine AS MATERIALIZED (
        SELECT p.name, p.queue, p.kind, p.payload FROM tenantry.periodic_job p
        WHERE p.name = $1 AND p.last_tick = $2 AND p.last_job_id IS NOT DISTINCT FROM $3
          AND (p.schedule, p.time_zone, p.kind) = ($4, $5, $6) AND p.paused_at IS NULL AND )" NOT_BUSY
                                                         R"(
        FOR UPDATE OF p
    ), tick AS MATERIALIZED (
        SELECT mine.*, t.at, t.told, nextval('tenantry.job_id_seq') AS job_id
        FROM mine, unnest($7::timestamptz[], $8::text[]) AS t(at, told)
    ), key AS (
        INSERT INTO tenantry.unique_job AS u (agency_id, unique_key, job_id, until)
        SELECT 0, name || '@' || told, job_id, $9 FROM tick
        ON CONFLICT (agency_id, unique_key) DO UPDATE SET job_id = excluded.job_id, until = excluded.until
        WHERE u.until <= now()
        RETURNING job_id
    ), added AS (
        INSERT INTO tenantry.job ()" TICK_JOB R"()
        SELECT 0, job_id, queue, kind, $10, $11, coalesce(payload, '{}') || jsonb_build_object('tick', told), now(), at
        FROM tick JOIN key USING (job_id)
        RETURNING job_id
    ), moved AS (
        UPDATE tenantry.periodic_job p
        SET last_tick = (SELECT max(at) FROM tick),
            last_job_id = coalesce((SELECT max(job_id) FROM added), p.last_job_id)
        FROM mine WHERE p.name = mine.name
    )
    SELECT (SELECT count(*) FROM mine), (SELECT count(*) FROM added))"};

constexpr pg::statement pause_statement{
    "pause_periodic_job",
    "UPDATE tenantry.periodic_job SET paused_at = coalesce(paused_at, now()) WHERE name = $1 "
    "RETURNING true"};

constexpr pg::statement resume_statement{
    "resume_periodic_job",
    "UPDATE tenantry.periodic_job SET paused_at = NULL,"
    " last_tick = CASE WHEN paused_at IS NULL THEN last_tick ELSE now() END "
    "WHERE name = $1 RETURNING true"};

constexpr pg::statement reschedule_statement{
    "reschedule_periodic_job",
    "UPDATE tenantry.periodic_job SET schedule = $2, time_zone = $3,"
    " last_tick = greatest(last_tick, now()) WHERE name = $1 RETURNING true"};

// The row is locked by a statement of its own, so that the next one sees the job of whoever held
// it.
constexpr pg::statement lock_statement{
    "lock_periodic_job", "SELECT FROM tenantry.periodic_job WHERE name = $1 FOR UPDATE"};
constexpr pg::statement run_statement{"run_periodic_job", R"(WITH added AS (
        INSERT INTO tenantry.job ()" TICK_JOB R"()
        SELECT 0, nextval('tenantry.job_id_seq'), queue, kind, $2, $3, coalesce(payload, '{}') || jsonb_build_object(
            'tick', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), now(), now()
        FROM tenantry.periodic_job p WHERE p.name = $1 AND )" NOT_BUSY R"(
        RETURNING job_id
    )
    UPDATE tenantry.periodic_job p SET last_job_id = added.job_id FROM added WHERE p.name = $1
    RETURNING added.job_id)"};

periodic_job read_periodic_job(const pg::row& row) {
    periodic_job job{.name = row.get<std::string>(1),
                     .schedule = row.get<std::string>(2),
                     .time_zone = row.get<std::string>(3),
                     .queue = row.get<std::string>(4),
                     .kind = row.get<std::string>(5),
                     .payload = row.get<std::optional<std::string>>(6)};
    job.catch_up = domain::parse_catch_up(row.get<std::string_view>(7)).value();
    job.paused_at = row.get<std::optional<timestamp>>(8);
    job.last_tick = row.get<timestamp>(9);
    if (const auto last = row.get<std::optional<std::int64_t>>(10))
        job.last_job = domain::job_id{*last};
    if (const auto state = row.get<std::optional<std::string_view>>(11))
        job.last_job_state = domain::parse_job_state(*state).value();
    return job;
}

periodic_jobs read_periodic_jobs(const pg::rows& rows) {
    periodic_jobs jobs;
    for (const auto row : rows) {
        jobs.now = row.get<timestamp>(0);
        jobs.all.push_back(read_periodic_job(row));
    }
    return jobs;
}

pg::params settle_params(const periodic_job& job, const domain::due_ticks& due,
                         const jobs::kind& kind) {
    std::optional<std::int64_t> last_job;
    if (job.last_job) last_job = job.last_job->value();
    std::vector<std::string> told;
    for (const auto tick : due.ticks) told.push_back(to_rfc3339_seconds(tick));
    return {job.name,
            job.last_tick,
            last_job,
            job.schedule,
            job.time_zone,
            job.kind,
            due.ticks,
            told,
            due.remember_until,
            std::int32_t{kind.steps},
            std::int32_t{kind.priority}};
}

task<result<void>> change(pg::pool& pool, const pg::statement& statement, pg::params arguments,
                          deadline until) {
    auto answer = co_await pool.run(statement, std::move(arguments), until);
    if (!answer) co_return to_error(answer.error());
    if (answer->empty()) co_return error{.code = errc::not_found};
    co_return result<void>{};
}

}  // namespace

bool periodic_job::is_busy() const {
    return catch_up == domain::catch_up::latest && (last_job_state == domain::job_state::pending ||
                                                    last_job_state == domain::job_state::running);
}

task<pg::result<periodic_jobs>> list_periodic_jobs(pg::connection& session, deadline until) {
    auto answer = co_await session.run(list_statement, {}, until);
    if (!answer) co_return answer.error();
    co_return read_periodic_jobs(*answer);
}

task<result<periodic_jobs>> list_periodic_jobs(pg::pool& pool, deadline until) {
    auto answer = co_await pool.run(list_statement, {}, until);
    if (!answer) co_return to_error(answer.error());
    co_return read_periodic_jobs(*answer);
}

task<pg::result<std::optional<std::int64_t>>> settle_ticks(pg::connection& session,
                                                           const periodic_job& as_read,
                                                           const domain::due_ticks& due,
                                                           const jobs::kind& kind, deadline until) {
    const pg::query queries[] = {acting_for(operator_agency),
                                 {&settle_statement, settle_params(as_read, due, kind)}};
    auto answer = co_await session.run(queries, until);
    if (!answer) co_return answer.error();
    const auto [ours, added] = answer->back()[0].as<std::int64_t, std::int64_t>();
    std::optional<std::int64_t> jobs;
    if (ours != 0) jobs = added;
    co_return jobs;
}

task<result<void>> pause_periodic_job(pg::pool& pool, std::string name, deadline until) {
    return change(pool, pause_statement, {name}, until);
}

task<result<void>> resume_periodic_job(pg::pool& pool, std::string name, deadline until) {
    return change(pool, resume_statement, {name}, until);
}

task<result<void>> reschedule_periodic_job(pg::pool& pool, std::string name, std::string schedule,
                                           std::string time_zone, deadline until) {
    return change(pool, reschedule_statement, {name, schedule, time_zone}, until);
}

task<result<std::optional<domain::job_id>>> run_periodic_job(pg::pool& pool, std::string name,
                                                             const jobs::kind& kind,
                                                             deadline until) {
    const pg::query queries[] = {
        {&lock_statement, {name}},
        {&run_statement, {name, std::int32_t{kind.steps}, std::int32_t{kind.priority}}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    std::optional<domain::job_id> job;
    if (!answer->back().empty()) job = domain::job_id{answer->back()[0].get<std::int64_t>(0)};
    co_return job;
}

}  // namespace tenantry::store
