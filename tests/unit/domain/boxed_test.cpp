#include "common/domain/boxed.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using tenantry::domain::boxed;

BOOST_AUTO_TEST_SUITE(boxed_test)

BOOST_AUTO_TEST_CASE(what_is_empty_reads_as_a_new_value) {
    BOOST_TEST(*boxed<std::string>{} == "");
    BOOST_TEST(boxed<std::string>{std::string{}}.empty());
    BOOST_TEST(boxed<std::string> {} -> size() == 0u);
    BOOST_TEST((boxed<std::string>{} == boxed<std::string>{std::string{}}));
}

BOOST_AUTO_TEST_CASE(what_is_held_reads_back_and_is_shared_by_copies) {
    const boxed<std::string> held{std::string{"held"}};
    const auto copy = held;
    BOOST_TEST(!copy.empty());
    BOOST_TEST(*copy == "held");
    BOOST_TEST(&*copy == &*held);
    BOOST_TEST((copy == boxed<std::string>{std::string{"held"}}));
    BOOST_TEST(!(copy == boxed<std::string>{}));
}

BOOST_AUTO_TEST_SUITE_END()
