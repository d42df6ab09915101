// What an agency does with its companies.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "api/service/environment.hpp"
#include "common/store/companies.hpp"

namespace tenantry::service {

/// A surface's words for what was created.
using company_encoder = store::stored_response (*)(std::span<const domain::company>);

/// Creates them all or none, each with its first API key and its jobs, owned by the caller's user;
/// one round trip, one commit. Errors: `insufficient_scope` for a key of one company, `name_taken`
/// with the name as subject, `idempotency_mismatch`, `idempotency_in_progress`, and those of the
/// database.
task<result<answer>> create_companies(environment& env, caller by,
                                      std::vector<domain::company_name> names,
                                      company_encoder encode);

/// The companies that the caller may see.
task<result<domain::page<domain::company>>> list_companies(environment& env, caller by,
                                                           std::optional<bool> active,
                                                           std::int64_t page_number);

/// `not_found`.
task<result<domain::company>> get_company(environment& env, caller by, domain::company_id id);

/// `not_found`, `name_taken`; `insufficient_scope` for a key of one company.
task<result<domain::company>> update_company(environment& env, caller by, domain::company_id id,
                                             domain::company_change change);

}  // namespace tenantry::service
