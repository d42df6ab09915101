// Where a job stands between its creation and its end.
#pragma once

#include <optional>
#include <string_view>

namespace tenantry::domain {

enum class job_state {
    pending,      ///< waits for its time, or for a worker
    running,      ///< claimed under a lease
    done,         ///< its effects are committed
    dead,         ///< refused for good, or out of attempts; can be retried by hand
    quarantined,  ///< took a worker down `max_crashes` times; can be retried by hand
    cancelled,
};

std::string_view to_string(job_state state);
std::optional<job_state> parse_job_state(std::string_view text);

}  // namespace tenantry::domain
