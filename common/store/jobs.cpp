#include "common/store/jobs.hpp"

#include "common/store/failure.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

#define JOB_COLUMNS                                                                          \
    "job_id, queue, kind, company_id, state, attempts, crashes, steps_done, steps_total, "   \
    "last_error, created_at, run_at, started_at, finished_at, priority, batch_id, message, " \
    "cancel_requested_at"
#define JOB_FILTER                                                                             \
    " FROM tenantry.job WHERE agency_id = $1 AND ($2::text IS NULL OR state = $2)"             \
    " AND ($3::text IS NULL OR kind = $3) AND ($4::bigint IS NULL OR company_id = $4) "        \
    "AND ($5::bigint IS NULL OR (job_id BETWEEN $5 AND coalesce((SELECT b.batch_last_id FROM " \
    "tenantry.job b WHERE b.agency_id = $1 AND b.job_id = $5), $5) AND batch_id = $5)) "

constexpr pg::statement list_statement{
    "list_jobs", "SELECT " JOB_COLUMNS JOB_FILTER "ORDER BY job_id DESC LIMIT $6 OFFSET $7"};
constexpr pg::statement count_statement{"count_jobs", "SELECT count(*)" JOB_FILTER};
constexpr pg::statement find_statement{"find_job",
                                       "SELECT " JOB_COLUMNS
                                       " FROM tenantry.job WHERE agency_id = $1 AND job_id = $2 "
                                       "AND ($3::bigint IS NULL OR company_id = $3)"};

// Of a command about one job that is there already: which one, and how it stands.
const std::string one_job = R"(item AS (
    SELECT * FROM unnest($14::bigint[], $15::bigint[], $16::bigint[]) AS t(cmd, job_id, company_id)
), found AS (
    SELECT item.cmd, j.state
    FROM item JOIN command USING (cmd) JOIN tenantry.job j USING (agency_id, job_id)
    WHERE item.company_id IS NULL OR j.company_id = item.company_id
), )";

/// The audit event of what the CTE `job` has changed.
std::string audited(const std::string& action) {
    return R"(, audit AS (
    INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, company_id, subject_id, request_id)
    SELECT agency_id, dated, ')" +
           action + R"(', user_id, actor_key_id, job.company_id, job_id, request_id
    FROM job JOIN item USING (job_id) JOIN accepted USING (cmd, agency_id)
))";
}

#define RETRYABLE "('dead', 'quarantined')"
#define RETRIED                                                          \
    "state = 'pending', attempts = 0, crashes = 0, finished_at = NULL, " \
    "cancel_requested_at = NULL"

const command_statement retry_statement("retry_job", one_job + R"(refused AS (
    SELECT cmd, found.state AS subject FROM item LEFT JOIN found USING (cmd)
    WHERE found.state IS NULL OR found.state NOT IN )" RETRYABLE ")",
                                        R"(job AS (
    UPDATE tenantry.job j SET )" RETRIED R"(, run_at = now()
    FROM accepted JOIN item USING (cmd)
    WHERE j.agency_id = accepted.agency_id AND j.job_id = item.job_id AND j.state IN )" RETRYABLE
                                        R"(
    RETURNING j.agency_id, j.job_id, j.company_id
))" + audited("job.retried"));

// Of an operator's statement: no row when there is no such job, NULL when it is not as it must be.
#define OF_ONE_JOB                                                                              \
    "FROM (SELECT FROM tenantry.job WHERE agency_id = $1 AND job_id = $2) AS one LEFT JOIN job" \
    " ON true"

constexpr pg::statement operator_retry_statement{"retry_job_as_operator",
                                                 "WITH job AS (UPDATE tenantry.job SET " RETRIED
                                                 R"(, run_at = now()
       WHERE agency_id = $1 AND job_id = $2 AND state IN )" RETRYABLE R"(
       RETURNING agency_id, job_id, company_id
    ), audit AS (
        INSERT INTO tenantry.audit_event (agency_id, at, action, company_id, subject_id)
        SELECT agency_id, $3, 'job.retried', company_id, job_id FROM job
    )
    SELECT job.agency_id IS NOT NULL )" OF_ONE_JOB};

// Never waits: a row that is locked is one whose job is committing what it did.
#define CANCELLED                                                               \
    "state = CASE WHEN j.state = 'pending' THEN 'cancelled' ELSE j.state END, " \
    "finished_at = CASE WHEN j.state = 'pending' THEN now() END, cancel_requested_at = now()"
