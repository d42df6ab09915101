// Runs claimed jobs to their outcomes: hands them to the handler of their kind, in one transaction
// with their completion where the handler is set-based, and records how each of them ended.
#pragma once

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
        : context_{context},
          database_{database},
          settings_{settings},
          held_{held},
          counted_{counted} {}

    /// Runs a batch of claimed jobs, and returns when each one's outcome is recorded.
    task<void> run(std::vector<store::claimed_job> claimed);

    /// Claims one job that was twice with a worker when it crashed, to be run by itself; none when
    /// another worker was sooner. A crash is charged to every job that the worker held, since
    /// nobody can tell whose it was. After the first they run as before, elsewhere and at once;
    /// after the second one after the other, so that a job that takes its worker down even then has
    /// hardly any with it.
    task<std::vector<store::claimed_job>> claim_suspect(store::job_reference suspect);

private:
    using jobs = std::span<const store::claimed_job>;

    /// What became of the jobs of one transaction.
    struct settled {
        std::size_t done = 0, cancelled = 0, stale = 0, retried = 0, dead = 0;
    };

    task<void> run_kind(jobs of_kind);
    task<void> run_many(batch_handler work, jobs together);
    /// Answers the jobs of those agencies that are to be run one by one.
    task<std::vector<jobs>> run_by_agency(batch_handler work, jobs together);
    task<void> run_alone(batch_handler work, jobs each);
    task<void> run_each(stepwise_handler work, jobs side_by_side);
    task<void> run_one(stepwise_handler work, const store::claimed_job& job);
    /// Without `work` the jobs are done already, and only to be marked so.
    task<pg::result<void>> attempt(batch_handler work, jobs together, deadline until);
    task<pg::result<settled>> transact(pg::connection& connection, batch_handler work,
                                       jobs together, deadline until);
    task<pg::result<void>> run_handler(pg::connection& connection, batch_handler work, jobs ours,
                                       deadline until, settled& counts);
    void count(const settled& ended);
    /// That the attempts ended so, for each of them.
    task<void> record(jobs alike, outcome ended);

    net::io_context& context_;
    pg::pool& database_;
    const worker_settings& settings_;
    held_jobs& held_;
    job_metrics& counted_;
};

}  // namespace tenantry::worker
