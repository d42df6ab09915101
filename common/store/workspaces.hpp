// Workspaces: what provisioning builds, step by step, in one transaction. Each step may be done
// again and changes nothing then.
#pragma once

#include <span>

#include "common/pg/pool.hpp"
#include "common/store/company_reference.hpp"

namespace tenantry::store {

/// The workspace itself, with the record of all steps, and its empty prospect database: the first
/// step.
task<pg::result<void>> create_prospect_databases(pg::connection& in_transaction,
                                                 std::span<const company_reference> companies,
                                                 deadline until);
/// A campaign in draft to start from.
task<pg::result<void>> create_default_campaigns(pg::connection& in_transaction,
                                                std::span<const company_reference> companies,
                                                deadline until);
/// The company's owner becomes a member of it.
task<pg::result<void>> grant_owners_access(pg::connection& in_transaction,
                                           std::span<const company_reference> companies,
                                           deadline until);
/// The last step: the slots of the agency's plan. From then on the company reads as provisioned.
task<pg::result<void>> assign_slots(pg::connection& in_transaction,
                                    std::span<const company_reference> companies, deadline until);

}  // namespace tenantry::store