const command_statement cancel_statement("cancel_job", one_job + R"(free AS MATERIALIZED (
    SELECT item.cmd FROM item JOIN command USING (cmd) JOIN tenantry.job j USING (agency_id, job_id)
    WHERE j.state IN ('pending', 'running') FOR UPDATE OF j SKIP LOCKED
), refused AS (
    SELECT cmd, found.state AS subject FROM item LEFT JOIN found USING (cmd) LEFT JOIN free USING (cmd)
    WHERE found.state IS NULL OR free.cmd IS NULL
))",
                                         R"(job AS (
    UPDATE tenantry.job j SET )" CANCELLED R"(
    FROM accepted JOIN item USING (cmd)
    WHERE j.agency_id = accepted.agency_id AND j.job_id = item.job_id AND j.state IN ('pending', 'running')
    RETURNING j.agency_id, j.job_id, j.company_id
))" + audited("job.cancelled"));

constexpr pg::statement operator_cancel_statement{"cancel_job_as_operator",
                                                  R"(WITH free AS MATERIALIZED (
        SELECT agency_id, job_id FROM tenantry.job
        WHERE agency_id = $1 AND job_id = $2 AND state IN ('pending', 'running') FOR UPDATE SKIP LOCKED
    ), job AS (
        UPDATE tenantry.job j SET )" CANCELLED R"(
        FROM free WHERE j.agency_id = free.agency_id AND j.job_id = free.job_id
        RETURNING j.agency_id, j.job_id, j.company_id, j.state
    ), audit AS (
        INSERT INTO tenantry.audit_event (agency_id, at, action, company_id, subject_id)
        SELECT agency_id, $3, 'job.cancelled', company_id, job_id FROM job
    )
    SELECT job.state )" OF_ONE_JOB};

// The batch's jobs lie between its first and its last by id, among others of the agency at most.
constexpr pg::statement batch_statement{"find_batch",
                                        R"(SELECT count(*), min(j.created_at), max(j.finished_at),
        count(*) FILTER (WHERE j.state = 'pending'), count(*) FILTER (WHERE j.state = 'running'),
        count(*) FILTER (WHERE j.state = 'done'), count(*) FILTER (WHERE j.state = 'dead'),
        count(*) FILTER (WHERE j.state = 'quarantined'), count(*) FILTER (WHERE j.state = 'cancelled'),
        sum(j.steps_done), sum(j.steps_total)
    FROM tenantry.job j
    WHERE j.agency_id = $1 AND j.job_id BETWEEN $2 AND (SELECT f.batch_last_id FROM tenantry.job f
                                                       WHERE f.agency_id = $1 AND f.job_id = $2)
      AND j.batch_id = $2 AND ($3::bigint IS NULL OR j.company_id = $3))"};

constexpr pg::statement add_statement{"add_job", R"(WITH wanted AS (
        SELECT nextval('tenantry.job_id_seq') AS job_id
        WHERE EXISTS (SELECT FROM tenantry.agency WHERE agency_id = $1)
          AND ($4::bigint IS NULL OR EXISTS (SELECT FROM tenantry.company WHERE agency_id = $1 AND company_id = $4))
    ), mine AS (
        INSERT INTO tenantry.unique_job AS u (agency_id, unique_key, job_id, until)
        SELECT $1, $9, job_id, now() + $10 * interval '1 ms' FROM wanted WHERE $9::text IS NOT NULL
        ON CONFLICT (agency_id, unique_key) DO UPDATE SET job_id = excluded.job_id, until = excluded.until
        WHERE u.until <= now()
        RETURNING job_id
    ), added AS (
        INSERT INTO tenantry.job (agency_id, job_id, queue, kind, company_id, steps_total, priority, payload,
                                  created_at, run_at)
        SELECT $1, job_id, $2, $3, $4, $5, $6, $7::json::jsonb, now(), now() + $8 * interval '1 ms'
        FROM wanted WHERE $9::text IS NULL OR job_id IN (SELECT job_id FROM mine)
        RETURNING job_id
    )
    SELECT added.job_id FROM wanted LEFT JOIN added ON true)"};

#define DEAD                                                                           \
    " FROM tenantry.job WHERE state IN " RETRYABLE                                     \
    " AND ($1::bigint IS NULL OR agency_id = $1) AND ($2::text IS NULL OR queue = $2)" \
    " AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR state = $4)"        \
    " AND (agency_id, job_id) > ($5, $6) ORDER BY agency_id, job_id LIMIT $7 "
constexpr pg::statement dead_statement{"list_dead_jobs", "SELECT " JOB_COLUMNS ", agency_id" DEAD};

// In the order of ids and from one of them on, so that a job that dies again while others are still
// being replayed is not replayed twice.
constexpr pg::statement replay_statement{"replay_jobs", R"(WITH chosen AS (
        SELECT agency_id, job_id)" DEAD R"(
    ), job AS (
        UPDATE tenantry.job j SET )" RETRIED R"(, run_at = now()
        FROM chosen
        WHERE j.agency_id = chosen.agency_id AND j.job_id = chosen.job_id AND j.state IN )" RETRYABLE
                                                        R"(
        RETURNING j.agency_id, j.job_id, j.company_id
    ), audit AS (
        INSERT INTO tenantry.audit_event (agency_id, at, action, company_id, subject_id)
        SELECT agency_id, $8, 'job.retried', company_id, job_id FROM job
    )
    SELECT (SELECT count(*) FROM job), agency_id, job_id FROM chosen ORDER BY agency_id DESC, job_id DESC LIMIT 1)"};

