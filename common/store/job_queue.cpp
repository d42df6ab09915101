#include "common/store/job_queue.hpp"

#include <algorithm>
#include <ranges>

#include "common/domain/retry.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

// Evaluated once a statement: there are few queues.
#define IN_OPEN_QUEUE(job) \
    " AND " job            \
    "queue <> ALL (ARRAY(SELECT queue FROM tenantry.queue WHERE paused_at IS NOT NULL)) "

// The references come sorted and the plan walks them in that order, so rows are locked in one
// direction.
constexpr pg::statement claim_statement{"claim_jobs",
                                        R"(UPDATE tenantry.job j
    SET state = 'running', epoch = j.epoch + 1, attempts = j.attempts + 1, worker = $4, started_at = now(),
        lease_until = now() + $3 * interval '1 ms'
    FROM unnest($1::bigint[], $2::bigint[]) AS wanted(agency_id, job_id)
    WHERE j.agency_id = wanted.agency_id AND j.job_id = wanted.job_id AND j.state = 'pending' AND j.run_at <= now()
      AND ($5::boolean IS NULL OR (j.crashes > 0) = $5))" IN_OPEN_QUEUE("j.") R"(
    RETURNING j.agency_id, j.job_id, j.epoch, j.kind, j.company_id, j.attempts, j.steps_total,
        j.queue, extract(epoch FROM now() - j.run_at)::float8)"};

constexpr pg::statement suspects_statement{"find_suspects",
                                           R"(SELECT agency_id, job_id
    FROM unnest($1::bigint[], $2::bigint[]) AS wanted(agency_id, job_id)
        JOIN tenantry.job j USING (agency_id, job_id)
    WHERE j.state = 'pending' AND j.run_at <= now() AND j.crashes > 0)" IN_OPEN_QUEUE("j.")};

#define HELD                                                                                       \
    " FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS held(agency_id, job_id, epoch)"        \
    " WHERE j.agency_id = held.agency_id AND j.job_id = held.job_id AND j.epoch = held.epoch AND " \
    "j.state = 'running' "

constexpr pg::statement extend_statement{
    "extend_leases", "UPDATE tenantry.job j SET lease_until = now() + $4 * interval '1 ms'" HELD};

constexpr pg::statement complete_statement{
    "complete_jobs",
    "UPDATE tenantry.job j SET state = 'done', steps_done = j.steps_total, lease_until = NULL, "
    "finished_at = now()" HELD "RETURNING j.agency_id, j.job_id"};

constexpr pg::statement retry_later_statement{
    "retry_job_later",
    "UPDATE tenantry.job j SET state = 'pending', lease_until = NULL, last_error = $4,"
    " run_at = now() + $5 * interval '1 ms', dispatch_at = now() + $5 * interval '1 ms'" HELD};

constexpr pg::statement discard_statement{"discard_job",
                                          "UPDATE tenantry.job j SET state = 'dead', lease_until = "
                                          "NULL, last_error = $4, finished_at = now()" HELD};

constexpr pg::statement expired_agencies_statement{
    "agencies_with_expired_leases",
    "SELECT DISTINCT agency_id FROM tenantry.job WHERE state = 'running' AND lease_until < now()"};

// A crash is no attempt of the job's own: it is counted apart.
constexpr pg::statement sweep_statement{"sweep_expired_leases",
                                        R"(UPDATE tenantry.job
    SET state = CASE WHEN crashes + 1 >= $2 THEN 'quarantined' ELSE 'pending' END, crashes = crashes + 1,
        attempts = attempts - 1, lease_until = NULL, run_at = now(), dispatch_at = now(),
        finished_at = CASE WHEN crashes + 1 >= $2 THEN now() END,
        last_error = 'the worker ' || worker || ' did not finish within its lease'
    WHERE agency_id = ANY ($1::bigint[]) AND state = 'running' AND lease_until < now()
    RETURNING state = 'quarantined')"};

constexpr pg::statement due_agencies_statement{
    "agencies_with_due_jobs",
    "SELECT DISTINCT agency_id FROM tenantry.job WHERE state = 'pending' AND dispatch_at <= "
    "now()" IN_OPEN_QUEUE("") "LIMIT $1"};

// Materialized: as a plain subquery it may be scanned once a row, each time with a limit of its
// own.
constexpr pg::statement take_statement{"take_undispatched",
                                       R"(WITH due AS MATERIALIZED (
        SELECT job_id FROM tenantry.job
        WHERE agency_id = $1 AND state = 'pending' AND dispatch_at <= now())" IN_OPEN_QUEUE("") R"(
        ORDER BY dispatch_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    UPDATE tenantry.job j SET dispatch_at = now() + $3 * interval '1 ms'
    FROM due
    WHERE j.agency_id = $1 AND j.job_id = due.job_id
    RETURNING j.agency_id, j.job_id, j.queue)"};

constexpr pg::statement begin_statement{"", "BEGIN"};
constexpr pg::statement commit_statement{"", "COMMIT"};
constexpr pg::statement roll_back_statement{"", "ROLLBACK"};

struct reference_columns {
    std::vector<std::int64_t> agency, job;
    std::vector<std::int32_t> epoch;

