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

/// A surface's words for what one company has become.
using changed_company_encoder = store::stored_response (*)(const domain::company&);

/// What a client says of a company to be.
struct new_company {
    domain::company_name name;
    domain::company_profile profile{};
};

/// Creates them all or none, each with its first API key and its jobs, owned by the caller's user;
/// one round trip, one commit. Errors: `insufficient_scope` for a key of one company, `name_taken`
/// with the name as subject, `invalid_value` for custom fields beyond domain::max_custom_fields,
/// `idempotency_mismatch`, `idempotency_in_progress`, and those of the
/// database.
task<result<answer>> create_companies(environment& env, caller by,
                                      std::vector<new_company> companies, company_encoder encode);

/// A surface's words for a new company and the user who owns it.
using founding_encoder = store::stored_response (*)(const domain::company&,
                                                    const domain::user& owner);

/// Creates one company as create_companies does, owned by that person: whom the agency knows by the
/// external id becomes the owner and stays who they are, others are brought in. The owner's place
/// is there at once. Two round trips: the first sees who is known, the second commits all of it.
/// Errors: those of create_companies.
task<result<answer>> found_company(environment& env, caller by, new_company company,
                                   domain::new_person owner, founding_encoder encode);

/// That part of the companies that match and the caller may see.
task<result<store::company_page>> list_companies(environment& env, caller by,
                                                 domain::company_filter filter,
                                                 domain::window part);

/// `not_found`. `with_status_changes` as in a company_filter.
task<result<domain::company>> get_company(environment& env, caller by, domain::company_id id,
                                          bool with_status_changes = false);

/// Puts the company on hold, or releases it. From then on its own keys are refused, or good again;
/// the agency's read it as before. `not_found`; `status_unchanged`; `insufficient_scope` for a key
/// of one company; those of an Idempotency-Key.
task<result<answer>> set_company_status(environment& env, caller by, domain::company_id id,
                                        domain::company_status to, changed_company_encoder encode);

/// `not_found`, `name_taken`, `invalid_value` as create_companies; `insufficient_scope` for a key
/// of one company.
task<result<domain::company>> update_company(environment& env, caller by, domain::company_id id,
                                             domain::company_change change);

}  // namespace tenantry::service
