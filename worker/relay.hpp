// Pushes the due jobs that no push has reached: those of a commit whose hint was lost, those that
// wait for another attempt, those of a stream that Redis lost.
#pragma once

#include "common/pg/pool.hpp"
#include "common/redis/connection.hpp"
#include "common/runtime/settings.hpp"
#include "worker/job_metrics.hpp"

namespace tenantry::worker {

class relay {
public:
    relay(pg::pool& database, redis::connection& redis, const worker_settings& settings,
          job_metrics& counted)
        : database_{database}, redis_{redis}, settings_{settings}, counted_{counted} {}

    /// One round. Returns how many jobs it pushed; 0 also while Redis is away or the streams are
    /// full.
    task<std::size_t> push_due_jobs();

private:
    task<bool> streams_have_room();

    pg::pool& database_;
    redis::connection& redis_;
    const worker_settings& settings_;
    job_metrics& counted_;
};

}  // namespace tenantry::worker
