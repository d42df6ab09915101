// Where PostgreSQL's SQLSTATE and constraint names become meanings of the domain, once.
#pragma once

#include "common/pg/failure.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::store {

/// `unavailable` when the server cannot be reached or is going down, or a row stayed locked,
/// `deadline_exceeded` when time ran out, `overloaded` when too many wait for a connection,
/// `name_taken` on the company's name, `external_id_taken` on a user's, `invalid_value` about
/// "custom_fields" when a company's profile grows too large, else `internal`.
error to_error(const pg::failure& failure);

/// Whether the same transaction may well succeed when run again: it lost a race or a deadlock.
bool lost_a_race(const pg::failure& failure);

}  // namespace tenantry::store
