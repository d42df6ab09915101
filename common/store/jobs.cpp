#include "common/store/jobs.hpp"

#include "common/store/failure.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

#define JOB_COLUMNS                                                                        \
    "job_id, queue, kind, company_id, state, attempts, crashes, steps_done, steps_total, " \
    "last_error, created_at, run_at, started_at, finished_at"
#define JOB_FILTER                                                                 \
    " FROM tenantry.job WHERE agency_id = $1 AND ($2::text IS NULL OR state = $2)" \
    " AND ($3::text IS NULL OR kind = $3) AND ($4::bigint IS NULL OR company_id = $4) "

constexpr pg::statement list_statement{
    "list_jobs", "SELECT " JOB_COLUMNS JOB_FILTER "ORDER BY job_id DESC LIMIT $5 OFFSET $6"};
constexpr pg::statement count_statement{"count_jobs", "SELECT count(*)" JOB_FILTER};
constexpr pg::statement find_statement{"find_job",
                                       "SELECT " JOB_COLUMNS
                                       " FROM tenantry.job WHERE agency_id = $1 AND job_id = $2 "
                                       "AND ($3::bigint IS NULL OR company_id = $3)"};

#define RETRYABLE "('dead', 'quarantined')"
#define RETRIED "state = 'pending', attempts = 0, crashes = 0, finished_at = NULL"

const std::string retry_sql = command_sql(
    R"(item AS (
    SELECT * FROM unnest($14::bigint[], $15::bigint[], $16::bigint[]) AS t(cmd, job_id, company_id)
), found AS (
    SELECT item.cmd, j.state
    FROM item JOIN command USING (cmd) JOIN tenantry.job j USING (agency_id, job_id)
    WHERE item.company_id IS NULL OR j.company_id = item.company_id
), refused AS (
    SELECT cmd, found.state AS subject FROM item LEFT JOIN found USING (cmd)
    WHERE found.state IS NULL OR found.state NOT IN )" RETRYABLE ")",
    R"(job AS (
    UPDATE tenantry.job j SET )" RETRIED R"(, run_at = $12, dispatch_at = $12
    FROM accepted JOIN item USING (cmd)
    WHERE j.agency_id = accepted.agency_id AND j.job_id = item.job_id AND j.state IN )" RETRYABLE
    R"(
    RETURNING j.agency_id, j.job_id, j.company_id
), audit AS (
    INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, company_id, subject_id, request_id)
    SELECT agency_id, $12, 'job.retried', user_id, actor_key_id, job.company_id, job_id, request_id
    FROM job JOIN item USING (job_id) JOIN accepted USING (cmd, agency_id)
))");
const pg::statement retry_statement{"retry_job", retry_sql.c_str()};

constexpr pg::statement operator_retry_statement{"retry_job_as_operator",
                                                 "WITH job AS (UPDATE tenantry.job SET " RETRIED
                                                 R"(, run_at = $3, dispatch_at = $3
       WHERE agency_id = $1 AND job_id = $2 AND state IN )" RETRYABLE R"(
       RETURNING agency_id, job_id, company_id, queue
    ), audit AS (
        INSERT INTO tenantry.audit_event (agency_id, at, action, company_id, subject_id)
        SELECT agency_id, $3, 'job.retried', company_id, job_id FROM job
    )
    SELECT queue FROM job)"};

// In the order of ids and from one of them on, so that a job that dies again while others are still
// being replayed is not replayed twice.
constexpr pg::statement replay_statement{"replay_jobs", R"(WITH chosen AS (
        SELECT agency_id, job_id FROM tenantry.job
        WHERE state IN )" RETRYABLE R"( AND ($1::bigint IS NULL OR agency_id = $1)
          AND ($2::text IS NULL OR queue = $2) AND ($3::text IS NULL OR kind = $3)
          AND ($4::text IS NULL OR state = $4) AND (agency_id, job_id) > ($5, $6)
        ORDER BY agency_id, job_id LIMIT $7
    ), job AS (
        UPDATE tenantry.job j SET )" RETRIED R"(, run_at = $8, dispatch_at = $8
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
    return job;
}

std::optional<std::int64_t> value_of(const std::optional<domain::company_id>& id) {
    if (!id) return std::nullopt;
    return id->value();
}

}  // namespace

void job_columns::append(std::int64_t cmd, const new_job& job) {
    cmd_.push_back(cmd);
    id_.push_back(job.id.value());
    queue_.push_back(job.queue);
    kind_.push_back(job.kind);
    company_.push_back(job.company.value());
    steps_total_.push_back(job.steps_total);
}

void job_columns::add_to(pg::params& arguments) const {
    arguments.add(cmd_).add(id_).add(queue_).add(kind_).add(company_).add(steps_total_);
}

task<result<domain::page<domain::job>>> list_jobs(pg::pool& pool, domain::agency_id agency,
                                                  domain::job_filter filter,
                                                  std::int64_t page_number, deadline until) {
    std::optional<std::string_view> state;
    if (filter.state) state = to_string(*filter.state);
    const auto company = value_of(filter.company);
    const pg::query queries[] = {
        acting_for(agency),
        {&count_statement, {agency.value(), state, filter.kind, company}},
        {&list_statement,
         {agency.value(), state, filter.kind, company, domain::page_size,
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
                                    command_times times, deadline until) {
    const command* const commands[] = {&by};
    auto arguments = command_params(commands, times);
    arguments.add(one(std::int64_t{1})).add(one(id.value())).add(one(value_of(company)));
    return run_command(pool, by.agency, retry_statement, std::move(arguments), until);
}

task<result<job_hint>> retry_job_as_operator(pg::pool& pool, domain::agency_id agency,
                                             domain::job_id id, timestamp now, deadline until) {
    const pg::query queries[] = {acting_for(agency),
                                 {&operator_retry_statement, {agency.value(), id.value(), now}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    if (answer->back().empty()) co_return error{.code = errc::job_not_retryable};
    co_return job_hint{agency, id, answer->back()[0].get<std::string>(0)};
}

task<result<replayed>> replay_jobs(pg::pool& pool, replay_filter which, job_position after,
                                   int at_most, timestamp now, deadline until) {
    std::optional<std::int64_t> agency;
    if (which.agency) agency = which.agency->value();
    std::optional<std::string_view> state;
    if (which.state) state = to_string(*which.state);
    auto answer = co_await pool.run(replay_statement,
                                    {agency, which.queue, which.kind, state, after.agency.value(),
                                     after.job.value(), std::int64_t{at_most}, now},
                                    until);
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
