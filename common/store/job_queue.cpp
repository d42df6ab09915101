#include "common/store/job_queue.hpp"

#include <algorithm>
#include <ranges>

#include "common/domain/retry.hpp"
#include "common/store/advisory_locks.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

// Evaluated once a statement: there are few queues. By their key, since what reads a table whole is
// so dear to the planner that it would see no difference between plans for all else.
#define PAUSED "ARRAY(SELECT queue FROM tenantry.queue WHERE queue > '' AND paused_at IS NOT NULL)"
#define LEVELS "unnest(ARRAY[0, 1, 2, 3]::smallint[]) AS level"
// domain::max_crashes - 1: once more, and the job is quarantined.
#define WAITING "state = 'pending' AND crashes < 2"
#define SUSPECT "state = 'pending' AND crashes >= 2"

// From lane to lane by one step of the index each (a loose index scan): a backlog of a million jobs
// is as quickly seen as one job.
#define NEXT_LANE(behind)                                      \
    "SELECT agency_id, queue FROM tenantry.job WHERE " WAITING \
    " AND (agency_id, queue) > (" behind ") ORDER BY agency_id, queue LIMIT 1"
constexpr pg::statement lanes_statement{
    "find_waiting_lanes", "WITH RECURSIVE lane AS ((" NEXT_LANE("$1, $2")
                              R"() UNION ALL
        SELECT next.agency_id, next.queue FROM lane, LATERAL ()" NEXT_LANE(
                                  "lane.agency_id, lane.queue")
                                  R"() AS next
    )
    SELECT lane.agency_id, lane.queue,
           CASE WHEN lane.queue <> ALL ()" PAUSED
                                  R"() THEN extract(epoch FROM now() - oldest.run_at)::float8 END
    FROM (SELECT * FROM lane LIMIT $3) AS lane, LATERAL (
        SELECT min(first.run_at) AS run_at FROM )" LEVELS R"(, LATERAL (
            SELECT j.run_at FROM tenantry.job j
            WHERE j.agency_id = lane.agency_id AND j.queue = lane.queue AND j.priority = level AND )" WAITING
                                  R"( ORDER BY j.run_at LIMIT 1) AS first
    ) AS oldest)"};

// One worker at a time claims for an agency, so that what its plan grants is counted right: whoever
// comes second acts for the other agencies alone, and is shown no job of this one. That the lock
// was had before the claims' snapshots are taken is what makes their counts the last ones.
constexpr pg::statement take_turns_statement{"take_turns", R"(WITH mine AS MATERIALIZED (
        SELECT agency_id FROM unnest($1::bigint[]) AS agency_id
        WHERE pg_try_advisory_xact_lock()" LOCK_OF_JOBS R"(, hashint8(agency_id))
    )
    SELECT agency_id, set_config('tenantry.agencies', (SELECT array_agg(agency_id)::text FROM mine), true) FROM mine)"};

// Who runs a statement holds a snapshot, which every role may see of every session.
constexpr pg::statement others_statement{
    "find_others_snapshots",
    "SELECT coalesce(array_agg((pid::bigint << 32) + backend_xmin::text::bigint), '{}')"
    " FROM pg_stat_get_activity(NULL) WHERE backend_xmin IS NOT NULL"
    " AND usesysid <> (SELECT oid FROM pg_roles WHERE rolname = current_user)"
    " AND datid = (SELECT oid FROM pg_database WHERE datname = current_database())"};

// Without the payload: a worker that is stopped while it reads them would leave what does not fit
// into its socket's buffer with the transaction open, and its locks held.
#define CLAIMED_COLUMNS                                                                 \
    "j.agency_id, j.job_id, j.epoch, j.kind, j.company_id, j.attempts, j.steps_total, " \
    "j.queue, extract(epoch FROM now() - j.run_at)::float8 AS dwelt"
