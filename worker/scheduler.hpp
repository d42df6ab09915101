// Lets the clock cause jobs: one worker at a time looks which periodic jobs are due, and settles
// their ticks.
#pragma once

#include <map>
#include <string>

#include "common/domain/cron.hpp"
#include "common/runtime/metrics.hpp"
#include "common/store/leadership.hpp"
#include "common/store/periodic_jobs.hpp"

namespace tenantry::worker {

class scheduler {
public:
    /// `session` is for a connection of its own, beside the worker's pool.
    scheduler(net::io_context& context, pg::connection_settings session);

    /// Until stop().
    task<void> run();
    /// Leaves the office at once to another worker.
    void stop();

private:
    using pause = std::chrono::milliseconds;

    /// What a periodic job's row says, understood.
    struct plan {
        domain::cron schedule;
        domain::time_zone zone;
        const jobs::kind* kind;
    };

    /// Looks once; how long to wait before the next look.
    task<pause> round();
    task<pause> attend(pg::connection& session, const store::periodic_job& job, timestamp now);
    task<void> settle(pg::connection& session, const store::periodic_job& job,
                      const domain::due_ticks& due, const jobs::kind& kind);
    std::optional<plan> understand(const store::periodic_job& job, timestamp now);
    void lead(bool now);

    net::io_context& context_;
    store::leadership leadership_;
    steady_timer timer_;
    bool leads_ = false;
    bool stopping_ = false;
    std::map<std::string, std::string> complaints_;  ///< by name, so that each is logged once

    metrics::gauge& leader_ = metrics::make_gauge("tenantry_scheduler_leader",
                                                  "1 while this worker lets the clock cause jobs");
    metrics::gauge& not_scheduled_ =
        metrics::make_gauge("tenantry_periodic_jobs_not_scheduled",
                            "Periodic jobs that this leader cannot schedule: its log says why");
    metrics::counter& ticks_ = metrics::make_counter(
        "tenantry_periodic_ticks_total", "Jobs that were added because a periodic job was due");
};

}  // namespace tenantry::worker