domain::job read_job(const pg::row& row) {
    domain::job job{.id = domain::job_id{row.get<std::int64_t>(0)},
                    .queue = row.get<std::string>(1),
                    .kind = row.get<std::string>(2)};
    if (auto company = row.get<std::optional<std::int64_t>>(3))
        job.company = domain::company_id{*company};
    job.state = domain::parse_job_state(row.get<std::string_view>(4)).value();
    job.attempts = row.get<std::int32_t>(5);
    job.crashes = row.get<std::int32_t>(6);
    job.steps_done = row.get<std::int32_t>(7);
    job.steps_total = row.get<std::int32_t>(8);
    job.last_error = row.get<std::optional<std::string>>(9);
    job.created_at = row.get<timestamp>(10);
    job.run_at = row.get<timestamp>(11);
    job.started_at = row.get<std::optional<timestamp>>(12);
    job.finished_at = row.get<std::optional<timestamp>>(13);
    job.priority = row.get<std::int16_t>(14);
    if (auto batch = row.get<std::optional<std::int64_t>>(15)) job.batch = domain::job_id{*batch};
    job.message = row.get<std::optional<std::string>>(16);
    job.cancel_requested_at = row.get<std::optional<timestamp>>(17);
    return job;
}

template<class Id>
std::optional<std::int64_t> value_of(const std::optional<Id>& id) {
    if (!id) return std::nullopt;
    return id->value();
}

/// $1 to $7 of DEAD.
pg::params dead_params(const replay_filter& which, job_position after, int at_most) {
    std::optional<std::string_view> state;
    if (which.state) state = to_string(*which.state);
    return {value_of(which.agency), which.queue,       which.kind,           state,
            after.agency.value(),   after.job.value(), std::int64_t{at_most}};
}

/// A command about one job that is there already.
pg::query one_job_query(const command_statement& statement, const command& by,
                        std::optional<domain::company_id> company, domain::job_id id) {
    auto query = statement.query(by);
    query.arguments.add(one(std::int64_t{1})).add(one(id.value())).add(one(value_of(company)));
    return query;
}

}  // namespace

void job_columns::append(std::int64_t cmd, const new_job& job, const std::vector<new_job>& batch) {
    cmd_.push_back(cmd);
    id_.push_back(job.id.value());
    queue_.push_back(job.kind.queue);
    kind_.push_back(job.kind.name);
    company_.push_back(job.company.value());
    steps_total_.push_back(job.kind.steps);
    priority_.push_back(job.kind.priority);
    batch_.push_back(batch.front().id.value());
    batch_last_.emplace_back();
    if (job.id == batch.front().id) batch_last_.back() = batch.back().id.value();
}

void job_columns::add_to(pg::params& arguments) const {
    arguments.add(cmd_).add(id_).add(queue_).add(kind_).add(company_).add(steps_total_);
    arguments.add(priority_).add(batch_).add(batch_last_);
}

task<result<domain::page<domain::job>>> list_jobs(pg::pool& pool, domain::agency_id agency,
                                                  domain::job_filter filter,
                                                  std::int64_t page_number, deadline until) {
    std::optional<std::string_view> state;
    if (filter.state) state = to_string(*filter.state);
    const auto company = value_of(filter.company), batch = value_of(filter.batch);
    const pg::query queries[] = {
        acting_until(agency, until),
        {&count_statement, {agency.value(), state, filter.kind, company, batch}},
        {&list_statement,
         {agency.value(), state, filter.kind, company, batch, domain::page_size,
          (page_number - 1) * domain::page_size}},
    };
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    domain::page<domain::job> page{.number = page_number};
    page.total_elements = (*answer)[1][0].get<std::int64_t>(0);
    for (const auto row : (*answer)[2]) page.content.push_back(read_job(row));
    co_return page;
}

