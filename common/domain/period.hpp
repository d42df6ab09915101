// The months a subscription is charged for, counted from the day it began.
#pragma once

#include <chrono>

namespace tenantry::domain {

using date = std::chrono::year_month_day;

/// Half-open: [start, end).
struct period {
    date start;
    date end;
    bool operator==(const period&) const = default;
};

/// The day `months` months after `anchor`, or that month's last day where it is shorter. Counted
/// from the anchor each time, so Jan 31 → Feb 28 → Mar 31 and never drifts to the 28th.
constexpr date anniversary(date anchor, std::chrono::months months) {
    const auto month = anchor.year() / anchor.month() + months;
    const date last = month / std::chrono::last;
    return anchor.day() < last.day() ? month / anchor.day() : last;
}

/// The monthly period, of a subscription that began on `anchor`, that `day` falls into; the one
/// that starts on `day` when that is an anniversary.
constexpr period period_containing(date anchor, date day) {
    auto months = day.year() / day.month() - anchor.year() / anchor.month();
    if (day < anniversary(anchor, months)) --months;
    return {anniversary(anchor, months), anniversary(anchor, months + std::chrono::months{1})};
}

}  // namespace tenantry::domain
