// Runs what a worker was told of: claim, effects and completion in one transaction, or the record
// of a failure.
#pragma once

#include <span>

#include "common/pg/pool.hpp"
#include "common/runtime/settings.hpp"
#include "common/store/job_queue.hpp"
#include "worker/handlers/handler.hpp"
#include "worker/held_jobs.hpp"
#include "worker/job_metrics.hpp"

namespace tenantry::worker {

class executor {
public:
    executor(net::io_context& context, pg::pool& database, const worker_settings& settings,
             held_jobs& held, job_metrics& counted)
        : database_{database},
          settings_{settings},
          held_{held},
          counted_{counted},
          suspect_ended_{context, steady_timer::time_point::max()} {}

    /// Runs the jobs to their outcomes. A job whose outcome could not be recorded, because
    /// PostgreSQL was away for too long, is found again by the relay or by the lease sweep, as one
    /// of a worker that died.
    task<void> run(std::vector<store::job_reference> wanted);

private:
    task<void> run_suspects(std::span<const store::job_reference> wanted);
    /// Returns how many were claimed.
    task<std::size_t> claim_and_run(std::span<const store::job_reference> wanted, bool suspects);
    task<void> run_kind(std::span<const store::claimed_job> jobs);
    task<pg::result<void>> attempt(handler work, std::span<const store::claimed_job> jobs,
                                   deadline until);
    task<pg::result<std::size_t>> transact(pg::connection& connection, handler work,
                                           std::span<const store::claimed_job> jobs,
                                           deadline until);
    task<void> settle_failure(const store::claimed_job& job, const pg::failure& failure);
    task<void> discard(const store::claimed_job& job, std::string reason);
    task<void> record(const store::claimed_job& job, store::job_failure outcome);

    pg::pool& database_;
    const worker_settings& settings_;
    held_jobs& held_;
    job_metrics& counted_;
    bool suspect_runs_ = false;
    steady_timer suspect_ended_;  ///< cancelled when a suspect has ended
};

}  // namespace tenantry::worker
