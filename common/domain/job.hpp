// A job: work that a commit left to be done, as its agency sees it.
#pragma once

#include <optional>
#include <string>

#include "common/domain/ids.hpp"
#include "common/domain/job_state.hpp"
#include "common/runtime/clock.hpp"

namespace tenantry::domain {

struct job {
    job_id id;
    std::string queue;
    std::string kind;
    std::optional<company_id> company{};
    job_state state = job_state::pending;
    int attempts = 0;
    int crashes = 0;
    int steps_done = 0;
    int steps_total = 1;
    std::optional<std::string> last_error{};
    timestamp created_at{};
    timestamp run_at{};  ///< not before
    std::optional<timestamp> started_at{};
    std::optional<timestamp> finished_at{};
    int priority = 1;                      ///< within its queue and agency: 0 is first, 3 is last
    std::optional<job_id> batch{};         ///< the first job of those that one request caused
    std::optional<std::string> message{};  ///< what it says of its progress
    std::optional<timestamp> cancel_requested_at{};

    int progress_percent() const { return steps_done * 100 / steps_total; }
};

/// Which jobs of an agency are meant; an empty member means any.
struct job_filter {
    std::optional<job_state> state{};
    std::optional<std::string> kind{};
    std::optional<company_id> company{};
    std::optional<job_id> batch{};
};

/// The jobs that one request caused, as one; named by the first of them.
struct job_batch {
    job_id id;
    std::int64_t jobs = 0;
    std::int64_t pending = 0;
    std::int64_t running = 0;
    std::int64_t done = 0;
    std::int64_t dead = 0;
    std::int64_t quarantined = 0;
    std::int64_t cancelled = 0;
    std::int64_t steps_done = 0;
    std::int64_t steps_total = 0;
    timestamp created_at{};
    std::optional<timestamp> finished_at{};  ///< when the last of them ended; empty until then

    /// No job has anything ahead of it, though a dead one may be retried.
    bool is_finished() const { return pending + running == 0; }
    std::int64_t progress_percent() const { return steps_done * 100 / steps_total; }
};

/// What a job says of its progress is cut off behind so many code points.
inline constexpr int max_job_message = 500;

}  // namespace tenantry::domain
