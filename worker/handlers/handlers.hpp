// Every kind's handler.
#pragma once

#include "worker/handlers/handler.hpp"

namespace tenantry::worker {

/// Builds the companies' workspaces in four recorded steps. A job without a company is discarded.
task<pg::result<outcomes>> provision_workspaces(pg::connection& in_transaction,
                                                std::span<const store::claimed_job> jobs,
                                                deadline until);

/// Charges the activation fees and opens the subscriptions. A job without a company is discarded.
task<pg::result<outcomes>> bill_activations(pg::connection& in_transaction,
                                            std::span<const store::claimed_job> jobs,
                                            deadline until);

/// Gives new locations their phone numbers.
task<pg::result<outcomes>> find_phone_numbers(pg::connection& in_transaction,
                                              std::span<const store::claimed_job> jobs,
                                              deadline until);

/// Nothing.
task<pg::result<outcomes>> do_nothing(pg::connection& in_transaction,
                                      std::span<const store::claimed_job> jobs, deadline until);

/// Takes its time: {"ms":20,"steps":3} waits 20 ms in each of three steps, and {"error":"…"} fails
/// in the end, for good or, with "retry":true, to be tried again.
task<outcome> pause(job_run& run);

/// Each clears away what has had its time, and says how much that was.
task<outcome> expire_idempotency_records(job_run& run);
task<outcome> expire_sessions(job_run& run);

/// Clears away the keys of jobs that existed once for long enough, and takes back phone numbers
/// that no location has any more.
task<outcome> sweep_orphans(job_run& run);

}  // namespace tenantry::worker