task<result<domain::job>> find_job(pg::pool& pool, domain::agency_id agency,
                                   std::optional<domain::company_id> company, domain::job_id id,
                                   deadline until) {
    const pg::query queries[] = {
        acting_for(agency), {&find_statement, {agency.value(), id.value(), value_of(company)}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    if (answer->back().empty()) co_return error{.code = errc::not_found};
    co_return read_job(answer->back()[0]);
}

task<pg::result<verdict>> retry_job(pg::pool& pool, const command& by,
                                    std::optional<domain::company_id> company, domain::job_id id,
                                    deadline until) {
    return run_command(pool, by.agency, one_job_query(retry_statement, by, company, id), until);
}

task<pg::result<verdict>> cancel_job(pg::pool& pool, const command& by,
                                     std::optional<domain::company_id> company, domain::job_id id,
                                     deadline until) {
    return run_command(pool, by.agency, one_job_query(cancel_statement, by, company, id), until);
}

task<result<domain::job_state>> cancel_job_as_operator(pg::pool& pool, domain::agency_id agency,
                                                       domain::job_id id, timestamp now,
                                                       deadline until) {
    const pg::query queries[] = {acting_for(agency),
                                 {&operator_cancel_statement, {agency.value(), id.value(), now}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    if (answer->back().empty()) co_return error{.code = errc::not_found};
    const auto state = answer->back()[0].get<std::optional<std::string_view>>(0);
    if (!state) co_return error{.code = errc::job_not_cancellable};
    co_return domain::parse_job_state(*state).value();
}

task<result<domain::job_batch>> find_batch(pg::pool& pool, domain::agency_id agency,
                                           std::optional<domain::company_id> company,
                                           domain::job_id id, deadline until) {
    const pg::query queries[] = {
        acting_for(agency), {&batch_statement, {agency.value(), id.value(), value_of(company)}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    const auto row = answer->back()[0];
    domain::job_batch batch{.id = id, .jobs = row.get<std::int64_t>(0)};
    if (batch.jobs == 0) co_return error{.code = errc::not_found};
    batch.created_at = row.get<timestamp>(1);
    batch.pending = row.get<std::int64_t>(3);
    batch.running = row.get<std::int64_t>(4);
    batch.done = row.get<std::int64_t>(5);
    batch.dead = row.get<std::int64_t>(6);
    batch.quarantined = row.get<std::int64_t>(7);
    batch.cancelled = row.get<std::int64_t>(8);
    batch.steps_done = row.get<std::int64_t>(9);
    batch.steps_total = row.get<std::int64_t>(10);
    if (batch.is_finished()) batch.finished_at = row.get<std::optional<timestamp>>(2);
    co_return batch;
}

task<result<std::optional<domain::job_id>>> add_job(pg::pool& pool, added_job job, deadline until) {
    const auto in_ms = [](std::chrono::milliseconds d) { return static_cast<double>(d.count()); };
    std::optional<pg::json_text> payload;
    if (job.payload) payload = pg::json_text{*job.payload};
    const pg::query queries[] = {
        acting_for(job.agency),
        {&add_statement,
         {job.agency.value(), job.kind.queue, job.kind.name, value_of(job.company),
          std::int32_t{job.kind.steps}, std::int32_t{job.kind.priority}, payload, in_ms(job.delay),
          job.unique_key, in_ms(job.window)}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    std::optional<domain::job_id> id;
    if (answer->back().empty()) co_return error{.code = errc::not_found};
    if (const auto added = answer->back()[0].get<std::optional<std::int64_t>>(0))
        id = domain::job_id{*added};
    co_return id;
}

task<result<void>> retry_job_as_operator(pg::pool& pool, domain::agency_id agency,
                                         domain::job_id id, timestamp now, deadline until) {
    const pg::query queries[] = {acting_for(agency),
                                 {&operator_retry_statement, {agency.value(), id.value(), now}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    if (answer->back().empty()) co_return error{.code = errc::not_found};
    if (!answer->back()[0].get<bool>(0)) co_return error{.code = errc::job_not_retryable};
    co_return result<void>{};
}

task<result<std::vector<dead_job>>> list_dead_jobs(pg::pool& pool, replay_filter which,
                                                   job_position after, int at_most,
                                                   deadline until) {
    auto answer = co_await pool.run(dead_statement, dead_params(which, after, at_most), until);
    if (!answer) co_return to_error(answer.error());
    std::vector<dead_job> dead;
    constexpr int agency_column = 18;
    for (const auto row : *answer)
        dead.push_back({domain::agency_id{row.get<std::int64_t>(agency_column)}, read_job(row)});
    co_return dead;
}

task<result<replayed>> replay_jobs(pg::pool& pool, replay_filter which, job_position after,
                                   int at_most, timestamp now, deadline until) {
    auto arguments = dead_params(which, after, at_most);
    arguments.add(now);
    auto answer = co_await pool.run(replay_statement, std::move(arguments), until);
    if (!answer) co_return to_error(answer.error());
    replayed done;
    if (answer->empty()) co_return done;
    const auto row = (*answer)[0];
    done.jobs = row.get<std::int64_t>(0);
    done.last = job_position{domain::agency_id{row.get<std::int64_t>(1)},
                             domain::job_id{row.get<std::int64_t>(2)}};
    co_return done;
}

}  // namespace tenantry::store
