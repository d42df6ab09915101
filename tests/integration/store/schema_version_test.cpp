#include "common/store/schema_version.hpp"

#include <boost/test/unit_test.hpp>

#include "common/store/failure.hpp"
#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using test::database;
using test::soon;

namespace {

task<result<bool>> ask_of(executor ex, std::string url) {
    pg::pool pool{ex, {.connection = {std::move(url)}, .size = 1}};
    auto answer = co_await store::schema_is_current(pool, soon());
    pool.stop();
    co_return answer;
}

result<bool> ask(const std::string& url) {
    return test::run_on_io([&](executor ex) { return ask_of(ex, url); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(schema_version_test)

BOOST_AUTO_TEST_CASE(both_programs_find_the_migrated_database_current) {
    const database db;
    BOOST_TEST(ask(db.api_url()).value());
    BOOST_TEST(ask(db.worker_url()).value());
}

BOOST_AUTO_TEST_CASE(a_database_without_the_last_change_is_not_current) {
    const database db;
    db.execute(
        "DELETE FROM sqitch.dependencies; DELETE FROM sqitch.changes"
        " WHERE change = '" TENANTRY_SCHEMA_CHANGE "'");
    BOOST_TEST(!ask(db.api_url()).value());
}

BOOST_AUTO_TEST_CASE(a_later_change_does_no_harm) {
    const database db;
    db.execute(
        "INSERT INTO sqitch.changes SELECT 'later', 'later', 'later', project, note, now(),"
        " committer_name, committer_email, now(), planner_name, planner_email"
        " FROM sqitch.changes LIMIT 1");
    BOOST_TEST(ask(db.api_url()).value());
}

BOOST_AUTO_TEST_CASE(a_database_that_no_migration_has_touched_is_not_current) {
    const database db;
    db.execute("REVOKE SELECT ON sqitch.changes FROM tenantry_api");
    BOOST_TEST(!ask(db.api_url()).value());
    db.execute("DROP TABLE sqitch.changes CASCADE");
    BOOST_TEST(!ask(db.api_url()).value());
    db.execute("DROP SCHEMA sqitch CASCADE");
    BOOST_TEST(!ask(db.api_url()).value());
}

BOOST_AUTO_TEST_CASE(a_server_that_is_away_has_no_answer) {
    const auto url = "postgresql://x@127.0.0.1:" + std::to_string(test::free_port()) + "/x";
    BOOST_TEST((ask(url).error().code == errc::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()
