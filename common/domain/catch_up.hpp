// Which ticks of a schedule cause a job, when they come and when they were missed.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "common/domain/cron.hpp"

namespace tenantry::domain {

/// What becomes of ticks that came while nobody looked: each causes its job, or all of them one.
enum class catch_up { every, latest };
std::string_view to_string(catch_up policy);
std::optional<catch_up> parse_catch_up(std::string_view text);

/// Of ticks that were missed, as many cause their jobs in one transaction.
inline constexpr std::size_t max_ticks_at_once = 100;

struct due_ticks {
    std::vector<timestamp> ticks{};  ///< each causes a job; oldest first, none when nothing is due
    bool more = false;               ///< others are due behind them
    /// Until when it has to be remembered that they had their jobs.
    timestamp remember_until{};
};

/// What is due at `now` of what is not settled up to `last_tick`. Nothing while `now` is before
/// `last_tick`: a clock that was put back repeats no tick.
due_ticks find_due_ticks(const cron& schedule, const time_zone& zone, catch_up policy,
                         timestamp last_tick, timestamp now);

}  // namespace tenantry::domain
