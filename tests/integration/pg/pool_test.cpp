#include "common/pg/pool.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/integration/pg/session.hpp"

using namespace tenantry;
using namespace tenantry::pg;
using namespace std::chrono_literals;
using kind = enum failure::kind;
using test::database;
using test::run_sql;

namespace {

constexpr statement select_one{"select_one", "SELECT 1"};

deadline soon() {
    return deadline_in(test::patience);
}

pool_settings of_size(const std::string& url, std::size_t size) {
    return {.connection = {url}, .size = size};
}

using scenario = task<> (*)(pool&, const database&);

task<> with_pool_of(executor ex, scenario run, std::size_t size, const database& db) {
    pool p(ex, of_size(db.owner_url(), size));
    co_await run(p, db);
    p.stop();
}

void with_pool(std::size_t size, scenario run) {
    const database db;
    test::run_on_io([&](executor ex) { return with_pool_of(ex, run, size, db); });
}

task<> reuse_connections(pool& p, const database&) {
    int pid = 0;
    for (int i = 0; i < 3; ++i) {
        auto lent = co_await p.acquire(soon());
        if (i > 0) BOOST_TEST(lent.value()->backend_pid() == pid);
        pid = lent.value()->backend_pid();
        BOOST_TEST(p.counts().open == 1u);
        BOOST_TEST(p.counts().idle == 0u);
    }
    BOOST_TEST(p.counts().idle == 1u);
    auto answer = co_await p.run(select_one, params(), soon());
    BOOST_TEST(answer.value().size() == 1u);
    BOOST_TEST(p.counts().idle == 1u);
}

task<> take_a_turn(pool& p, int number, std::vector<int>& order) {
    auto lent = co_await p.acquire(soon());
    co_await run_sql(*lent.value(), "SELECT 1");
    order.push_back(number);
}

task<> serve_in_order(pool& p, const database&) {
    const auto ex = co_await net::this_coro::executor;
    std::vector<int> order;
    auto lent = co_await p.acquire(soon());
    for (int i = 0; i < 5; ++i) net::co_spawn(ex, take_a_turn(p, i, order), net::detached);
    co_await test::until([&] { return p.counts().waiting == 5; });
    lent = lease();
    co_await test::until([&] { return order.size() == 5; });
    const std::vector<int> expected{0, 1, 2, 3, 4};
    BOOST_TEST(order == expected);
    BOOST_TEST(p.counts().open == 1u);
}

task<> miss_the_deadline(pool& p, const database&) {
    auto lent = co_await p.acquire(soon());
    auto late = co_await p.acquire(deadline_in(20ms));
    BOOST_TEST((late.error().kind == kind::timed_out));
    BOOST_TEST(p.counts().waiting == 0u);
    lent = lease();
    auto next = co_await p.acquire(soon());
    BOOST_TEST(next.has_value());
}

task<> wait_to_the_limit(executor ex, const database& db) {
    auto settings = of_size(db.owner_url(), 1);
    settings.max_waiting = 2;
    pool p(ex, settings);
    std::vector<int> order;
    auto lent = co_await p.acquire(soon());
    for (int i = 0; i < 2; ++i) net::co_spawn(ex, take_a_turn(p, i, order), net::detached);
    co_await test::until([&] { return p.counts().waiting == 2; });
    auto refused = co_await p.acquire(soon());
    BOOST_TEST((refused.error().kind == kind::pool_exhausted));
    lent = lease();
    co_await test::until([&] { return order.size() == 2; });
}

task<> replace_a_broken_one_for_a_waiter(pool& p, const database&) {
    const auto ex = co_await net::this_coro::executor;
    std::vector<int> order;
    auto lent = co_await p.acquire(soon());
    net::co_spawn(ex, take_a_turn(p, 1, order), net::detached);
    co_await test::until([&] { return p.counts().waiting == 1; });
    auto late = co_await run_sql(*lent.value(), "SELECT pg_sleep(60)", 20ms);
    BOOST_TEST((late.error().kind == kind::timed_out));
    lent = lease();
    co_await test::until([&] { return order.size() == 1; });
    BOOST_TEST(p.counts().open == 1u);
}

task<> drop_an_open_transaction(pool& p, const database&) {
    {
        auto lent = co_await p.acquire(soon());
        co_await run_sql(*lent.value(), "BEGIN");
    }
    BOOST_TEST(p.counts().open == 0u);
}

task<> discard_the_dead(pool& p, const database& db) {
    {
        auto first = co_await p.acquire(soon());
        auto second = co_await p.acquire(soon());
        BOOST_TEST(first.has_value());
        BOOST_TEST(second.has_value());
    }
    BOOST_TEST(p.counts().idle == 2u);
    db.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE application_name = 'tenantry' AND datname = current_database()");
    auto answer = co_await p.run(select_one, params(), soon());
    BOOST_TEST(answer.has_value());
    BOOST_TEST(p.counts().open == 1u);
}

task<> stop_with_waiters(pool& p, const database&) {
    auto lent = co_await p.acquire(soon());
    const auto ex = co_await net::this_coro::executor;
    std::optional<failure> told;
    net::co_spawn(ex, p.acquire(soon()),
                  [&told](std::exception_ptr, result<lease> r) { told = r.error(); });
    co_await test::until([&] { return p.counts().waiting == 1; });
    p.stop();
    co_await test::until([&] { return told.has_value(); });
    BOOST_TEST((told->kind == kind::connection_lost));
    lent = lease();
    BOOST_TEST(p.counts().open == 0u);
    auto refused = co_await p.acquire(soon());
    BOOST_TEST((refused.error().kind == kind::connection_lost));
}

task<> outlive_the_pool(executor ex, const database& db) {
    auto p = std::make_unique<pool>(ex, of_size(db.owner_url(), 1));
    auto lent = co_await p->acquire(soon());
    p.reset();
    auto answer = co_await run_sql(*lent.value(), "SELECT 1");
    BOOST_TEST(answer.has_value());
}

task<> find_nobody_there(executor ex, std::string url) {
    pool p(ex, of_size(url, 1));
    const auto before = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) {
        auto refused = co_await p.run(select_one, params(), soon());
        BOOST_TEST((refused.error().kind == kind::connection_lost));
    }
    BOOST_TEST((std::chrono::steady_clock::now() - before < test::patience));
    BOOST_TEST(p.counts().open == 0u);
}

