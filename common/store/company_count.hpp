// How many companies an agency has: kept, so that no page of a list counts them. In slots, of which
// a session takes that of its process: two transactions of one agency then do not wait for each
// other.
#pragma once

#include "common/pg/pool.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::store {

/// The CTE `counted`, which adds what each row of its source says: SQL expressions, and what
/// follows FROM, in the order of agencies.
#define COUNT_COMPANIES(active, inactive, source)                                             \
    "counted AS (INSERT INTO tenantry.company_count AS c (agency_id, slot, active, inactive)" \
    " SELECT agency_id, pg_backend_pid() % 16, " active ", " inactive " FROM " source         \
    " ON CONFLICT (agency_id, slot) DO UPDATE SET active = c.active + excluded.active,"       \
    " inactive = c.inactive + excluded.inactive)"

/// The sum over all slots of agency $1.
#define TOTAL_OF_COMPANIES(counts) \
    "SELECT coalesce(sum(" counts "), 0)::bigint FROM tenantry.company_count WHERE agency_id = $1"

/// Counts the companies of every agency anew, beside whatever creates them; how many agencies'
/// counts were wrong. On the owner's connection, which row-level security does not hold back. For a
/// database in which programs from before the counts went on creating companies.
task<result<std::int64_t>> recount_companies(pg::pool& pool, deadline until);

}  // namespace tenantry::store
