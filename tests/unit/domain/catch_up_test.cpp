#include "common/domain/catch_up.hpp"

#include <rapidcheck.h>
#include <boost/test/unit_test.hpp>

using namespace tenantry;
using namespace tenantry::domain;
using namespace std::chrono;
using namespace std::chrono_literals;

namespace {

constexpr timestamp noon{sys_days{2026y / November / 25} + 12h};

const cron quarterly = cron::parse("*/15 * * * *").value();
const time_zone utc = time_zone::find("UTC").value();

due_ticks due(catch_up policy, timestamp last_tick, timestamp now) {
    return find_due_ticks(quarterly, utc, policy, last_tick, now);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(catch_up_test)

BOOST_AUTO_TEST_CASE(policies_read_as_they_are_written) {
    for (const auto policy : {catch_up::every, catch_up::latest})
        BOOST_TEST((parse_catch_up(to_string(policy)) == policy));
    BOOST_TEST(!parse_catch_up("none").has_value());
}

BOOST_AUTO_TEST_CASE(nothing_is_due_before_the_next_tick) {
    for (const auto policy : {catch_up::every, catch_up::latest}) {
        BOOST_TEST(due(policy, noon, noon + 15min - 1us).ticks.empty());
        BOOST_TEST((due(policy, noon, noon + 15min).ticks == std::vector{noon + 15min}));
    }
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_put_back_repeats_nothing) {
    for (const auto policy : {catch_up::every, catch_up::latest}) {
        BOOST_TEST(due(policy, noon, noon - 24h).ticks.empty());
        BOOST_TEST(due(policy, noon, noon).ticks.empty());
    }
}

BOOST_AUTO_TEST_CASE(of_missed_ticks_each_one_or_the_newest_is_due) {
    const auto all = due(catch_up::every, noon, noon + 50min);
    BOOST_TEST((all.ticks == std::vector{noon + 15min, noon + 30min, noon + 45min}));
    BOOST_TEST(!all.more);
    BOOST_TEST((all.remember_until == timestamp::max()));
    const auto newest = due(catch_up::latest, noon, noon + 50min);
    BOOST_TEST((newest.ticks == std::vector{noon + 45min}));
    BOOST_TEST(!newest.more);
    BOOST_TEST((newest.remember_until == noon + 60min + 24h));
}

BOOST_AUTO_TEST_CASE(a_long_absence_is_caught_up_with_in_parts) {
    const auto now = noon + 15min * 250;
    auto last = noon;
    std::vector<std::size_t> parts;
    for (bool more = true; more;) {
        const auto part = due(catch_up::every, last, now);
        BOOST_TEST_REQUIRE(!part.ticks.empty());
        BOOST_TEST((part.ticks.front() == last + 15min));
        parts.push_back(part.ticks.size());
        last = part.ticks.back();
        more = part.more;
    }
    const std::vector<std::size_t> expected{max_ticks_at_once, max_ticks_at_once, 50};
    BOOST_TEST(parts == expected, boost::test_tools::per_element());
    BOOST_TEST((last == now));
    BOOST_TEST(!due(catch_up::every, now - 15min * max_ticks_at_once, now).more);
}

BOOST_AUTO_TEST_CASE(property_the_newest_of_missed_ticks_is_the_last_of_all) {
    const auto held = rc::check([] {
        const auto* expression = *rc::gen::element("*/15 * * * *", "* * 1 * *", "7 3 * * mon",
                                                   "30 2 * * *", "0 0 29 2 *");
        const auto schedule = cron::parse(expression).value();
        const auto berlin = time_zone::find("Europe/Berlin").value();
        const auto last = noon + seconds{*rc::gen::inRange(-40'000'000, 0)};
        const auto now = last + seconds{*rc::gen::inRange(0, 4'000'000)};
        std::optional<timestamp> newest;
        for (auto tick = schedule.next_tick(last, berlin); tick <= now;
             tick = schedule.next_tick(tick, berlin))
            newest = tick;
        const auto found = find_due_ticks(schedule, berlin, catch_up::latest, last, now).ticks;
        RC_ASSERT(found.empty() == !newest.has_value());
        if (newest) RC_ASSERT(found.front() == *newest);
    });
    BOOST_TEST(held);
}

BOOST_AUTO_TEST_SUITE_END()
