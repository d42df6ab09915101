#include "common/store/queues.hpp"

#include "common/store/failure.hpp"

namespace tenantry::store {

namespace {

// Each branch is one partial index: of the jobs that are done, which grow without bound, none is
// read.
#define WAITING_OR_FAILED                                                                   \
    "SELECT queue, state, run_at FROM tenantry.job WHERE state = 'pending' AND crashes < 2" \
    " UNION ALL SELECT queue, state, run_at FROM tenantry.job"                              \
    " WHERE state = 'pending' AND crashes >= 2"                                             \
    " UNION ALL SELECT queue, state, run_at FROM tenantry.job WHERE state = 'running'"      \
    " UNION ALL SELECT queue, state, run_at FROM tenantry.job"                              \
    " WHERE state IN ('dead', 'quarantined')"
constexpr pg::statement list_statement{"list_queues", R"(SELECT q.queue, q.paused_at,
        count(*) FILTER (WHERE j.state = 'pending' AND j.run_at <= now()),
        count(*) FILTER (WHERE j.state = 'pending' AND j.run_at > now()),
        count(*) FILTER (WHERE j.state = 'running'), count(*) FILTER (WHERE j.state = 'dead'),
        count(*) FILTER (WHERE j.state = 'quarantined'),
        extract(epoch FROM now() - min(j.run_at) FILTER (WHERE j.state = 'pending' AND j.run_at <= now()))::float8 * 1000
    FROM tenantry.queue q LEFT JOIN ()" WAITING_OR_FAILED R"() AS j ON j.queue = q.queue
    GROUP BY q.queue ORDER BY q.queue)"};

constexpr pg::statement pause_statement{
    "pause_queue",
    "UPDATE tenantry.queue SET paused_at = coalesce(paused_at, now()) WHERE queue = $1 RETURNING "
    "true"};

constexpr pg::statement resume_statement{
    "resume_queue", "UPDATE tenantry.queue SET paused_at = NULL WHERE queue = $1 RETURNING true"};

task<result<void>> change(pg::pool& pool, const pg::statement& statement, std::string queue,
                          deadline until) {
    auto answer = co_await pool.run(statement, {queue}, until);
    if (!answer) co_return to_error(answer.error());
    if (answer->empty()) co_return error{.code = errc::not_found};
    co_return result<void>{};
}

}  // namespace

task<result<std::vector<queue_summary>>> list_queues(pg::pool& pool, deadline until) {
    auto answer = co_await pool.run(list_statement, {}, until);
    if (!answer) co_return to_error(answer.error());
    std::vector<queue_summary> queues;
    for (const auto row : *answer) {
        queue_summary queue{.queue = row.get<std::string>(0)};
        queue.paused_at = row.get<std::optional<timestamp>>(1);
        queue.due = row.get<std::int64_t>(2);
        queue.delayed = row.get<std::int64_t>(3);
        queue.running = row.get<std::int64_t>(4);
        queue.dead = row.get<std::int64_t>(5);
        queue.quarantined = row.get<std::int64_t>(6);
        if (const auto age = row.get<std::optional<double>>(7))
            queue.oldest_due = std::chrono::milliseconds{static_cast<std::int64_t>(*age)};
        queues.push_back(std::move(queue));
    }
    co_return queues;
}

task<result<void>> pause_queue(pg::pool& pool, std::string queue, deadline until) {
    return change(pool, pause_statement, std::move(queue), until);
}

task<result<void>> resume_queue(pg::pool& pool, std::string queue, deadline until) {
    return change(pool, resume_statement, std::move(queue), until);
}

}  // namespace tenantry::store