#define CLAIM(lease, worker)                                                              \
    "state = 'running', epoch = j.epoch + 1, attempts = j.attempts + 1, worker = " worker \
    ", started_at = now(), steps_done = 0, message = NULL, lease_until = now() + " lease  \
    " * interval '1 ms'"

// Of what is due as many as the agency's plan still grants. $1 is the agency, $3 how many, $4 the
// lease, $5 the worker; $2 is `due`'s own. What is claimed is found by both columns of `due`: by
// the agency alone, as the planner would where most agencies have few jobs, each claim would read
// all jobs of one that has many.
std::string claim_sql(const std::string& due) {
    return R"(WITH allowance AS MATERIALIZED (
        SELECT coalesce(p.job_weight, 1) AS weight, p.jobs_per_minute,
               p.max_running_jobs - (SELECT count(*) FROM tenantry.job r
                                     WHERE r.agency_id = $1 AND r.state = 'running') AS room,
               least(p.jobs_per_minute, coalesce(b.tokens + greatest(extract(epoch FROM now() - b.refilled_at)::float8, 0)
                                                     * p.jobs_per_minute / 60, p.jobs_per_minute)) AS tokens
        FROM (SELECT $1::bigint AS agency_id) AS lane LEFT JOIN tenantry.agency a USING (agency_id)
            LEFT JOIN tenantry.plan p USING (plan_code) LEFT JOIN tenantry.job_budget b USING (agency_id)
    ), due AS MATERIALIZED (
        SELECT $1::bigint AS agency_id, j.job_id FROM )" +
           due + R"( AS j
        LIMIT (SELECT greatest(0, least($3, room, floor(tokens)::bigint)) FROM allowance)
    ), spent AS (
        INSERT INTO tenantry.job_budget (agency_id, tokens, refilled_at)
        SELECT $1, tokens - (SELECT count(*) FROM due), now() FROM allowance WHERE jobs_per_minute IS NOT NULL
        ON CONFLICT (agency_id) DO UPDATE SET tokens = excluded.tokens, refilled_at = excluded.refilled_at
    ), claimed AS (
        UPDATE tenantry.job j SET )" CLAIM("$4", "$5") R"(
        FROM due WHERE j.agency_id = due.agency_id AND j.job_id = due.job_id
        RETURNING )" CLAIMED_COLUMNS R"(, j.priority, j.run_at
    )
    SELECT weight, room, tokens, jobs_per_minute, claimed.*
    FROM allowance LEFT JOIN claimed ON true ORDER BY claimed.priority, claimed.run_at, claimed.job_id)";
}

// A level of the priority after the other, each in the order of its index, until there are enough.
const std::string claim_due_sql = claim_sql(LEVELS R"(, LATERAL (
            SELECT job_id FROM tenantry.job
            WHERE agency_id = $1 AND queue = $2 AND priority = level AND )" WAITING
                                                   R"( AND run_at <= now()
              AND $2 <> ALL ()" PAUSED R"()
            ORDER BY run_at, job_id LIMIT $3 FOR UPDATE SKIP LOCKED))");
const pg::statement claim_statement{"claim_due_jobs", claim_due_sql.c_str()};

// One of each agency after the other, so that one agency's suspects stand before another's as one
// does.
constexpr pg::statement suspects_statement{
    "find_suspects",
    "SELECT agency_id, job_id, queue, extract(epoch FROM now() - run_at)::float8 FROM ("
    "SELECT agency_id, job_id, queue, run_at,"
    " row_number() OVER (PARTITION BY agency_id ORDER BY run_at, job_id) AS turn FROM tenantry.job "
    "WHERE " SUSPECT " AND run_at <= now() AND queue = ANY ($1::text[]) AND queue <> ALL (" PAUSED
    ")) AS suspect ORDER BY turn, run_at LIMIT $2"};

const std::string claim_suspect_sql = claim_sql(R"((
            SELECT job_id FROM tenantry.job
            WHERE agency_id = $1 AND job_id = $2 AND )" SUSPECT R"( AND run_at <= now()
              AND queue <> ALL ()" PAUSED R"() FOR UPDATE SKIP LOCKED))");
