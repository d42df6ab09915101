// Whether the database is the one that this build was made for.
#pragma once

#include "common/pg/pool.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::store {

/// True when the last migration this build knows is deployed; later ones may be too, since
/// migrations are deployed before the programs that need them. `unavailable` when PostgreSQL cannot
/// be asked.
task<result<bool>> schema_is_current(pg::pool& pool, deadline until);

}  // namespace tenantry::store
