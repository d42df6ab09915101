// Area codes and the states of locations.
#include "common/domain/location.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenantry::domain;

BOOST_AUTO_TEST_SUITE(location_test)

BOOST_AUTO_TEST_CASE(an_area_code_is_three_digits) {
    for (const auto* good : {"415", "000"}) BOOST_TEST(is_area_code(good), good);
    for (const auto* bad : {"", "41", "4155", "41a", "+41", " 41", "\u0664\u0661\u0665"})
        BOOST_TEST(!is_area_code(bad), bad);
}

BOOST_AUTO_TEST_CASE(states_read_as_they_are_written) {
    for (const auto state :
         {location_status::pending, location_status::active, location_status::failed})
        BOOST_TEST((parse_location_status(to_string(state)) == state));
    BOOST_TEST(!parse_location_status("deleted").has_value());
}

BOOST_AUTO_TEST_CASE(a_number_rests_for_thirty_days) {
    BOOST_TEST((number_quarantine == std::chrono::hours{30 * 24}));
}

BOOST_AUTO_TEST_SUITE_END()
