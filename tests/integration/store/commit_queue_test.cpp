// Commands that share a statement: what a statement takes, and what one command's trouble is to the
// others. That each ends as if it had come alone: shared_commits_test.
#include <boost/test/unit_test.hpp>

#include "common/store/failure.hpp"
#include "tests/integration/store/flight.hpp"
#include "tests/integration/store/open_transaction.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using test::creation;
using test::names;
using test::once;
using test::soon;
using test::tenants;

namespace {

using queue = commit_queue<create_companies>;
using flight = test::flight<create_companies>;

/// The transactions that created companies.
std::string transactions(const tenants& t) {
    return t.db.execute("SELECT count(DISTINCT xmin::text) FROM tenantry.company");
}

task<> share_one_commit(tenants& t) {
    queue through{t.api, {}};
    flight all{co_await net::this_coro::executor, through};
    for (int i = 0; i < 20; ++i)
        all.begin(creation(t, i % 2 ? t.first : t.second, names(fmt::format("Company {}", i))));
    co_await all.await_all();
    BOOST_TEST(all.endings() == std::vector<std::string>(20, "done"),
               boost::test_tools::per_element());
    BOOST_TEST(transactions(t) == "1");
    BOOST_TEST(t.db.execute("SELECT count(DISTINCT agency_id) FROM tenantry.company") == "2");
}

task<> keep_to_the_limits(tenants& t) {
    queue by_commands{t.api, {.commands = 5}}, by_rows{t.api, {.rows = 6}},
        by_bytes{t.api, {.bytes = 1}};
    std::int64_t before = 0;
    for (auto* through : {&by_commands, &by_rows, &by_bytes}) {
        flight all{co_await net::this_coro::executor, *through};
        for (int i = 0; i < 15; ++i) {
            const auto name = [&](int n) { return fmt::format("{} {} {}", t.last_id, i, n); };
            all.begin(creation(t, t.first, names(name(1), name(2))));
        }
        co_await all.await_all();
        const auto now = std::stoll(transactions(t));
        BOOST_TEST(now - before == (through == &by_bytes ? 15 : through == &by_rows ? 5 : 3));
        before = now;
    }
}

task<> take_turns(tenants& t) {
    queue through{t.api, {.commands = 4}};
    flight all{co_await net::this_coro::executor, through};
    for (int i = 0; i < 40; ++i) all.begin(creation(t, t.first, names(fmt::format("Busy {}", i))));
    all.begin(creation(t, t.second, names("Lone")));
    co_await all.await_all();
    const auto& order = all.order();
    const auto place = std::ranges::find(order, 40U) - order.begin();
    BOOST_TEST(place < 4);
}

task<> leave_out_what_fails(tenants& t) {
    queue through{t.api, {}};
    const auto ids = co_await test::create(t, t.first, names("Taken"));
    flight all{co_await net::this_coro::executor, through};
    for (int i = 0; i < 9; ++i) {
        auto command = creation(t, t.first, names(fmt::format("Sound {}", i)));
        if (i == 4) command.companies.front().id = ids.front();
        all.begin(std::move(command));
    }
    all.begin(creation(t, t.first, names("Fine", "Taken")));
    co_await all.await_all();
    for (std::size_t i = 0; i < 9; ++i)
        BOOST_TEST(all.endings()[i] == (i == 4 ? "failure 235050" : "done"));
    BOOST_TEST(all.endings()[9] == "refused Taken");
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.company") == "9");
}

task<> until_somebody_waits(const tenants& t) {
    co_await test::until([&t] {
        return t.db.execute(
                   "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                   " AND datname = current_database()") != "0";
    });
}

/// Whoever posts names that others are just taking does not divide the statement of its neighbours.
task<> lose_a_race_together(tenants& t) {
    auto winner = co_await test::open_transaction::of(
        t.owner, fmt::format("INSERT INTO tenantry.company (agency_id, company_id, name, name_key,"
                             " owner_id, created_at, updated_at) SELECT agency_id, 1000000,"
                             " 'Contested', 'contested', user_id, now(), now()"
                             " FROM tenantry.app_user WHERE agency_id = {} LIMIT 1",
                             t.first.agency));
    queue through{t.api, {}};
    flight all{co_await net::this_coro::executor, through};
    for (int i = 0; i < 8; ++i) all.begin(creation(t, t.second, names(fmt::format("Fine {}", i))));
    all.begin(creation(t, t.first, names("Contested")));
    co_await until_somebody_waits(t);
    co_await winner.commit();
    co_await all.await_all();
    for (std::size_t i = 0; i < 8; ++i) BOOST_TEST(all.endings()[i] == "done");
    BOOST_TEST(all.endings()[8] == "refused Contested");
    BOOST_TEST(transactions(t) == "2");  // the winner's, and one for all the others
}

/// Two queues are two threads of a process. What both are asked for goes to the database once.
task<> wait_for_a_rival_of_the_process(tenants& t) {
    auto held = co_await test::open_transaction::of(
        t.owner, fmt::format("SELECT FROM tenantry.app_user WHERE agency_id = {} FOR UPDATE",
                             t.first.agency));
    const auto ex = co_await net::this_coro::executor;
    queue here{t.api, {}}, there{t.api, {}};
    flight first{ex, here}, second{ex, there};
    first.begin(creation(t, t.first, names("Same", "Mine")));
    co_await until_somebody_waits(t);
    second.begin(creation(t, t.first, names("Other", "SAME")));
    second.begin(creation(t, t.second, names("Same")));
    co_await second.await(1);
    BOOST_TEST(second.order().front() == 1u);
    BOOST_TEST(t.db.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                            " AND datname = current_database()") == "1");
    co_await held.commit();
    co_await first.await_all();
    co_await second.await_all();
    BOOST_TEST(first.endings().front() == "done");
    BOOST_TEST(second.endings().front() == "refused SAME");
    flight again{ex, there};
    again.begin(creation(t, t.first, names("Other")));
    co_await again.await_all();
    BOOST_TEST(again.endings().front() == "done");
}

task<> refuse_a_second_use_at_once(tenants& t) {
    queue through{t.api, {}};
    flight all{co_await net::this_coro::executor, through};
    for (const auto* name : {"First", "Second"}) {
        auto command = creation(t, t.first, names(name));
        command.idempotency = once("key", name);
        all.begin(std::move(command));
    }
    co_await all.await_all();
    BOOST_TEST(all.endings() == (std::vector<std::string>{"done", "in progress"}),
               boost::test_tools::per_element());
    auto late = creation(t, t.first, names("Third"));
    late.idempotency = once("key", "First");
    flight again{co_await net::this_coro::executor, through};
    again.begin(std::move(late));
    co_await again.await_all();
    BOOST_TEST(again.endings().front() == "replayed made");
}

task<> refuse_what_is_too_many(tenants& t) {
    queue through{t.api, {.waiting = 3}};
    flight all{co_await net::this_coro::executor, through};
    for (int i = 0; i < 5; ++i)
        all.begin(creation(t, t.first, names(fmt::format("Company {}", i))));
    co_await all.await_all();
    const auto too_many = fmt::format("failure {}", int(pg::failure::kind::pool_exhausted));
    BOOST_TEST(std::ranges::count(all.endings(), too_many) == 2);
    BOOST_TEST(std::ranges::count(all.endings(), "done") == 3);
}

/// Holds a row that every company of the first agency needs.
task<test::open_transaction> stand_in_the_way(tenants& t) {
    return test::open_transaction::of(
        t.owner, fmt::format("SELECT FROM tenantry.app_user WHERE agency_id = {} FOR UPDATE",
                             t.first.agency));
}

task<> go_past_a_slow_one(tenants& t) {
    auto held = co_await stand_in_the_way(t);
    queue through{t.api, {.slow = 5ms}};
    flight all{co_await net::this_coro::executor, through};
    all.begin(creation(t, t.first, names("Held up")));
    co_await until_somebody_waits(t);
    all.begin(creation(t, t.first, names("Behind it")));
    for (int i = 0; i < 5; ++i) all.begin(creation(t, t.second, names(fmt::format("Past {}", i))));
    co_await all.await(5);
    BOOST_TEST(all.endings()[0] == "");
    BOOST_TEST(all.endings()[1] == "");
    co_await held.commit();
    co_await all.await_all();
    BOOST_TEST(all.endings() == std::vector<std::string>(7, "done"),
               boost::test_tools::per_element());
}

task<> part_from_a_held_up_one(tenants& t) {
    auto held = co_await stand_in_the_way(t);
    queue through{t.api, {}};
    flight all{co_await net::this_coro::executor, through};
    for (int i = 0; i < 2; ++i) all.begin(creation(t, t.first, names(fmt::format("Held {}", i))));
    for (int i = 0; i < 5; ++i) all.begin(creation(t, t.second, names(fmt::format("With {}", i))));
    co_await all.await(5);
    all.begin(creation(t, t.first, names("Behind them")));
    all.begin(creation(t, t.second, names("Past them")));
    co_await all.await(6);
    const std::vector<std::string> first{"",     "",     "done", "done", "done",
                                         "done", "done", "",     "done"};
    BOOST_TEST(all.endings() == first, boost::test_tools::per_element());
    co_await held.commit();
    co_await all.await_all();
    BOOST_TEST(all.endings() == std::vector<std::string>(9, "done"),
               boost::test_tools::per_element());
}

/// The failure comes before the lock.
task<> find_a_failure_beside_a_held_up_one(tenants& t) {
    const auto ids = co_await test::create(t, t.second, names("Taken"));
    auto held = co_await stand_in_the_way(t);
    queue through{t.api, {}};
    flight all{co_await net::this_coro::executor, through};
    for (int i = 0; i < 4; ++i) {
        all.begin(creation(t, t.first, names(fmt::format("Held {}", i))));
        auto sound_but_for_one = creation(t, t.second, names(fmt::format("With {}", i)));
        if (i == 2) sound_but_for_one.companies.front().id = ids.front();
        all.begin(std::move(sound_but_for_one));
    }
    co_await all.await(4);
    all.begin(creation(t, t.first, names("Behind them")));
    all.begin(creation(t, t.second, names("Past them")));
    co_await all.await(5);
    const std::vector<std::string> first{"", "done", "", "done", "", "failure 235050",
                                         "", "done", "", "done"};
    BOOST_TEST(all.endings() == first, boost::test_tools::per_element());
    co_await held.commit();
    co_await all.await_all();
    for (std::size_t i = 0; i < first.size(); ++i)
        BOOST_TEST(all.endings()[i] == (i == 5 ? "failure 235050" : "done"));
}

task<> wait_no_longer_than_the_session_may(tenants& t) {
    auto held = co_await stand_in_the_way(t);
    const auto here = co_await net::this_coro::executor;
    pg::pool hurried{here, {.connection = {.conninfo = t.db.api_url(), .lock_timeout = 20ms}}};
    queue through{hurried, {}};
    const auto creating = creation(t, t.first, names("Held up"));
    const auto ended = co_await through.run(creating, soon());
    BOOST_TEST_REQUIRE(!ended.has_value());
    BOOST_TEST(pg::is_lock_timeout(ended.error()));
    BOOST_TEST((to_error(ended.error()).code == errc::unavailable));
    BOOST_TEST(to_error(ended.error()).retry_after.has_value());
    hurried.stop();
    co_await held.commit();
}

task<> forget_who_has_gone(tenants& t) {
    auto held = co_await stand_in_the_way(t);
    queue through{t.api, {.statements = 1}};
    flight all{co_await net::this_coro::executor, through};
    all.begin(creation(t, t.first, names("Held up")));
    co_await until_somebody_waits(t);
    all.begin(creation(t, t.second, names("In a hurry")), deadline_in(20ms));
    co_await all.await(1);
    BOOST_TEST(all.endings()[1] == fmt::format("failure {}", int(pg::failure::kind::timed_out)));
    co_await held.commit();
    all.begin(creation(t, t.second, names("Later")));
    co_await all.await_all();
    BOOST_TEST(all.endings()[0] == "done");
    BOOST_TEST(all.endings()[2] == "done");
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.company WHERE name = 'In a hurry'") ==
               "0");
}

