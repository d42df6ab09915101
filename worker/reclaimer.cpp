#include "worker/reclaimer.hpp"

#include "common/runtime/log.hpp"
#include "common/store/job_queue.hpp"

namespace tenantry::worker {

namespace {

constexpr std::chrono::seconds statement_time{5};

}  // namespace

task<void> reclaimer::beat() {
    const auto held = held_.all();
    if (held.empty()) co_return;
    auto extended = co_await store::extend_leases(database_, held, settings_.lease,
                                                  deadline_in(statement_time));
    if (!extended)
        log::warn("cannot prolong the leases of running jobs",
                  {{"reason", extended.error().message}});
}

task<void> reclaimer::sweep() {
    auto swept = co_await store::sweep_expired_leases(database_, deadline_in(statement_time));
    if (!swept) {
        log::warn("cannot look for expired leases", {{"reason", swept.error().message}});
        co_return;
    }
    const auto all = swept->returned + swept->quarantined + swept->cancelled;
    counted_.returned.Increment(static_cast<double>(all));
    counted_.quarantined.Increment(static_cast<double>(swept->quarantined));
    counted_.cancelled.Increment(static_cast<double>(swept->cancelled));
    if (all > 0)
        log::warn("took back the jobs of a worker that did not finish them",
                  {{"returned", swept->returned},
                   {"quarantined", swept->quarantined},
                   {"cancelled", swept->cancelled}});
}

}  // namespace tenantry::worker
