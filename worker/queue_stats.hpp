// What an operator's dashboard wants to know of the queues as a whole, read from the database now
// and then.
#pragma once

#include "common/pg/pool.hpp"
#include "worker/job_metrics.hpp"

namespace tenantry::worker {

class queue_stats {
public:
    explicit queue_stats(pg::pool& database) : database_{database} {}

    /// Reads once. Its cost grows with what waits and with the dead letter, so not too often.
    task<void> read();

private:
    pg::pool& database_;
    by_queue<metrics::gauge> due_{"tenantry_queue_due_jobs",
                                  "Jobs that wait for nothing but a worker"};
    by_queue<metrics::gauge> dead_{"tenantry_queue_dead_jobs",
                                   "Jobs in the dead letter, quarantined ones too"};
    by_queue<metrics::gauge> paused_{"tenantry_queue_paused", "1 while the queue is paused"};
};

}  // namespace tenantry::worker
