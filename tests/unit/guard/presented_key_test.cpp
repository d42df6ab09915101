#include <boost/test/unit_test.hpp>

#include "api/guard/authenticator.hpp"

using tenantry::guard::presented_key;

BOOST_AUTO_TEST_SUITE(presented_key_test)

BOOST_AUTO_TEST_CASE(a_key_is_taken_from_either_header) {
    BOOST_TEST(presented_key("", "ixk_a") == "ixk_a");
    BOOST_TEST(presented_key("Bearer ixk_a", "") == "ixk_a");
    BOOST_TEST(presented_key("bEARER   ixk_a", "") == "ixk_a");
    BOOST_TEST(presented_key("", "") == "");
}

BOOST_AUTO_TEST_CASE(a_bearer_goes_before_the_other_header) {
    BOOST_TEST(presented_key("Bearer ixk_a", "ixk_b") == "ixk_a");
    BOOST_TEST(presented_key("Bearer  ", "ixk_b") == "");
}

BOOST_AUTO_TEST_CASE(another_scheme_is_no_key) {
    BOOST_TEST(presented_key("Basic aXhrX2E=", "") == "");
    BOOST_TEST(presented_key("Basic aXhrX2E=", "ixk_b") == "ixk_b");
    BOOST_TEST(presented_key("Bearerixk_a", "") == "");
    BOOST_TEST(presented_key("ixk_a", "") == "");
}

BOOST_AUTO_TEST_SUITE_END()