/// Counts who comes and sends each away.
task<> turn_away(tcp_acceptor& door, int& visitors) {
    for (;;) {
        auto [ec, visitor] = co_await door.async_accept(use_task);
        if (ec) co_return;
        ++visitors;
    }
}

task<> pause_between_attempts(executor ex) {
    tcp_acceptor door(ex, tcp::endpoint(net::ip::address_v4::loopback(), 0));
    int visitors = 0;
    net::co_spawn(ex, turn_away(door, visitors), net::detached);
    auto settings =
        of_size("postgresql://x@127.0.0.1:" + std::to_string(door.local_endpoint().port()), 1);
    settings.retry_pause = 1h;
    pool p(ex, settings);
    for (int i = 0; i < 10; ++i) {
        auto refused = co_await p.acquire(soon());
        BOOST_TEST((refused.error().kind == kind::connection_lost));
    }
    BOOST_TEST(visitors == 1);
    door.close();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pool_test)

BOOST_AUTO_TEST_CASE(a_returned_connection_is_used_again) {
    with_pool(4, reuse_connections);
}
BOOST_AUTO_TEST_CASE(waiters_are_served_in_order) {
    with_pool(1, serve_in_order);
}
BOOST_AUTO_TEST_CASE(a_waiter_gives_up_at_its_deadline) {
    with_pool(1, miss_the_deadline);
}
BOOST_AUTO_TEST_CASE(one_waiter_too_many_is_refused) {
    const database db;
    test::run_on_io([&](executor ex) { return wait_to_the_limit(ex, db); });
}
BOOST_AUTO_TEST_CASE(a_broken_connection_is_replaced_for_the_next_waiter) {
    with_pool(1, replace_a_broken_one_for_a_waiter);
}
BOOST_AUTO_TEST_CASE(a_lease_inside_a_transaction_is_dropped) {
    with_pool(1, drop_an_open_transaction);
}
BOOST_AUTO_TEST_CASE(dead_idle_connections_are_not_handed_out) {
    with_pool(2, discard_the_dead);
}
BOOST_AUTO_TEST_CASE(stopping_fails_those_who_wait) {
    with_pool(1, stop_with_waiters);
}
BOOST_AUTO_TEST_CASE(a_lease_may_outlive_the_pool) {
    const database db;
    test::run_on_io([&](executor ex) { return outlive_the_pool(ex, db); });
}
BOOST_AUTO_TEST_CASE(a_server_that_is_away_fails_callers_promptly) {
    const auto url = "postgresql://x@127.0.0.1:" + std::to_string(test::free_port()) + "/x";
    test::run_on_io([&](executor ex) { return find_nobody_there(ex, url); });
}
BOOST_AUTO_TEST_CASE(a_failing_server_is_left_alone_for_the_pause) {
    test::run_on_io([&](executor ex) { return pause_between_attempts(ex); });
}

BOOST_AUTO_TEST_SUITE_END()
