// Joins whose plan is right whatever the statistics say.
#pragma once

namespace tenantry::store {

/// What stands behind JOIN, for the one row of a table that its key finds for each row of what
/// stands before; both are SQL. A plain join is planned by what the table held then, and the plan
/// stays for as long as the session does, or until statistics are gathered: while the table is
/// small, reading all of it once seems cheaper than a look into its index for each row, and it
/// grows. The LIMIT leaves the planner no choice, and the server no table of hashes to build.
#define ROW_BY_KEY(table, key) "LATERAL (SELECT * FROM tenantry." table " WHERE " key " LIMIT 1)"

}  // namespace tenantry::store
