// Clears away what has had its time, whose ever it is, and what should not be there at all.
#pragma once

#include <string>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/pg/pool.hpp"
#include "common/runtime/clock.hpp"

namespace tenantry::store {

/// The tables whose rows expire.
enum class perishable { idempotency_record, session, unique_job };

/// A row is kept so long beyond its time. The programs judge by their own clocks, and grant each
/// other a minute of difference (domain::session_clock_skew): by then none of them takes the row
/// for good any more, and to every one an expired row reads as one that is not there.
inline constexpr std::chrono::hours kept_beyond_expiry{1};

struct expired {
    std::int64_t found = 0;
    std::int64_t deleted = 0;
    timestamp reached{};  ///< when the last of those that were found expired
};

/// Deletes the next `at_most` rows that expired at `from` or later, oldest first, each agency's in
/// a transaction of its own that acts for that agency alone. Fewer found than `at_most` means that
/// the end was reached; fewer deleted than found, that somebody prolonged or deleted one meanwhile.
task<pg::result<expired>> delete_expired(pg::pool& pool, perishable what, timestamp from,
                                         int at_most, deadline until);

/// The next agencies that hold phone numbers, in the order of their ids.
task<pg::result<std::vector<std::int64_t>>> find_number_holders(pg::pool& pool,
                                                                domain::agency_id after,
                                                                int at_most, deadline until);

/// Takes the phone numbers back that these agencies hold for no location, since it is deleted or
/// was never there, and answers them. They rest as if their location were deleted now.
task<pg::result<std::vector<std::string>>> free_orphaned_numbers(
    pg::pool& pool, std::span<const std::int64_t> agencies, deadline until);

}  // namespace tenantry::store
