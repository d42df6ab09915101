// Companies with their people and their phone numbers, many in one round trip.
#pragma once

#include <vector>

#include "common/domain/organization.hpp"
#include "common/pg/pool.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::store {

/// The active companies of the agency, by id, or the one that is meant.
task<result<std::vector<domain::organization>>> list_organizations(
    pg::pool& pool, domain::agency_id agency, std::optional<domain::company_id> only,
    deadline until);

}  // namespace tenantry::store
