// Workspaces: what provisioning builds, in one transaction.
#pragma once

#include <span>

#include "common/pg/connection.hpp"
#include "common/store/company_reference.hpp"

namespace tenantry::store {

/// In one statement: the slots of the agency's plan, from which on the company reads as
/// provisioned; the workspace itself, with the record of all steps, and its empty prospect
/// database; a campaign in draft to start from; the company's owner as a member of it. Being done
/// again, it changes nothing; it fails when there is no such company.
task<pg::result<void>> build_workspaces(pg::connection& in_transaction,
                                        std::span<const company_reference> companies,
                                        deadline until);

}  // namespace tenantry::store