const pg::statement claim_suspect_statement{"claim_suspect", claim_suspect_sql.c_str()};

// Holds a row to be running without letting the planner take the index of what runs: with the
// statistics of a table that was empty it would read all of that, dead entries too, for each batch.
#define RUNS "(j.state = 'running') IS TRUE"
#define HELD                                                                                   \
    " FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS held(agency_id, job_id, epoch)"    \
    " WHERE j.agency_id = held.agency_id AND j.job_id = held.job_id AND j.epoch = held.epoch " \
    "AND " RUNS " "
// A row that is locked is left to whoever is about to settle it: nobody waits for that.
#define HELD_AND_FREE                                                                       \
    "WITH free AS MATERIALIZED (SELECT j.agency_id, j.job_id"                               \
    " FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS held(agency_id, job_id, epoch)" \
    " JOIN tenantry.job j USING (agency_id, job_id, epoch) WHERE " RUNS                     \
    " FOR UPDATE OF j SKIP LOCKED) "
#define OF_FREE " FROM free WHERE j.agency_id = free.agency_id AND j.job_id = free.job_id"

constexpr pg::statement extend_statement{
    "extend_leases",
    HELD_AND_FREE "UPDATE tenantry.job j SET lease_until = now() + $4 * interval '1 ms'" OF_FREE};

#define GIVE_BACK                                                              \
    "UPDATE tenantry.job j SET state = 'pending', attempts = j.attempts - 1, " \
    "lease_until = NULL, started_at = NULL" OF_FREE
constexpr pg::statement release_statement{"release_jobs", HELD_AND_FREE GIVE_BACK};

// A claim whose answer was lost may still be under way: it has its agencies' locks until its end.
constexpr pg::statement await_claims_statement{
    "await_claims", "SELECT pg_advisory_xact_lock(" LOCK_OF_JOBS
                    ", hashint8(agency_id)) FROM unnest($1::bigint[]) AS agency_id"};
// What a worker runs at a time is few: all of it is looked at. Suspects are claimed elsewhere.
constexpr pg::statement release_unknown_statement{
    "release_unknown_jobs",
    "WITH free AS MATERIALIZED (SELECT j.agency_id, j.job_id FROM tenantry.job j"
    " WHERE j.agency_id = ANY ($1::bigint[]) AND j.state = 'running' AND j.worker = $2"
    " AND j.crashes < 2 AND NOT EXISTS ("
    "SELECT FROM unnest($3::bigint[], $4::bigint[], $5::int[]) AS held(agency_id, job_id, epoch)"
    " WHERE (held.agency_id, held.job_id, held.epoch) = (j.agency_id, j.job_id, j.epoch))"
    " FOR UPDATE OF j SKIP LOCKED) " GIVE_BACK " RETURNING j.job_id"};

constexpr pg::statement complete_statement{
    "complete_jobs",
    "UPDATE tenantry.job j SET lease_until = NULL, finished_at = now(),"
    " state = CASE WHEN j.cancel_requested_at IS NULL THEN 'done' ELSE 'cancelled' END,"
    " steps_done = CASE WHEN j.cancel_requested_at IS NULL THEN j.steps_total ELSE j.steps_done "
    "END" HELD "RETURNING j.agency_id, j.job_id, j.state = 'done'"};

// A pause that is NULL is no pause but the end.
constexpr pg::statement fail_statement{"fail_jobs", R"(UPDATE tenantry.job j
    SET state = CASE WHEN pause IS NULL THEN 'dead' WHEN j.cancel_requested_at IS NOT NULL THEN 'cancelled' ELSE 'pending' END,
        finished_at = CASE WHEN pause IS NULL OR j.cancel_requested_at IS NOT NULL THEN now() END,
        run_at = coalesce(now() + pause * interval '1 ms', j.run_at), lease_until = NULL, last_error = reason,
        steps_done = CASE WHEN j.state = 'done' THEN 0 ELSE j.steps_done END
    FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::float8[], $5::text[])
        AS failed(agency_id, job_id, epoch, pause, reason)
    WHERE j.agency_id = failed.agency_id AND j.job_id = failed.job_id AND j.epoch = failed.epoch AND (j.state = $6) IS TRUE
    RETURNING j.state)"};

