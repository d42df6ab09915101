// When a session's time is.
#include "common/domain/session.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenantry;
using namespace tenantry::domain;
using namespace std::chrono_literals;

namespace {

const std::chrono::sys_seconds noon{std::chrono::sys_days{std::chrono::year{2025} / 3 / 5} + 12h};
const session_claims until_one{user_id{1}, "s", noon, noon + 1h};

}  // namespace

BOOST_AUTO_TEST_SUITE(session_test)

BOOST_AUTO_TEST_CASE(a_session_is_current_from_its_issue_to_its_expiry_give_or_take_the_skew) {
    const auto skew = session_clock_skew;
    BOOST_TEST((skew == 60s));
    BOOST_TEST(is_current(until_one, noon));
    BOOST_TEST(is_current(until_one, noon - skew));
    BOOST_TEST(!is_current(until_one, noon - skew - 1us));
    BOOST_TEST(is_current(until_one, noon + 1h));
    BOOST_TEST(is_current(until_one, noon + 1h + skew - 1us));
    BOOST_TEST(!is_current(until_one, noon + 1h + skew));
}

BOOST_AUTO_TEST_SUITE_END()
