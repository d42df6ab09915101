#include "common/domain/period.hpp"

#include <rapidcheck.h>
#include <boost/test/unit_test.hpp>

using namespace tenantry::domain;
using namespace std::chrono;
using namespace std::chrono_literals;

namespace {

date some_day(int from_year) {
    const sys_days first{year{from_year} / 1 / 1};
    return first + days{*rc::gen::inRange(0, 6000)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(period_test)

BOOST_AUTO_TEST_CASE(a_period_runs_from_day_to_same_day) {
    const period may{2025y / May / 5, 2025y / June / 5};
    BOOST_TEST((period_containing(2025y / March / 5, 2025y / May / 5) == may));
    BOOST_TEST((period_containing(2025y / March / 5, 2025y / June / 4) == may));
    BOOST_TEST((period_containing(2025y / March / 5, 2025y / June / 5) != may));
}

BOOST_AUTO_TEST_CASE(the_thirty_first_is_clamped_and_comes_back) {
    constexpr date anchor = 2025y / January / 31;
    BOOST_TEST((anniversary(anchor, months{1}) == 2025y / February / 28));
    BOOST_TEST((anniversary(anchor, months{2}) == 2025y / March / 31));
    BOOST_TEST((anniversary(anchor, months{3}) == 2025y / April / 30));
    BOOST_TEST((anniversary(anchor, months{37}) == 2028y / February / 29));
    const period february{2025y / February / 28, 2025y / March / 31};
    BOOST_TEST((period_containing(anchor, 2025y / March / 30) == february));
}

BOOST_AUTO_TEST_CASE(a_leap_days_anniversary_is_the_end_of_february) {
    constexpr date anchor = 2024y / February / 29;
    BOOST_TEST((anniversary(anchor, months{12}) == 2025y / February / 28));
    BOOST_TEST((anniversary(anchor, months{48}) == 2028y / February / 29));
}

BOOST_AUTO_TEST_CASE(property_periods_contain_their_day_and_touch) {
    const auto held = rc::check([] {
        const auto anchor = some_day(2020), day = some_day(2020);
        const auto p = period_containing(anchor, day);
        RC_ASSERT(p.start.ok() && p.end.ok());
        RC_ASSERT(p.start <= day && day < p.end);
        RC_ASSERT(period_containing(anchor, p.end).start == p.end);
        RC_ASSERT(period_containing(anchor, p.start) == p);
    });
    BOOST_TEST(held);
}

BOOST_AUTO_TEST_SUITE_END()
