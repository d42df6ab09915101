// Workspaces: what provisioning builds, in one transaction.
#pragma once

#include <span>

#include "common/pg/connection.hpp"
#include "common/store/company_reference.hpp"

namespace tenantry::store {

/// In one round trip, and in this order: the workspace itself, with the record of all steps, and
/// its empty prospect database; a campaign in draft to start from; the company's owner as a member
/// of it; the slots of the agency's plan, from which on the company reads as provisioned. Being
/// done again, it changes nothing.
task<pg::result<void>> build_workspaces(pg::connection& in_transaction,
                                        std::span<const company_reference> companies,
                                        deadline until);

}  // namespace tenantry::store
