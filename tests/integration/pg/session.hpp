// A connection to a database of its own for each test of common/pg.
#pragma once

#include "common/pg/connection.hpp"
#include "tests/support/servers.hpp"

namespace tenantry::test {

inline task<> with_session_of(executor ex, pg::connection_settings settings,
                              task<> (*scenario)(pg::connection&)) {
    auto c = co_await pg::connection::connect(ex, settings, deadline_in(patience));
    co_await scenario(*c.value());
}

/// Runs the scenario on a new connection to the database.
inline void with_session(const database& db, task<> (*scenario)(pg::connection&)) {
    pg::connection_settings settings{db.owner_url()};
    run_on_io([&](executor ex) { return with_session_of(ex, settings, scenario); });
}

/// The same on an empty database.
inline void with_session(task<> (*scenario)(pg::connection&)) {
    const database db;
    with_session(db, scenario);
}

}  // namespace tenantry::test