constexpr pg::statement payload_statement{
    "read_payload", "SELECT payload::text FROM tenantry.job WHERE agency_id = $1 AND job_id = $2"};

constexpr pg::statement progress_statement{"report_progress",
                                           "UPDATE tenantry.job j SET steps_done = least($4, $5), "
                                           "steps_total = $5, message = left($6, 500)" HELD
                                           "RETURNING j.cancel_requested_at IS NOT NULL"};

// In parts, whatever a fleet of workers has left behind; at random, so that agencies whose rows are
// locked do not keep the others out.
constexpr pg::statement expired_agencies_statement{
    "agencies_with_expired_leases",
    "SELECT agency_id FROM (SELECT DISTINCT agency_id FROM tenantry.job WHERE state = 'running'"
    " AND lease_until < now()) AS expired ORDER BY random() LIMIT 100"};

// A crash is no attempt of the job's own: it is counted apart. The job stays due since it was, so
// that it comes before whatever has waited less long.
constexpr pg::statement sweep_statement{"sweep_expired_leases",
                                        R"(WITH free AS MATERIALIZED (
        SELECT agency_id, job_id FROM tenantry.job
        WHERE agency_id = ANY ($1::bigint[]) AND state = 'running' AND lease_until < now()
        ORDER BY agency_id, job_id LIMIT 1000 FOR UPDATE SKIP LOCKED
    )
    UPDATE tenantry.job j
    SET state = CASE WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
                     WHEN crashes + 1 >= $2 THEN 'quarantined' ELSE 'pending' END,
        crashes = crashes + 1, attempts = attempts - 1, lease_until = NULL,
        finished_at = CASE WHEN crashes + 1 >= $2 OR cancel_requested_at IS NOT NULL THEN now() END,
        last_error = 'the worker ' || worker || ' did not finish within its lease')" OF_FREE
                                        " RETURNING state"};

constexpr pg::statement begin_statement{"", "BEGIN"};
constexpr pg::statement commit_statement{"", "COMMIT"};
constexpr pg::statement roll_back_statement{"", "ROLLBACK"};

struct reference_columns {
    std::vector<std::int64_t> agency, job;
    std::vector<std::int32_t> epoch;

    template<class Held>
    explicit reference_columns(std::span<const Held> held) {
        for (const auto& h : held) {
            agency.push_back(h.agency.value());
            job.push_back(h.job.value());
            epoch.push_back(h.epoch);
        }
    }
};

std::vector<std::int64_t> agencies_of(const pg::rows& rows) {
    std::vector<std::int64_t> agencies;
    for (const auto row : rows) agencies.push_back(row.get<std::int64_t>(0));
    return agencies;
}

double in_ms(std::chrono::milliseconds d) {
    return static_cast<double>(d.count());
}

job_reference read_reference(const pg::row& row, int at = 0) {
    return {domain::agency_id{row.get<std::int64_t>(at)},
            domain::job_id{row.get<std::int64_t>(at + 1)}};
}

/// The columns of CLAIMED_COLUMNS, from `at` on.
claimed_job read_claimed(const pg::row& row, int at = 0) {
    claimed_job job{read_reference(row, at)};
    job.epoch = row.get<std::int32_t>(at + 2);
    job.kind = row.get<std::string>(at + 3);
    if (const auto company = row.get<std::optional<std::int64_t>>(at + 4))
        job.company = domain::company_id{*company};
    job.attempts = row.get<std::int32_t>(at + 5);
    job.steps_total = row.get<std::int32_t>(at + 6);
    job.queue = row.get<std::string>(at + 7);
    job.dwelt = std::chrono::duration<double>{row.get<double>(at + 8)};
    return job;
}

