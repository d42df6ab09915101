// Joins whose plan is right whatever the statistics say.
#pragma once

namespace tenantry::store {

/// What stands behind JOIN, for the one row of a table that its key finds for each row of what
/// stands before; both are SQL. A plain join is planned by statistics, which may still say that the
/// table is empty when it no longer is: then reading an index as a whole, once, seems cheaper than
/// a look into it for each row. The LIMIT leaves the planner nothing but the looks. Statements that
/// come one at a time have plain joins, and so have updates, in which the updated table may come
/// first.
#define ROW_BY_KEY(table, key) "LATERAL (SELECT * FROM tenantry." table " WHERE " key " LIMIT 1)"

}  // namespace tenantry::store
