// One leads, however its end comes.
#include "common/store/leadership.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/integration/pg/session.hpp"

using namespace tenantry;
using namespace std::chrono_literals;

namespace {

constexpr auto long_silence = 1min;

store::leadership candidate(executor ex, const test::database& db, std::string office = "office",
                            std::chrono::milliseconds silence = long_silence) {
    return {ex, {.conninfo = db.worker_url()}, std::move(office), silence};
}

task<bool> leads(store::leadership& who) {
    auto session = co_await who.seek(deadline_in(test::patience));
    co_return session&&* session;
}

task<> pass(std::chrono::milliseconds time) {
    steady_timer timer{co_await net::this_coro::executor, time};
    co_await timer.async_wait(use_task);
}

/// Whether it comes to lead soon.
task<bool> succeeds(store::leadership& who) {
    for (const auto until = deadline_in(test::patience);
         std::chrono::steady_clock::now() < until;) {
        if (co_await leads(who)) co_return true;
        co_await pass(10ms);
    }
    co_return false;
}

task<> one_at_a_time(executor ex, const test::database& db) {
    auto first = candidate(ex, db), second = candidate(ex, db),
         elsewhere = candidate(ex, db, "another office");
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(co_await leads(first));
        BOOST_TEST(!(co_await leads(second)));
        BOOST_TEST(co_await leads(elsewhere));
    }
    first.resign();
    BOOST_TEST(co_await succeeds(second));
    BOOST_TEST(!(co_await leads(first)));
}

task<> lose_the_session(executor ex, const test::database& db) {
    auto first = candidate(ex, db), second = candidate(ex, db);
    auto session = co_await first.seek(deadline_in(test::patience));
    BOOST_TEST_REQUIRE((session && *session));
    db.execute("SELECT pg_terminate_backend(" + std::to_string((**session).backend_pid()) + ")");
    BOOST_TEST(co_await succeeds(second));
    // What it holds is good for nothing any more, and it finds out.
    const auto answer = co_await test::run_sql(**session, "SELECT 1");
    BOOST_TEST(!answer.has_value());
    BOOST_TEST(!(co_await leads(first)));
}

task<> fall_silent(executor ex, const test::database& db) {
    auto first = candidate(ex, db, "office", 200ms), second = candidate(ex, db);
    BOOST_TEST(co_await leads(first));
    BOOST_TEST(co_await succeeds(second));
    BOOST_TEST(!(co_await leads(first)));
}

void run(task<> (*scenario)(executor, const test::database&)) {
    const test::database db;
    test::run_on_io([&](executor ex) { return scenario(ex, db); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(leadership_test)

BOOST_AUTO_TEST_CASE(one_leads_until_it_resigns) {
    run(one_at_a_time);
}
BOOST_AUTO_TEST_CASE(who_loses_its_session_leads_no_more) {
    run(lose_the_session);
}
BOOST_AUTO_TEST_CASE(who_falls_silent_leads_no_more) {
    run(fall_silent);
}

BOOST_AUTO_TEST_SUITE_END()
