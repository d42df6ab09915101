// Writes instants without the C library's locale and time zone behind them.
#include "common/runtime/timestamp_text.hpp"

#include <fmt/format.h>

namespace tenantry {

std::string to_rfc3339(timestamp instant) {
    using namespace std::chrono;
    const auto midnight = floor<days>(instant);
    const year_month_day day{midnight};
    const hh_mm_ss time{instant - midnight};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", int{day.year()},
                       unsigned{day.month()}, unsigned{day.day()}, time.hours().count(),
                       time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

}  // namespace tenantry
