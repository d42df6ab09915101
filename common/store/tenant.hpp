// Names the agencies that a transaction acts for: row-level security shows it their rows and no
// others.
#pragma once

#include <chrono>
#include <span>

#include "common/domain/ids.hpp"
#include "common/pg/connection.hpp"

namespace tenantry::store {

/// Put first into every run that touches tenant tables; it holds for that run's transaction alone.
pg::query acting_for(domain::agency_id agency);
/// The same for a statement that serves several agencies.
pg::query acting_for(std::span<const std::int64_t> agencies);
/// The same, and nothing in that transaction waits longer than this for another one's lock.
pg::query acting_for(std::span<const std::int64_t> agencies,
                     std::chrono::milliseconds lock_timeout);
/// The same for one whose statements PostgreSQL itself ends at the deadline, so that none goes on
/// for whom nobody waits.
pg::query acting_until(domain::agency_id agency, deadline until);

}  // namespace tenantry::store
