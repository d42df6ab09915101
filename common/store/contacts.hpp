// Contacts of companies in the database, whichever surface they came through.
#pragma once

#include <span>
#include <vector>

#include "common/domain/contact.hpp"
#include "common/domain/page.hpp"
#include "common/store/commit_queue.hpp"

namespace tenantry::store {

/// One request's contacts, all or none.
struct create_contacts : command {
    domain::company_id company;
    std::vector<domain::new_contact> contacts{};
};

/// For run_together. `refused` when the agency has no such company. Those to be notified are from
/// now on.
pg::query query_for(together<create_contacts> commands);
share share_of(const create_contacts& command);

/// That part of the company's contacts, by id; always counted. `not_found` when the agency has no
/// such company.
task<result<domain::page<domain::contact>>> list_contacts(pg::pool& pool, domain::agency_id agency,
                                                          domain::company_id company,
                                                          domain::window part, deadline until);

/// At most `limit` contacts of each of these companies in one query, by company and id.
task<result<std::vector<domain::contact>>> contacts_of(
    pg::pool& pool, domain::agency_id agency, std::span<const domain::company_id> companies,
    std::int64_t limit, deadline until);

}  // namespace tenantry::store
