#include "common/domain/catch_up.hpp"

#include "common/domain/words.hpp"

namespace tenantry::domain {
namespace {

using namespace std::chrono_literals;

constexpr word_table<catch_up, 2> policies{
    {{catch_up::every, "every"}, {catch_up::latest, "latest"}}};

/// Ticks are farther apart.
constexpr auto resolution = 1s;

/// Who sets last_tick back is caught up with at most once by a tick that was the latest; it is
/// remembered beyond the next one, which is the latest from then on.
constexpr std::chrono::days beyond_the_next{1};

/// The newest tick up to `now`, where `after` has one behind it: by halves, since it may be a
/// million ticks away.
timestamp newest_tick(const cron& schedule, const time_zone& zone, timestamp after, timestamp now) {
    auto until = now;  // no tick lies between here and now
    while (until - after > resolution) {
        const auto middle = after + (until - after) / 2;
        (schedule.next_tick(middle, zone) <= now ? after : until) = middle;
    }
    return schedule.next_tick(after, zone);
}

due_ticks each_tick(const cron& schedule, const time_zone& zone, timestamp first, timestamp now) {
    due_ticks due{.remember_until = timestamp::max()};
    auto next = first;
    for (; next <= now && due.ticks.size() < max_ticks_at_once;
         next = schedule.next_tick(next, zone))
        due.ticks.push_back(next);
    due.more = next <= now;
    return due;
}

}  // namespace

std::string_view to_string(catch_up policy) {
    return word_of(policies, policy);
}

std::optional<catch_up> parse_catch_up(std::string_view text) {
    return from_word(policies, text);
}

due_ticks find_due_ticks(const cron& schedule, const time_zone& zone, catch_up policy,
                         timestamp last_tick, timestamp now) {
    const auto first = schedule.next_tick(last_tick, zone);
    if (first > now) return {};
    if (policy == catch_up::every) return each_tick(schedule, zone, first, now);
    const auto newest = newest_tick(schedule, zone, last_tick, now);
    return {{newest}, false, schedule.next_tick(newest, zone) + beyond_the_next};
}

}  // namespace tenantry::domain
