// How many companies an agency has, and how often what is shown of them has changed: kept, so that
// no page of a list counts the one, and a page that was read once is known to be as it was by the
// other. In slots, of which a session takes that of its process: two transactions of one agency
// then do not wait for each other. The worker's, which last longer than a statement, have slots of
// their own.
#pragma once

#include <vector>

#include "common/domain/ids.hpp"
#include "common/pg/pool.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::store {

/// The CTE `counted`, which adds what each row of its source says: SQL expressions, and what
/// follows FROM, in the order of agencies.
#define COUNT_COMPANIES(active, inactive, changes, source)                                         \
    "counted AS (INSERT INTO tenantry.company_count AS c"                                          \
    " (agency_id, slot, active, inactive, changes)"                                                \
    " SELECT agency_id, pg_backend_pid() % 16, " active ", " inactive ", " changes " FROM " source \
    " ON CONFLICT (agency_id, slot) DO UPDATE SET active = c.active + excluded.active,"            \
    " inactive = c.inactive + excluded.inactive, changes = c.changes + excluded.changes)"
/// The same in the worker, which may count nothing but changes.
#define COUNT_CHANGES_IN_WORKER(changes, source)                                     \
    "counted AS (INSERT INTO tenantry.company_count AS c (agency_id, slot, changes)" \
    " SELECT agency_id, 16 + pg_backend_pid() % 16, " changes " FROM " source        \
    " ON CONFLICT (agency_id, slot) DO UPDATE SET changes = c.changes + excluded.changes)"

/// The sum over all slots that a statement's WHERE names.
#define SUM_OF_COMPANIES(counts) "coalesce(sum(" counts "), 0)::bigint"
/// Rises with every commit that creates or changes a company of the agency, and never falls: no
/// company goes away.
#define VERSION_OF_COMPANIES SUM_OF_COMPANIES("active + inactive + changes")

/// Of each agency, in order.
task<result<std::vector<std::int64_t>>> find_versions(pg::pool& pool,
                                                      std::vector<domain::agency_id> agencies,
                                                      deadline until);

/// Counts the companies of every agency anew, beside whatever creates them; how many agencies'
/// counts were wrong. On the owner's connection, which row-level security does not hold back. For a
/// database in which programs from before the counts went on creating companies.
task<result<std::int64_t>> recount_companies(pg::pool& pool, deadline until);

}  // namespace tenantry::store
