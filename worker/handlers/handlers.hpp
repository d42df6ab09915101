// Every kind's handler.
#pragma once

#include "worker/handlers/handler.hpp"

namespace tenantry::worker {

/// Builds the companies' workspaces in four recorded steps.
task<pg::result<void>> provision_workspaces(pg::connection& in_transaction,
                                            std::span<const store::claimed_job> jobs,
                                            deadline until);

/// Charges the activation fees and opens the subscriptions.
task<pg::result<void>> bill_activations(pg::connection& in_transaction,
                                        std::span<const store::claimed_job> jobs, deadline until);

/// Gives new locations their phone numbers.
task<pg::result<void>> find_phone_numbers(pg::connection& in_transaction,
                                          std::span<const store::claimed_job> jobs, deadline until);

/// Nothing.
task<pg::result<void>> do_nothing(pg::connection& in_transaction,
                                  std::span<const store::claimed_job> jobs, deadline until);

}  // namespace tenantry::worker