/// Of which no statement can be made.
struct faulty : command {};
pg::query query_for(together<faulty>) {
    throw std::logic_error{"no statement"};
}
share share_of(const faulty&) {
    return {};
}

task<> outlive_a_bug(tenants& t) {
    commit_queue<faulty> through{t.api, {}};
    const faulty command{test::by(t.first)};
    int thrown = 0;
    for (int i = 0; i < 2; ++i) {
        try {
            co_await through.run(command, soon());
        } catch (const std::logic_error&) {
            ++thrown;
        }
    }
    BOOST_TEST(thrown == 2);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(commit_queue_test)

BOOST_AUTO_TEST_CASE(commands_that_come_together_share_one_commit) {
    test::with_tenants(share_one_commit);
}
BOOST_AUTO_TEST_CASE(a_statement_takes_no_more_than_its_limits) {
    test::with_tenants(keep_to_the_limits);
}
BOOST_AUTO_TEST_CASE(an_agency_with_many_commands_does_not_stand_before_another) {
    test::with_tenants(take_turns);
}
BOOST_AUTO_TEST_CASE(one_that_fails_or_is_refused_leaves_its_neighbours_untouched) {
    test::with_tenants(leave_out_what_fails);
}
BOOST_AUTO_TEST_CASE(who_loses_a_race_divides_nobodys_statement) {
    test::with_tenants(lose_a_race_together);
}
BOOST_AUTO_TEST_CASE(two_threads_that_are_asked_for_one_name_race_for_it_in_the_process) {
    test::with_tenants(wait_for_a_rival_of_the_process);
}
BOOST_AUTO_TEST_CASE(a_second_use_of_a_key_is_told_so_at_once) {
    test::with_tenants(refuse_a_second_use_at_once);
}
BOOST_AUTO_TEST_CASE(no_more_wait_than_the_limit) {
    test::with_tenants(refuse_what_is_too_many);
}
BOOST_AUTO_TEST_CASE(a_statement_that_is_held_up_holds_up_no_other_agency) {
    test::with_tenants(go_past_a_slow_one);
}
BOOST_AUTO_TEST_CASE(whoever_shares_a_statement_that_is_held_up_goes_on_without_it) {
    test::with_tenants(part_from_a_held_up_one);
}
BOOST_AUTO_TEST_CASE(what_fails_beside_a_held_up_agency_is_found_without_waiting_for_it) {
    test::with_tenants(find_a_failure_beside_a_held_up_one);
}
BOOST_AUTO_TEST_CASE(who_waits_too_long_for_a_lock_is_told_to_try_again) {
    test::with_tenants(wait_no_longer_than_the_session_may);
}
BOOST_AUTO_TEST_CASE(whose_deadline_has_passed_is_not_done) {
    test::with_tenants(forget_who_has_gone);
}
BOOST_AUTO_TEST_CASE(a_bug_ends_the_requests_that_it_meets_and_nothing_else) {
    test::with_tenants(outlive_a_bug);
}

BOOST_AUTO_TEST_SUITE_END()
