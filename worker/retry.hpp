// How an attempt that failed goes on: another one later, or the dead letter.
#pragma once

#include "worker/handlers/handler.hpp"

namespace tenantry::worker {

/// What a failure of PostgreSQL means for the job that met it. What its own statement is refused
/// for (SQLSTATE classes 22 and 23) is refused again however often it is tried, but for a unique
/// key, which may have been another transaction's.
outcome outcome_of(const pg::failure& failure);

/// Of a job that its --job-timeout ended.
inline constexpr std::string_view too_long = "the job took too long";

/// Whether it waited for something that another session holds, as each job beside it would.
bool was_a_wait(const pg::failure& failure);

/// What is written down of an attempt that ended with a retry or a discard: the pause is the
/// outcome's own or domain::retry_delay, and after domain::max_attempts there is none. Logs it.
store::failed_job failed_attempt(const store::claimed_job& job, outcome ended);

}  // namespace tenantry::worker