/// Until one of the agency's jobs may have ended on another worker; of its own a worker knows.
constexpr std::chrono::milliseconds cap_pause{200};

/// How long to wait for more than the `got` jobs that there were; nothing when it is for no other
/// reason than that no more are due. `allowance` begins with weight, room, tokens, jobs_per_minute.
std::optional<std::chrono::milliseconds> rest_after(const pg::row& allowance, int wanted, int got) {
    if (got == wanted) return std::nullopt;
    if (const auto tokens = allowance.get<std::optional<double>>(2); tokens && *tokens - got < 1) {
        const double a_minute = allowance.get<std::int32_t>(3);
        const std::chrono::duration<double, std::ratio<60>> refill{(1 - (*tokens - got)) /
                                                                   a_minute};
        return std::chrono::ceil<std::chrono::milliseconds>(refill);
    }
    const auto room = allowance.get<std::optional<std::int64_t>>(1);
    if (room && *room <= got) return cap_pause;
    return std::nullopt;
}

lane_claim read_claim(const pg::rows& rows, int wanted) {
    lane_claim claim{.weight = rows[0].get<std::int32_t>(0)};
    constexpr int allowance_columns = 4;
    for (const auto row : rows)
        if (!row.is_null(allowance_columns))
            claim.jobs.push_back(read_claimed(row, allowance_columns));
    claim.rest = rest_after(rows[0], wanted, static_cast<int>(claim.jobs.size()));
    return claim;
}

/// Runs one statement for the agencies that it concerns, in a transaction of its own.
task<pg::result<pg::rows>> run_for(pg::pool& pool, std::span<const std::int64_t> agencies,
                                   const pg::statement& statement, pg::params arguments,
                                   deadline until) {
    const pg::query queries[] = {acting_for(agencies), {&statement, std::move(arguments)}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return answer.error();
    co_return std::move(answer->back());
}

settled_failures count_failures(const pg::rows& states) {
    settled_failures counts;
    for (const auto row : states) {
        const auto state = row.get<std::string_view>(0);
        ++(state == "pending" ? counts.retried : state == "dead" ? counts.dead : counts.cancelled);
    }
    return counts;
}

void count_swept(const pg::rows& states, swept& counts) {
    for (const auto row : states) {
        const auto state = row.get<std::string_view>(0);
        ++(state == "pending"     ? counts.returned
           : state == "cancelled" ? counts.cancelled
                                  : counts.quarantined);
    }
}

pg::params failure_params(std::span<const failed_job> failed, std::string_view from_state) {
    const reference_columns columns{failed};
    std::vector<std::optional<double>> pauses;
    std::vector<std::string_view> reasons;
    for (const auto& f : failed) {
        pauses.emplace_back();
        if (f.failure.retry_after) pauses.back() = in_ms(*f.failure.retry_after);
        reasons.push_back(f.failure.reason);
    }
    return {columns.agency, columns.job, columns.epoch, pauses, reasons, from_state};
}

}  // namespace

task<pg::result<std::vector<waiting_lane>>> find_waiting_lanes(pg::pool& pool, lane after,
                                                               int at_most, deadline until) {
    auto answer = co_await pool.run(
        lanes_statement, {after.agency.value(), after.queue, std::int64_t{at_most}}, until);
    if (!answer) co_return answer.error();
    std::vector<waiting_lane> lanes;
    for (const auto row : *answer)
        lanes.push_back(
            {{domain::agency_id{row.get<std::int64_t>(0)}, row.get<std::string>(1)},
             std::chrono::duration<double>{row.get<std::optional<double>>(2).value_or(-1)}});
    co_return lanes;
}

