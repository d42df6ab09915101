// What an agency does with the contacts of its companies.
#pragma once

#include <vector>

#include "api/service/environment.hpp"
#include "common/domain/contact.hpp"
#include "common/domain/page.hpp"

namespace tenantry::service {

/// A surface's words for so many new contacts.
using contacts_encoder = store::stored_response (*)(std::size_t inserted);

/// All or none, in one statement and one commit. `not_found` for a company it may not see.
task<result<answer>> create_contacts(environment& env, caller by, domain::company_id company,
                                     std::vector<domain::new_contact> contacts,
                                     contacts_encoder encode);

/// That part of the company's contacts, by id. `not_found` for a company it may not see.
task<result<domain::page<domain::contact>>> list_contacts(environment& env, caller by,
                                                          domain::company_id company,
                                                          domain::window part);

/// At most this many contacts of one company are shown with it.
inline constexpr std::int64_t max_contacts_shown = 100;

/// The contacts of these companies, in one query, by company and id. Those of a company that the
/// caller may not see are none.
task<result<std::vector<domain::contact>>> contacts_of(environment& env, caller by,
                                                       std::vector<domain::company_id> companies);

}  // namespace tenantry::service
