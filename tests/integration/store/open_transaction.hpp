// A transaction that stands in the way of the code under test.
#pragma once

#include <string>
#include <utility>

#include "tests/integration/store/tenants.hpp"

namespace tenantry::test {

/// Has run a statement, uncommitted, and keeps what that locked or saw until it is told to commit.
class open_transaction {
public:
    static task<open_transaction> of(pg::pool& pool, std::string sql,
                                     const char* begin_sql = "BEGIN") {
        auto connection = co_await pool.acquire(soon());
        const pg::statement begin{"", begin_sql}, work{"", sql.c_str()};
        const pg::query opening[] = {{&begin}, {&work}};
        auto opened = co_await (**connection).run(opening, soon());
        BOOST_TEST_REQUIRE(opened.has_value(), (opened ? "" : opened.error().message));
        co_return open_transaction{std::move(*connection)};
    }
    task<> commit() {
        constexpr pg::statement end{"", "COMMIT"};
        auto committed = co_await connection_->run(end, {}, soon());
        BOOST_TEST(committed.has_value());
    }

private:
    explicit open_transaction(pg::lease c) : connection_{std::move(c)} {}
    pg::lease connection_;
};

}  // namespace tenantry::test