task<pg::result<lane_claims>> claim_due_jobs(pg::pool& pool, std::span<const lane_demand> demands,
                                             std::chrono::milliseconds lease, std::string worker,
                                             deadline until) {
    std::vector<std::int64_t> agencies;
    for (const auto& demand : demands) agencies.push_back(demand.agency.value());
    std::ranges::sort(agencies);
    agencies.erase(std::unique(agencies.begin(), agencies.end()), agencies.end());
    std::vector<pg::query> queries;
    queries.push_back({&take_turns_statement, {agencies}});
    for (const auto& demand : demands)
        queries.push_back({&claim_statement,
                           {demand.agency.value(), demand.queue, std::int64_t{demand.jobs},
                            in_ms(lease), worker}});
    queries.push_back({&others_statement});
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return answer.error();
    const auto ours = agencies_of(answer->front());
    lane_claims claims{{}, answer->back()[0].get<std::vector<std::int64_t>>(0)};
    claims.lanes.reserve(demands.size());
    for (std::size_t i = 0; i < demands.size(); ++i) {
        claims.lanes.push_back(read_claim((*answer)[i + 1], demands[i].jobs));
        if (std::ranges::find(ours, demands[i].agency.value()) == ours.end())
            claims.lanes.back().taken = true;
    }
    co_return claims;
}

task<pg::result<std::vector<suspect>>> find_suspects(pg::pool& pool,
                                                     std::vector<std::string> queues, int at_most,
                                                     deadline until) {
    auto answer = co_await pool.run(suspects_statement, {queues, std::int64_t{at_most}}, until);
    if (!answer) co_return answer.error();
    std::vector<suspect> suspects;
    for (const auto row : *answer)
        suspects.push_back({read_reference(row), row.get<std::string>(2),
                            std::chrono::duration<double>{row.get<double>(3)}});
    co_return suspects;
}

