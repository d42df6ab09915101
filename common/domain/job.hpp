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

    int progress_percent() const { return steps_done * 100 / steps_total; }
};

/// Which jobs of an agency are meant; an empty member means any.
struct job_filter {
    std::optional<job_state> state{};
    std::optional<std::string> kind{};
    std::optional<company_id> company{};
};

}  // namespace tenantry::domain
