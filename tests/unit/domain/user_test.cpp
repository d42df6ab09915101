// The words of roles.
#include "common/domain/user.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenantry::domain;

BOOST_AUTO_TEST_SUITE(user_test)

BOOST_AUTO_TEST_CASE(roles_read_as_they_are_written) {
    for (const auto role : {user_role::owner, user_role::manager, user_role::user})
        BOOST_TEST((parse_user_role(to_string(role)) == role));
    for (const auto* other : {"", "Owner", "admin", "owner "})
        BOOST_TEST(!parse_user_role(other).has_value(), other);
}

BOOST_AUTO_TEST_SUITE_END()