task<pg::result<std::optional<claimed_job>>> claim_suspect(pg::pool& pool, job_reference wanted,
                                                           std::chrono::milliseconds lease,
                                                           std::string worker, deadline until) {
    const std::vector<std::int64_t> agency{wanted.agency.value()};
    constexpr std::int64_t one_job = 1;
    const pg::query queries[] = {
        {&take_turns_statement, {agency}},
        {&claim_suspect_statement,
         {wanted.agency.value(), wanted.job.value(), one_job, in_ms(lease), worker}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return answer.error();
    std::optional<claimed_job> claimed;
    auto claim = read_claim(answer->back(), one_job);
    if (!claim.jobs.empty()) claimed = std::move(claim.jobs.front());
    co_return claimed;
}

task<pg::result<std::optional<std::string>>> read_payload(pg::pool& pool, job_reference job,
                                                          deadline until) {
    const std::vector<std::int64_t> agency{job.agency.value()};
    auto answer = co_await run_for(pool, agency, payload_statement,
                                   {job.agency.value(), job.job.value()}, until);
    if (!answer) co_return answer.error();
    std::optional<std::string> payload;
    if (!answer->empty()) payload = (*answer)[0].get<std::optional<std::string>>(0);
    co_return payload;
}

task<pg::result<void>> extend_leases(pg::pool& pool, std::span<const claimed_job> held,
                                     std::chrono::milliseconds lease, deadline until) {
    const reference_columns columns{held};
    auto answer =
        co_await run_for(pool, columns.agency, extend_statement,
                         {columns.agency, columns.job, columns.epoch, in_ms(lease)}, until);
    if (!answer) co_return answer.error();
    co_return pg::result<void>{};
}

task<pg::result<void>> release_jobs(pg::pool& pool, std::span<const claimed_job> held,
                                    deadline until) {
    const reference_columns columns{held};
    auto answer = co_await run_for(pool, columns.agency, release_statement,
                                   {columns.agency, columns.job, columns.epoch}, until);
    if (!answer) co_return answer.error();
    co_return pg::result<void>{};
}

task<pg::result<std::size_t>> release_unknown_jobs(pg::pool& pool,
                                                   std::span<const std::int64_t> agencies,
                                                   std::string worker,
                                                   std::span<const claimed_job> held,
                                                   deadline until) {
    const std::vector<std::int64_t> all(agencies.begin(), agencies.end());
    const reference_columns known{held};
    const pg::query queries[] = {
        acting_for(agencies),
        {&await_claims_statement, {all}},
        {&release_unknown_statement,
         {all, std::move(worker), known.agency, known.job, known.epoch}},
    };
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return answer.error();
    co_return answer->back().size();
}

task<pg::result<completed_jobs>> complete_jobs(pg::connection& connection,
                                               std::span<const claimed_job> held, deadline until) {
    const reference_columns columns{held};
    const pg::query queries[] = {
        {&begin_statement},
        acting_for(columns.agency),
        {&complete_statement, {columns.agency, columns.job, columns.epoch}},
    };
    auto answer = co_await connection.run(queries, until);
    if (!answer) co_return answer.error();
    std::vector<job_reference> ours;
    completed_jobs completed;
    for (const auto row : answer->back()) {
        if (row.get<bool>(2))
            ours.push_back(read_reference(row));
        else
            ++completed.cancelled;
    }
    std::sort(ours.begin(), ours.end());
    for (const auto& job : held)
        if (std::binary_search(ours.begin(), ours.end(), static_cast<const job_reference&>(job)))
            completed.done.push_back(job);
    co_return completed;
}

task<pg::result<settled_failures>> fail_jobs(pg::pool& pool, std::span<const failed_job> failed,
                                             deadline until) {
    const reference_columns columns{failed};
    auto answer = co_await run_for(pool, columns.agency, fail_statement,
                                   failure_params(failed, "running"), until);
    if (!answer) co_return answer.error();
    co_return count_failures(*answer);
}

task<pg::result<settled_failures>> fail_jobs(pg::connection& in_transaction,
                                             std::span<const failed_job> failed, deadline until) {
    auto answer =
        co_await in_transaction.run(fail_statement, failure_params(failed, "done"), until);
    if (!answer) co_return answer.error();
    co_return count_failures(*answer);
}

task<pg::result<job_hold>> report_progress(pg::pool& pool, const claimed_job& held,
                                           job_progress progress, deadline until) {
    const reference_columns columns{std::span{&held, 1}};
    auto answer = co_await run_for(
        pool, columns.agency, progress_statement,
        {columns.agency, columns.job, columns.epoch, std::int32_t{progress.steps_done},
         std::int32_t{progress.steps_total}, progress.message},
        until);
    if (!answer) co_return answer.error();
    if (answer->empty()) co_return job_hold::lost;
    co_return (*answer)[0].get<bool>(0) ? job_hold::to_cancel : job_hold::held;
}

task<pg::result<swept>> sweep_expired_leases(pg::pool& pool, deadline until) {
    swept counts;
    while (true) {
        auto expired = co_await pool.run(expired_agencies_statement, {}, until);
        if (!expired) co_return expired.error();
        const auto agencies = agencies_of(*expired);
        if (agencies.empty()) co_return counts;
        auto answer = co_await run_for(pool, agencies, sweep_statement,
                                       {agencies, std::int32_t{domain::max_crashes}}, until);
        if (!answer) co_return answer.error();
        if (answer->empty()) co_return counts;
        count_swept(*answer, counts);
    }
}

task<pg::result<void>> commit(pg::connection& connection, deadline until) {
    auto answer = co_await connection.run(commit_statement, {}, until);
    if (!answer) co_return answer.error();
    co_return pg::result<void>{};
}

task<pg::result<void>> roll_back(pg::connection& connection, deadline until) {
    auto answer = co_await connection.run(roll_back_statement, {}, until);
    if (!answer) co_return answer.error();
    co_return pg::result<void>{};
}

}  // namespace tenantry::store
