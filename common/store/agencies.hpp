// Agencies as the operator makes them.
#pragma once

#include <string>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/pg/pool.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::store {

struct new_agency {
    std::string name;
    std::string plan;
    std::string owner_name;
    std::string owner_email;
};

struct agency_ids {
    domain::agency_id agency;
    domain::user_id owner;
};

/// Creates the agency, its first user and its ledger accounts. Needs the owner's connection.
/// `invalid_value` with subject "plan" when there is no such plan.
task<result<agency_ids>> insert_agency(pg::pool& pool, const new_agency& agency, timestamp now,
                                       deadline until);

struct agency_summary {
    domain::agency_id id;
    std::string name;
    std::string plan;
    std::int64_t companies;
};

task<result<std::vector<agency_summary>>> list_agencies(pg::pool& pool, deadline until);

/// The first user of an agency: who an operator's new keys belong to. `not_found` when there is no
/// such agency.
task<result<domain::user_id>> find_first_user(pg::pool& pool, domain::agency_id agency,
                                              deadline until);

}  // namespace tenantry::store
