// Locations in the database, and the inventory of phone numbers that they get theirs from.
#pragma once

#include <optional>
#include <vector>

#include "common/domain/location.hpp"
#include "common/store/commit_queue.hpp"
#include "common/store/job_queue.hpp"

namespace tenantry::store {

struct found_locations {
    std::vector<domain::location> locations{};  ///< by id
    bool company_exists = false;                ///< and is active; false when none is asked for
};

/// Those of one company, or of all active companies of the agency.
task<result<found_locations>> list_locations(pg::pool& pool, domain::agency_id agency,
                                             std::optional<domain::company_id> company,
                                             deadline until);

/// What list_locations sends, for a run that asks for more, and how its rows are read.
pg::query list_locations_query(domain::agency_id agency, std::optional<domain::company_id> company);
task<std::vector<domain::location>> read_locations(const pg::rows& rows);

/// `not_found` when this agency has none of that id, or not in `company` when one is given.
task<result<domain::location>> find_location(pg::pool& pool, domain::agency_id agency,
                                             std::optional<domain::company_id> company,
                                             domain::location_id id, deadline until);

/// A location and the job that finds its number.
struct create_location : command {
    domain::location_id id;
    domain::company_id company;
    domain::new_location location;
    std::vector<new_job> jobs{};  ///< one
};

/// For run_together. `refused` (empty `subject`) when the agency has no such company, or it is not
/// active.
pg::query query_for(together<create_location> commands);
share share_of(const create_location& command);

/// Applies the change and records who made it. `not_found` as find_location.
task<result<domain::location>> update_location(pg::pool& pool, command by,
                                               std::optional<domain::company_id> company,
                                               domain::location_id id,
                                               domain::location_change change, deadline until);

/// Its number, if it has one, may be given out again from `number_free_from`. `not_found` as
/// find_location.
task<result<void>> delete_location(pg::pool& pool, command by,
                                   std::optional<domain::company_id> company,
                                   domain::location_id id, timestamp number_free_from,
                                   deadline until);

/// Gives each location that waits for one of these jobs a free number of its area code, or marks it
/// as failed when there is none. A number is given once, whichever workers ask at the same time; a
/// location that has its number, or is deleted, stays as it is.
task<pg::result<void>> assign_phone_numbers(pg::connection& in_transaction,
                                            std::span<const claimed_job> jobs, deadline until);

}  // namespace tenantry::store
