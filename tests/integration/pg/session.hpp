// A connection to a database of its own for each test of common/pg.
#pragma once

#include <initializer_list>

#include "common/pg/connection.hpp"
#include "tests/support/servers.hpp"

namespace tenantry::test {

using scenario = task<> (*)(pg::connection&, const database&);

inline task<> with_session_of(executor ex, scenario run, const database& db) {
    const pg::connection_settings settings{db.owner_url()};
    auto c = co_await pg::connection::connect(ex, settings, deadline_in(patience));
    co_await run(*c.value(), db);
}

/// Runs the scenario on a new connection to a new database, after `setup` there.
inline void with_session(scenario run, const std::string& setup = "") {
    const database db;
    db.execute(setup);
    run_on_io([&](executor ex) { return with_session_of(ex, run, db); });
}

/// Runs SQL that is not prepared and has no arguments.
inline task<pg::result<pg::rows>> run_sql(pg::connection& c, const char* sql,
                                          std::chrono::milliseconds timeout = patience) {
    const pg::statement once{"", sql};
    co_return co_await c.run(once, pg::params(), deadline_in(timeout));
}

/// The one value of the one row, as text.
inline task<std::string> ask(pg::connection& c, const char* sql) {
    auto answer = co_await run_sql(c, sql);
    co_return answer.value()[0].get<std::string>(0);
}

}  // namespace tenantry::test
