#include "worker/reclaimer.hpp"

#include "common/runtime/failpoint.hpp"
#include "common/runtime/log.hpp"
#include "common/store/job_queue.hpp"
#include "common/store/schema_version.hpp"

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

// A lease that ran out while nobody could prolong it says nothing of the worker that holds it. The
// database may come back any time up to the next look, and a beat later all have been heard.
bool reclaimer::others_were_heard() const {
    return std::chrono::steady_clock::now() >= *others_may_beat_until_;
}

void reclaimer::listen_to_others() {
    others_may_beat_until_ = deadline_in(settings_.sweep + settings_.heartbeat);
}

void reclaimer::note_absence(std::string_view reason) {
    listen_to_others();
    log::warn("cannot look for expired leases", {{"reason", reason}});
}

task<void> reclaimer::sweep() {
    const auto until = deadline_in(statement_time);
    if (!others_may_beat_until_) listen_to_others();
    if (!others_were_heard()) {
        auto reached = co_await store::schema_is_current(database_, until);
        if (!reached) note_absence(reached.error().cause);
        co_return;
    }
    failpoint("reclaimer.before_sweep");
    auto swept = co_await store::sweep_expired_leases(database_, until);
    failpoint("reclaimer.after_sweep");
    if (!swept) {
        note_absence(swept.error().message);
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
