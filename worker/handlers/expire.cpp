#include "worker/handlers/expire.hpp"

#include <fmt/format.h>

#include "worker/handlers/handlers.hpp"

namespace tenantry::worker {

namespace {

using namespace std::chrono_literals;

constexpr int rows_a_step = 1000;
/// Left of the attempt's time for the last step to come to its end.
constexpr auto reserve = 1s;

task<outcome> expire(job_run& run, store::perishable what) {
    auto cleared = co_await clear_expired(run, what, 0, 1);
    if (cleared.end) co_return *cleared.end;
    co_return outcome{};
}

}  // namespace

std::string told(std::int64_t deleted) {
    return fmt::format("{} deleted", deleted);
}

outcome retry_after(const pg::failure& failure) {
    return {outcome::kind::retry, failure.message};
}

task<clearance> clear_expired(job_run& run, store::perishable what, int steps_done,
                              int steps_total) {
    clearance so_far;
    // Onward from where the last step was: what it deleted is still in the index for a while.
    timestamp from = timestamp::min();
    for (bool more = true; more;) {
        if (std::chrono::steady_clock::now() + reserve > run.until()) break;
        const auto step =
            co_await store::delete_expired(run.database(), what, from, rows_a_step, run.until());
        if (!step) {
            so_far.end = retry_after(step.error());
            break;
        }
        so_far.deleted += step->deleted;
        more = step->found == rows_a_step && step->deleted > 0;
        from = step->reached;
        store::job_progress progress{steps_done, steps_total, told(so_far.deleted)};
        const bool ours = co_await run.go_on(std::move(progress));
        if (!ours) {
            so_far.end = outcome{outcome::kind::stopped};
            break;
        }
    }
    co_return so_far;
}

task<outcome> expire_idempotency_records(job_run& run) {
    return expire(run, store::perishable::idempotency_record);
}

task<outcome> expire_sessions(job_run& run) {
    return expire(run, store::perishable::session);
}

}  // namespace tenantry::worker
