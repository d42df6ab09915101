// What an agency does with its companies where they are shown with their people and their numbers
// (contract 1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/service/companies.hpp"
#include "api/service/environment.hpp"
#include "common/domain/organization.hpp"

namespace tenantry::service {

/// The active companies that the caller may see.
task<result<std::vector<domain::organization>>> list_organizations(environment& env, caller by);

/// `not_found`, also of one that is not active.
task<result<domain::organization>> get_organization(environment& env, caller by,
                                                    domain::company_id id);

/// Those of update_company, and `not_found` of one that is not active.
task<result<domain::organization>> update_organization(environment& env, caller by,
                                                       domain::company_id id,
                                                       domain::company_change change);

/// Deactivates it: from then on it is not found here, and its own keys are refused.
task<result<void>> close_organization(environment& env, caller by, domain::company_id id);

}  // namespace tenantry::service
