// When a periodic job is due: a cron expression, read off the clocks of a time zone.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/runtime/clock.hpp"
#include "common/runtime/error.hpp"

namespace date {
class time_zone;
}

namespace tenantry::domain {

/// What a clock on the wall shows; it takes a time zone to make an instant of it.
using wall_minute = std::chrono::local_time<std::chrono::minutes>;
using wall_day = std::chrono::local_days;

/// A time zone of the system's tz database, which tells clock changes until 2037; from then on a
/// zone keeps its last offset.
class time_zone {
public:
    /// Such as "Europe/Berlin". `invalid_value` when the database has none of that name.
    static result<time_zone> find(std::string_view name);

    /// A stretch of time without a clock change.
    struct stretch {
        std::chrono::seconds offset;  ///< from UTC to the clocks on the wall
        std::chrono::sys_seconds end;
    };
    stretch stretch_at(timestamp instant) const;

    /// When the clocks show it, for the first time if they do twice; if they never do, since they
    /// were put forward over it, the instant at which they were.
    std::chrono::sys_seconds first_instant(wall_minute shown) const;

private:
    explicit time_zone(const date::time_zone* zone) : zone_{zone} {}

    const date::time_zone* zone_;  ///< the database lives as long as the process
};

/// A cron expression as crontab(5) has it: minute, hour, day of month, month and day of week, with
/// lists, ranges, steps and names, or @hourly, @daily, @weekly, @monthly, @yearly. Where day of
/// month and day of week are both restricted (begin with no "*"), either is enough.
class cron {
public:
    /// `invalid_value`; see reason_of.
    static result<cron> parse(std::string_view expression);

    /// The first tick after that instant. Where the clocks are put forward or back, it is as with
    /// Vixie's cron: a fixed hour that is skipped is made up for right behind the gap, and one that
    /// comes twice counts once, the first time. With "*" or "*/n" for the hour it goes by the time
    /// that really passes: a tick in each pass of an hour that comes twice, none in one that does
    /// not come.
    timestamp next_tick(timestamp after, const time_zone& zone) const;

private:
    cron() = default;

    bool ever_comes() const;
    bool is_on(std::chrono::year_month_day date) const;
    wall_minute next_match(wall_minute from) const;
    wall_day next_day(wall_day from) const;
    std::optional<std::chrono::minutes> next_time(std::chrono::minutes of_day) const;
    timestamp next_by_the_wall(timestamp after, const time_zone& zone) const;
    timestamp next_by_real_time(timestamp after, const time_zone& zone) const;

    /// Bit n stands for the value n; Sunday is 0.
    std::uint64_t minutes_ = 0, hours_ = 0, days_ = 0, months_ = 0, weekdays_ = 0;
    bool any_hour_ = false, any_day_ = false, any_weekday_ = false;  ///< began with "*"
};

/// Why an expression or a time zone was refused: "hour: 25 is not in 0 to 23".
std::string reason_of(const error& refusal);

}  // namespace tenantry::domain
