// Keeps the leases of the jobs that this worker holds, and takes back those of workers that are
// gone.
#pragma once

#include "common/pg/pool.hpp"
#include "common/runtime/settings.hpp"
#include "worker/held_jobs.hpp"
#include "worker/job_metrics.hpp"

namespace tenantry::worker {

class reclaimer {
public:
    reclaimer(pg::pool& database, const worker_settings& settings, const held_jobs& held,
              job_metrics& counted)
        : database_{database}, settings_{settings}, held_{held}, counted_{counted} {}

    /// Prolongs what is held.
    task<void> beat();
    /// Returns expired jobs to pending, or to quarantine. At first, and after the database was
    /// away, it only looks whether it is there, until every worker that lives has prolonged what it
    /// holds.
    task<void> sweep();

private:
    bool others_were_heard() const;
    void listen_to_others();
    void note_absence(std::string_view reason);

    pg::pool& database_;
    const worker_settings& settings_;
    const held_jobs& held_;
    job_metrics& counted_;
    /// Empty before the first look.
    std::optional<std::chrono::steady_clock::time_point> others_may_beat_until_{};
};

}  // namespace tenantry::worker