    void append(const job_reference& r) {
        agency.push_back(r.agency.value());
        job.push_back(r.job.value());
    }
    explicit reference_columns(std::span<const job_reference> references) {
        for (const auto& r : references) append(r);
    }
    explicit reference_columns(std::span<const claimed_job> held) {
        for (const auto& h : held) {
            append(h);
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

/// Runs one statement for the agencies that it concerns, in a transaction of its own.
task<pg::result<pg::rows>> run_for(pg::pool& pool, std::span<const std::int64_t> agencies,
                                   const pg::statement& statement, pg::params arguments,
                                   deadline until) {
    const pg::query queries[] = {acting_for(agencies), {&statement, std::move(arguments)}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return answer.error();
    co_return std::move(answer->back());
}

}  // namespace

task<pg::result<std::vector<claimed_job>>> claim_jobs(pg::pool& pool,
                                                      std::span<const job_reference> wanted,
                                                      std::chrono::milliseconds lease,
                                                      std::string worker, deadline until,
                                                      std::optional<bool> suspects) {
    const reference_columns columns{wanted};
    auto answer =
        co_await run_for(pool, columns.agency, claim_statement,
                         {columns.agency, columns.job, in_ms(lease), worker, suspects}, until);
    if (!answer) co_return answer.error();
    std::vector<claimed_job> claimed;
    claimed.reserve(answer->size());
    for (const auto row : *answer) {
        claimed_job job{{domain::agency_id{row.get<std::int64_t>(0)},
                         domain::job_id{row.get<std::int64_t>(1)}}};
        job.epoch = row.get<std::int32_t>(2);
        job.kind = row.get<std::string>(3);
        if (auto company = row.get<std::optional<std::int64_t>>(4))
            job.company = domain::company_id{*company};
        job.attempts = row.get<std::int32_t>(5);
        job.steps_total = row.get<std::int32_t>(6);
        job.queue = row.get<std::string>(7);
        job.dwelt = std::chrono::duration<double>{row.get<double>(8)};
        claimed.push_back(std::move(job));
    }
    co_return claimed;
}

task<pg::result<std::vector<job_reference>>> find_suspects(pg::pool& pool,
                                                           std::span<const job_reference> wanted,
                                                           deadline until) {
    const reference_columns columns{wanted};
    auto answer = co_await run_for(pool, columns.agency, suspects_statement,
                                   {columns.agency, columns.job}, until);
    if (!answer) co_return answer.error();
    std::vector<job_reference> suspects;
    for (const auto row : *answer)
        suspects.push_back({domain::agency_id{row.get<std::int64_t>(0)},
                            domain::job_id{row.get<std::int64_t>(1)}});
    co_return suspects;
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

task<pg::result<std::vector<claimed_job>>> complete_jobs(pg::connection& in_transaction,
                                                         std::span<const claimed_job> held,
                                                         deadline until) {
    const reference_columns columns{held};
    auto answer = co_await in_transaction.run(complete_statement,
                                              {columns.agency, columns.job, columns.epoch}, until);
    if (!answer) co_return answer.error();
    std::vector<job_reference> ours;
    for (const auto row : *answer)
        ours.push_back({domain::agency_id{row.get<std::int64_t>(0)},
                        domain::job_id{row.get<std::int64_t>(1)}});
    std::sort(ours.begin(), ours.end());
    std::vector<claimed_job> completed;
    for (const auto& job : held)
        if (std::binary_search(ours.begin(), ours.end(), static_cast<const job_reference&>(job)))
            completed.push_back(job);
    co_return completed;
}

task<pg::result<void>> fail_job(pg::pool& pool, const claimed_job& held, job_failure failure,
                                deadline until) {
    const reference_columns columns{std::span{&held, 1}};
    pg::params arguments{columns.agency, columns.job, columns.epoch, failure.reason};
    if (failure.retry_after) arguments.add(in_ms(*failure.retry_after));
    const auto& statement = failure.retry_after ? retry_later_statement : discard_statement;
    auto answer = co_await run_for(pool, columns.agency, statement, std::move(arguments), until);
    if (!answer) co_return answer.error();
    co_return pg::result<void>{};
}

task<pg::result<swept>> sweep_expired_leases(pg::pool& pool, deadline until) {
    auto expired = co_await pool.run(expired_agencies_statement, {}, until);
    if (!expired) co_return expired.error();
    swept counts;
    const auto agencies = agencies_of(*expired);
    if (agencies.empty()) co_return counts;
    auto answer = co_await run_for(pool, agencies, sweep_statement,
                                   {agencies, std::int32_t{domain::max_crashes}}, until);
    if (!answer) co_return answer.error();
    for (const auto row : *answer) ++(row.get<bool>(0) ? counts.quarantined : counts.returned);
    co_return counts;
}

task<pg::result<std::vector<job_hint>>> take_undispatched(pg::pool& pool, int agencies,
                                                          int per_agency,
                                                          std::chrono::milliseconds pause,
                                                          deadline until) {
    auto due = co_await pool.run(due_agencies_statement, {std::int64_t{agencies}}, until);
    if (!due) co_return due.error();
    std::vector<job_hint> hints;
    const auto due_agencies = agencies_of(*due);
    if (due_agencies.empty()) co_return hints;
    std::vector<pg::query> queries{acting_for(due_agencies)};

    for (const auto agency : due_agencies)
        queries.push_back({&take_statement, {agency, std::int64_t{per_agency}, in_ms(pause)}});
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return answer.error();
    for (const auto& rows : *answer | std::views::drop(1))
        for (const auto row : rows)
            hints.push_back({domain::agency_id{row.get<std::int64_t>(0)},
                             domain::job_id{row.get<std::int64_t>(1)}, row.get<std::string>(2)});
    co_return hints;
}

task<pg::result<void>> begin(pg::connection& connection, std::span<const std::int64_t> agencies,
                             deadline until) {
    const pg::query queries[] = {{&begin_statement}, acting_for(agencies)};
    auto answer = co_await connection.run(queries, until);
    if (!answer) co_return answer.error();
    co_return pg::result<void>{};
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
