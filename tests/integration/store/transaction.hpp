// A transaction over several runs of one connection, as the effects of jobs have it.
#pragma once

#include <boost/test/unit_test.hpp>

#include "common/store/tenant.hpp"

namespace tenantry::test {

/// store::commit or store::roll_back end it.
inline task<> begin_for(pg::connection& connection, std::vector<std::int64_t> agencies,
                        deadline until) {
    const pg::statement begin{"", "BEGIN"};
    const pg::query queries[] = {{&begin}, store::acting_for(agencies)};
    auto begun = co_await connection.run(queries, until);
    BOOST_TEST_REQUIRE(begun.has_value(), (begun ? "" : begun.error().message));
}

}  // namespace tenantry::test
