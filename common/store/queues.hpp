// Queues as the operator sees them: how much waits in each, and whether it is paused.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/pg/pool.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::store {

struct queue_summary {
    std::string queue;
    std::optional<timestamp> paused_at{};  ///< empty while it is open
    std::int64_t due = 0;                  ///< pending, and nothing to wait for but a worker
    std::int64_t delayed = 0;              ///< pending, for later
    std::int64_t running = 0;
    std::int64_t dead = 0;
    std::int64_t quarantined = 0;
    /// For how long the one that is due longest has been; empty when none is.
    std::optional<std::chrono::milliseconds> oldest_due{};
};

/// Every queue there is, by name. For the operator, whose connection sees every agency.
task<result<std::vector<queue_summary>>> list_queues(pg::pool& pool, deadline until);

/// From its commit on no job of the queue is claimed; those that run come to their end. A queue
/// that is paused stays so since it was. `not_found`.
task<result<void>> pause_queue(pg::pool& pool, std::string queue, deadline until);

/// Its jobs are claimed again; what is due is looked for at once. `not_found`.
task<result<void>> resume_queue(pg::pool& pool, std::string queue, deadline until);

}  // namespace tenantry::store
