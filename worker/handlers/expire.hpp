// What the handlers that clear away have in common.
#pragma once

#include "common/store/expiry.hpp"
#include "worker/handlers/handler.hpp"

namespace tenantry::worker {

/// How far a job that clears away has come.
struct clearance {
    std::int64_t deleted = 0;
    std::optional<outcome> end{};  ///< why not to the end of the table
};

/// Deletes what has expired in that table, by the thousand, and tells how many after each step.
/// `steps_done` of `steps_total` are told too. When the attempt's time is nearly up, what is left
/// is left to the next tick's job.
task<clearance> clear_expired(job_run& run, store::perishable what, int steps_done,
                              int steps_total);

/// What is told of so many.
std::string told(std::int64_t deleted);

/// A statement that failed may succeed later; what was committed before it stays.
outcome retry_after(const pg::failure& failure);

}  // namespace tenantry::worker
