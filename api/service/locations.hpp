// What an agency does with its companies' locations.
#pragma once

#include <optional>
#include <vector>

#include "api/service/environment.hpp"
#include "common/domain/location.hpp"

namespace tenantry::service {

/// A surface's words for a new location.
using location_encoder = store::stored_response (*)(const domain::location&);

/// Those of one company, or all that the caller may see. `not_found` for a company that the caller
/// may not see, or that is not active.
task<result<std::vector<domain::location>>> list_locations(
    environment& env, caller by, std::optional<domain::company_id> company);

/// `not_found`.
task<result<domain::location>> get_location(environment& env, caller by, domain::location_id id);

/// A location that is pending until a worker has found its number. `not_found` for a company that
/// the caller may not see, or that is not active.
task<result<answer>> create_location(environment& env, caller by, domain::company_id company,
                                     domain::new_location location, location_encoder encode);

/// `not_found`.
task<result<domain::location>> update_location(environment& env, caller by, domain::location_id id,
                                               domain::location_change change);

/// Its number is given out again after domain::number_quarantine. `not_found`.
task<result<void>> delete_location(environment& env, caller by, domain::location_id id);

}  // namespace tenantry::service
