#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/runtime/log.hpp"
#include "worker/handlers/expire.hpp"
#include "worker/handlers/handlers.hpp"

namespace tenantry::worker {

namespace {

constexpr int agencies_a_step = 100;
constexpr int steps = 2;

/// Whoever deletes a location gives its number back in the same transaction, so there should be
/// none: each one is a fault of a program's, or of somebody's hand.
task<pg::result<std::int64_t>> free_numbers(job_run& run) {
    std::int64_t freed = 0;
    for (domain::agency_id after{0};;) {
        const auto holders = co_await store::find_number_holders(run.database(), after,
                                                                 agencies_a_step, run.until());
        if (!holders) co_return holders.error();
        if (holders->empty()) co_return freed;
        const auto numbers =
            co_await store::free_orphaned_numbers(run.database(), *holders, run.until());
        if (!numbers) co_return numbers.error();
        freed += static_cast<std::int64_t>(numbers->size());
        if (!numbers->empty())
            log::warn("phone numbers were held for locations that are gone",
                      {{"count", numbers->size()},
                       {"numbers", fmt::format("{}", fmt::join(*numbers, " "))}});
        after = domain::agency_id{holders->back()};
    }
}

}  // namespace

task<outcome> sweep_orphans(job_run& run) {
    const auto cleared = co_await clear_expired(run, store::perishable::unique_job, 0, steps);
    if (cleared.end) co_return *cleared.end;
    store::job_progress progress{1, steps, told(cleared.deleted)};
    const bool ours = co_await run.go_on(std::move(progress));
    if (!ours) co_return outcome{outcome::kind::stopped};
    const auto freed = co_await free_numbers(run);
    if (!freed) co_return retry_after(freed.error());
    progress = {steps, steps,
                fmt::format("{}, {} phone numbers freed", told(cleared.deleted), *freed)};
    const bool still_ours = co_await run.go_on(std::move(progress));
    co_return still_ours ? outcome{} : outcome{outcome::kind::stopped};
}

}  // namespace tenantry::worker
