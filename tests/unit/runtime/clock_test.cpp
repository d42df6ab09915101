#include "common/runtime/clock.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(clock_test)

BOOST_AUTO_TEST_CASE(a_manual_clock_stands_still_until_advanced) {
    using namespace std::chrono_literals;
    tenantry::manual_clock clock{tenantry::timestamp{10s}};
    BOOST_TEST((clock.now() == tenantry::timestamp{10s}));
    clock.advance(5s);
    BOOST_TEST((clock.now() == tenantry::timestamp{15s}));
}

BOOST_AUTO_TEST_SUITE_END()
