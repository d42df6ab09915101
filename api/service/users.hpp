// What an agency does with its users.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/service/environment.hpp"
#include "common/domain/user.hpp"

namespace tenantry::service {

/// A surface's words for a user that was brought in, or got a place.
using user_encoder = store::stored_response (*)(const domain::user&);

/// Those of one company, or all; a key of one company sees those of that company, and their places
/// in it alone. `not_found` for a company that the caller may not see, or that is not active.
task<result<std::vector<domain::user>>> list_users(environment& env, caller by,
                                                   std::optional<domain::company_id> company);

/// `not_found`.
task<result<domain::user>> get_user(environment& env, caller by, std::string external_id);

/// Brings somebody in, with a place in the company if one is given; whom the agency knows by that
/// external id gets the place, or another role, and stays who they are. Two round trips: the first
/// sees who is known, the second commits. Errors: `external_id_taken` for a known user and no
/// company, `not_found` for a company that is not there, `last_owner`, `insufficient_scope` for a
/// key of one company, since users are the agency's.
task<result<answer>> create_user(environment& env, caller by, domain::new_person person,
                                 std::optional<domain::company_id> company,
                                 std::optional<domain::user_role> role, user_encoder encode);

}  // namespace tenantry::service
