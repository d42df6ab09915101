#include "common/runtime/timestamp_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenantry;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(timestamp_text_test)

BOOST_AUTO_TEST_CASE(an_instant_is_written_in_utc_with_microseconds) {
    BOOST_TEST(to_rfc3339(timestamp{}) == "1970-01-01T00:00:00.000000Z");
    BOOST_TEST(to_rfc3339(timestamp{1741197420s + 123us}) == "2025-03-05T17:57:00.000123Z");
    BOOST_TEST(to_rfc3339(timestamp{-1us}) == "1969-12-31T23:59:59.999999Z");
}

BOOST_AUTO_TEST_CASE(whole_seconds_are_cut_and_not_rounded) {
    const timestamp then{std::chrono::sys_days{std::chrono::year{2024} / 12 / 25} +
                         std::chrono::hours{10}};
    BOOST_TEST(to_rfc3339_seconds(then) == "2024-12-25T10:00:00Z");
    BOOST_TEST(to_rfc3339_seconds(then + std::chrono::microseconds{999'999}) ==
               "2024-12-25T10:00:00Z");
}

BOOST_AUTO_TEST_SUITE_END()
