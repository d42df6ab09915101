#include "worker/retry.hpp"

#include <random>

#include "common/domain/retry.hpp"
#include "common/runtime/log.hpp"

namespace tenantry::worker {

namespace {

double uniform01() {
    thread_local std::minstd_rand engine{std::random_device{}()};
    return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
}

std::string describe(const pg::failure& failure) {
    switch (failure.kind) {
        case pg::failure::kind::timed_out:
            return std::string{too_long};
        case pg::failure::kind::connection_lost:
            return "the connection to PostgreSQL was lost";
        case pg::failure::kind::pool_exhausted:
            return "no connection to PostgreSQL was free";
        case pg::failure::kind::server:
            break;
    }
    return failure.sqlstate + ": " + failure.message;
}

bool is_permanent(const pg::failure& failure) {
    constexpr std::string_view data_exception = "22", constraint_violation = "23",
                               unique_violation = "23505";
    const std::string_view state = failure.sqlstate;
    return state != unique_violation &&
           (state.starts_with(data_exception) || state.starts_with(constraint_violation));
}

}  // namespace

bool was_a_wait(const pg::failure& failure) {
    constexpr std::string_view query_canceled = "57014";
    return failure.kind == pg::failure::kind::timed_out || pg::is_lock_timeout(failure) ||
           failure.sqlstate == query_canceled;
}

outcome outcome_of(const pg::failure& failure) {
    const auto what = is_permanent(failure) ? outcome::kind::discard : outcome::kind::retry;
    return {what, describe(failure)};
}

store::failed_job failed_attempt(const store::claimed_job& job, outcome ended) {
    store::failed_job failed{{job.agency, job.job}, job.epoch, {std::move(ended.reason), {}}};
    auto& [reason, retry_after] = failed.failure;
    if (ended.what == outcome::kind::retry && job.attempts >= domain::max_attempts)
        reason = "gave up after the last attempt: " + reason;
    else if (ended.what == outcome::kind::retry)
        retry_after = ended.after ? *ended.after : domain::retry_delay(job.attempts, uniform01());
    const std::initializer_list<log::field> fields{{"job_id", job.job},
                                                   {"agency_id", job.agency},
                                                   {"kind", job.kind},
                                                   {"attempt", job.attempts},
                                                   {"reason", reason}};
    if (retry_after)
        log::warn("a job failed and will be tried again", fields);
    else
        log::error("a job is given up", fields);
    return failed;
}

}  // namespace tenantry::worker
