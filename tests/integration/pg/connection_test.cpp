#include "common/pg/connection.hpp"

#include <boost/test/unit_test.hpp>
#include <thread>

#include "tests/integration/pg/session.hpp"

using namespace tenantry;
using namespace tenantry::pg;
using namespace std::chrono_literals;
using kind = enum failure::kind;
using test::ask;
using test::database;
using test::run_sql;
using test::with_session;

namespace {

constexpr const char* thing_table = "CREATE TABLE thing (id int PRIMARY KEY, name text)";
constexpr statement insert_thing{"insert_thing", "INSERT INTO thing VALUES ($1, $2)"};

deadline soon() {
    return deadline_in(test::patience);
}

task<> refuse_a_query(connection& c, const database&) {
    const std::array queries{query{&insert_thing, params{1, "a"}},
                             query{&insert_thing, params{1, "b"}},
                             query{&insert_thing, params{2, "c"}}};
    auto refused = co_await c.run(queries, soon());
    BOOST_REQUIRE(!refused);
    const auto f = refused.error();
    BOOST_TEST((f.kind == kind::server));
    BOOST_TEST(f.sqlstate == "23505");
    BOOST_TEST(f.statement_index == 1);
    BOOST_TEST(is_unique_violation(f, "thing_pkey"));
    BOOST_TEST(!is_unique_violation(f, "thing_name_key"));
    BOOST_TEST(!is_transient(f));
    BOOST_TEST(!c.broken());
    BOOST_TEST(!c.in_transaction());
    const auto count = co_await ask(c, "SELECT count(*)::text FROM thing");
    BOOST_TEST(count == "0");
}

task<> answer_in_order(connection& c, const database&) {
    static constexpr statement echo{"echo", "SELECT $1::text"};
    static constexpr statement touch{"", "UPDATE thing SET name = 'x'"};
    const std::array queries{query{&insert_thing, params{1, "a"}}, query{&echo, params{"first"}},
                             query{&touch}, query{&echo, params{"second"}}};
    auto answers = co_await c.run(queries, soon());
    BOOST_REQUIRE(answers.value().size() == 4u);
    BOOST_TEST((*answers)[0].affected() == 1u);
    BOOST_TEST((*answers)[1][0].get<std::string>(0) == "first");
    BOOST_TEST((*answers)[2].affected() == 1u);
    BOOST_TEST((*answers)[3][0].get<std::string>(0) == "second");
    auto none = co_await c.run(std::span<const query>(), soon());
    BOOST_TEST(none.value().empty());
}

task<> prepare_once(connection& c, const database&) {
    for (int i = 0; i < 3; ++i) {
        auto inserted = co_await c.run(insert_thing, params(i, "x"), soon());
        BOOST_TEST(inserted.value().affected() == 1u);
    }
    const auto known =
        co_await ask(c,
                     "SELECT string_agg(name || ' ' || (generic_plans + custom_plans), ',')"
                     " FROM pg_prepared_statements");
    BOOST_TEST(known == "insert_thing 3");
}

task<> plan_once(connection& c, const database&) {
    for (int i = 0; i < 10; ++i) {
        auto inserted = co_await c.run(insert_thing, params(i, "x"), soon());
        BOOST_REQUIRE(inserted);
    }
    const auto custom =
        co_await ask(c, "SELECT sum(custom_plans)::text FROM pg_prepared_statements");
    BOOST_TEST(custom == "0");
}

/// The plan, once its table is large, of a lookup prepared while that was as good as empty.
task<std::string> plan_after_growth(executor ex, const database& db,
                                    std::chrono::milliseconds plan_lifetime) {
    static constexpr statement find_things{"find_things", "SELECT name FROM thing WHERE id >= $1"};
    const connection_settings settings{.conninfo = db.owner_url(), .plan_lifetime = plan_lifetime};
    auto opened = co_await connection::connect(ex, settings, soon());
    auto& c = *opened.value();
    co_await run_sql(c, "INSERT INTO thing VALUES (0, '')");
    co_await run_sql(c, "ANALYZE thing");
    auto found = co_await c.run(find_things, params(0), soon());
    BOOST_REQUIRE(found);
    co_await run_sql(c, "INSERT INTO thing SELECT g, '' FROM generate_series(1, 10000) g");
    co_return co_await ask(c, "EXPLAIN EXECUTE find_things(7)");
}

task<> plan_again_for_a_table_that_grew(connection& c, const database& db) {
    const auto ex = co_await net::this_coro::executor;
    const auto kept = co_await plan_after_growth(ex, db, 1h);
    BOOST_TEST(kept.find(" rows=1 ") != kept.npos, kept);
    co_await run_sql(c, "TRUNCATE thing");
    const auto made_anew = co_await plan_after_growth(ex, db, 0ms);
    BOOST_TEST(made_anew.find(" rows=1 ") == made_anew.npos, made_anew);
}

task<> prepare_again_after_a_refusal(connection& c, const database&) {
    static constexpr statement late{"late", "SELECT 1 FROM appears_later"};
    static constexpr statement behind{"behind", "SELECT $1::int8"};
    const std::array both{query{&late}, query{&behind, params{std::int64_t{7}}}};
    auto refused = co_await c.run(both, soon());
    BOOST_TEST(refused.error().sqlstate == "42P01");
    BOOST_TEST(refused.error().statement_index == 0);
    co_await run_sql(c, "CREATE TABLE appears_later ()");
    auto accepted = co_await c.run(both, soon());
    BOOST_TEST(accepted.value()[1][0].get<std::int64_t>(0) == 7);
}

task<> refuse_other_types_under_a_name(connection& c, const database&) {
    (co_await c.run(insert_thing, params(1, "x"), soon())).value();
    (co_await c.run(insert_thing, params(2, std::nullopt), soon())).value();
    bool thrown = false;
    try {
        co_await c.run(insert_thing, params(std::int64_t(3), "x"), soon());
    } catch (const std::logic_error&) {
        thrown = true;
    }
    BOOST_TEST(thrown);
    BOOST_TEST(c.broken());
}

task<> leave_a_type_to_the_server(connection& c, const database&) {
    auto without = co_await c.run(insert_thing, params(1, std::nullopt), soon());
    BOOST_TEST(without.has_value());
    auto with = co_await c.run(insert_thing, params(2, "x"), soon());
    BOOST_TEST(with.has_value());
    const auto names = co_await ask(c, "SELECT string_agg(name, ',') FROM thing");
    BOOST_TEST(names == "x");
}

task<> span_a_transaction_over_runs(connection& c, const database& db) {
    co_await run_sql(c, "BEGIN");
    BOOST_TEST(c.in_transaction());
    co_await c.run(insert_thing, params(1, "x"), soon());
    BOOST_TEST(db.execute("SELECT count(*) FROM thing") == "0");
    co_await run_sql(c, "COMMIT");
    BOOST_TEST(!c.in_transaction());
    BOOST_TEST(db.execute("SELECT count(*) FROM thing") == "1");

    co_await run_sql(c, "BEGIN");
    auto refused = co_await c.run(insert_thing, params(1, "x"), soon());
    BOOST_TEST(refused.error().sqlstate == "23505");
    BOOST_TEST(c.in_transaction());
    co_await run_sql(c, "ROLLBACK");
    BOOST_TEST(!c.in_transaction());
}

task<> refuse_the_commit(connection& c, const database&) {
    static constexpr statement orphan{"orphan", "INSERT INTO part VALUES ($1)"};
    auto refused = co_await c.run(orphan, params(5), soon());
    BOOST_TEST(refused.error().sqlstate == "23503");
    BOOST_TEST(refused.error().constraint == "part_thing_fkey");
    BOOST_TEST(refused.error().statement_index == -1);
    BOOST_TEST(!c.broken());
    const auto count = co_await ask(c, "SELECT count(*)::text FROM part");
    BOOST_TEST(count == "0");
}

task<> run_ten_thousand(connection& c, const database&) {
    std::vector<query> queries;
    for (int i = 0; i < 10'000; ++i) queries.push_back({&insert_thing, params{i, "name"}});
    auto answers = co_await c.run(queries, soon());
    BOOST_TEST(answers.value().size() == 10'000u);
    const auto count = co_await ask(c, "SELECT count(*)::text FROM thing");
    BOOST_TEST(count == "10000");
}

/// 12 MB out, more than the sockets of both ends hold, and ten times that back: a server that
/// blocks on its answers reads no further until they are taken.
task<> send_more_than_sockets_hold(connection& c, const database&) {
    static constexpr statement repeat{"repeat", "SELECT repeat($1, 10)"};
    const std::string text(100'000, 'x');
    std::vector<query> queries;
    for (int i = 0; i < 120; ++i) queries.push_back({&repeat, params{text + std::to_string(i)}});
    auto answers = co_await c.run(queries, soon());
    BOOST_REQUIRE(answers.value().size() == 120u);
    for (int i = 0; i < 120; ++i) {
        const auto number = std::to_string(i);
        const auto answer = (*answers)[i][0].get<std::string_view>(0);
        BOOST_TEST(answer.size() == 10 * (text.size() + number.size()));
        BOOST_TEST(answer.ends_with(number));
    }
}

task<> miss_a_deadline(connection& c, const database&) {
    const auto before = std::chrono::steady_clock::now();
    auto late = co_await run_sql(c, "SELECT pg_sleep(60)", 50ms);
    BOOST_TEST((late.error().kind == kind::timed_out));
    BOOST_TEST((std::chrono::steady_clock::now() - before < test::patience));
    BOOST_TEST(c.broken());
    auto after = co_await run_sql(c, "SELECT 1");
    BOOST_TEST((after.error().kind == kind::connection_lost));
}

/// A timer left armed by an early deadline must not cut a later run short, nor the other way round.
task<> keep_each_deadline(connection& c, const database&) {
    auto quick = co_await run_sql(c, "SELECT 1", 100ms);
    BOOST_TEST(quick.has_value());
    auto longer = co_await run_sql(c, "SELECT pg_sleep(0.3)", test::patience);
    BOOST_TEST(longer.has_value());
    auto late = co_await run_sql(c, "SELECT pg_sleep(60)", 50ms);
    BOOST_TEST((late.error().kind == kind::timed_out));
}

/// Ends the session as an administrator does, once it runs pg_sleep.
void terminate_sleeper(const database& db) {
    const bool done = test::eventually([&db] {
        return db.execute(
                   "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                   " WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'") == "1";
    });
    BOOST_TEST(done);
}

task<> lose_the_server_in_a_query(connection& c, const database& db) {
    std::jthread administrator{terminate_sleeper, std::cref(db)};
    auto lost = co_await run_sql(c, "SELECT pg_sleep(60)");
    BOOST_TEST((lost.error().kind == kind::connection_lost));
    BOOST_TEST(lost.error().sqlstate == "57P01");
    BOOST_TEST(c.broken());
}

task<> lose_the_server_while_idle(connection& c, const database& db) {
    BOOST_TEST(c.still_open());
    db.execute("SELECT pg_terminate_backend(" + std::to_string(c.backend_pid()) + ", 5000)");
    const bool noticed = test::eventually([&c] { return !c.still_open(); });
    BOOST_TEST(noticed);
    BOOST_TEST(c.broken());
    auto lost = co_await run_sql(c, "SELECT 1");
    BOOST_TEST((lost.error().kind == kind::connection_lost));
    BOOST_TEST(lost.error().sqlstate == "57P01");
}

task<> refuse_two_runs_at_once(connection& c, const database&) {
    const auto ex = co_await net::this_coro::executor;
    auto first = net::co_spawn(ex, run_sql(c, "SELECT pg_sleep(0.05)"), net::deferred);
    bool finished = false;
    std::move(first)([&finished](std::exception_ptr, result<rows> r) { finished = r.has_value(); });
    co_await net::post(ex, net::use_awaitable_t<executor>());
    BOOST_TEST(c.broken());
    bool thrown = false;
    try {
        co_await run_sql(c, "SELECT 1");
    } catch (const std::logic_error&) {
        thrown = true;
    }
    BOOST_TEST(thrown);
    co_await test::until([&] { return finished; });
    BOOST_TEST(!c.broken());
}

task<> enforce_the_statement_timeout(executor ex, const database& db) {
    connection_settings settings{db.owner_url(), "the tests", 50ms};
    auto c = co_await connection::connect(ex, settings, soon());
    const auto name = co_await ask(*c.value(), "SELECT current_setting('application_name')");
    BOOST_TEST(name == "the tests");
    auto cut = co_await run_sql(**c, "SELECT pg_sleep(60)");
    BOOST_TEST(cut.error().sqlstate == "57014");
    BOOST_TEST(!(*c)->broken());
}

task<> end_an_idle_transaction(executor ex, const database& db) {
    connection_settings settings{db.owner_url(), "the tests", 1s, 50ms};
    auto c = co_await connection::connect(ex, settings, soon());
    co_await run_sql(*c.value(), "BEGIN");
    const bool ended = test::eventually([&c] { return !(*c)->still_open(); });
    BOOST_TEST(ended);
}

task<> hand_notices_over(executor ex, const database& db) {
    std::vector<std::string> notices;
    connection_settings settings{db.owner_url()};
    settings.on_notice = [&notices](std::string_view text) { notices.emplace_back(text); };
    auto c = co_await connection::connect(ex, settings, soon());
    co_await run_sql(*c.value(), "DROP TABLE IF EXISTS nowhere");
    BOOST_REQUIRE(notices.size() == 1u);
    BOOST_TEST(notices[0] == "table \"nowhere\" does not exist, skipping");
}

task<> hear_notifications(connection& c, const database& db) {
    co_await run_sql(c, "LISTEN news");
    auto silence = co_await c.wait_notifications(deadline_in(20ms));
    BOOST_TEST((silence.error().kind == kind::timed_out));
    BOOST_TEST(!c.broken());
    db.execute("NOTIFY news, 'one'");
    auto heard = co_await c.wait_notifications(soon());
    BOOST_REQUIRE(heard.value().size() == 1u);
    BOOST_TEST((*heard)[0].channel == "news");
    BOOST_TEST((*heard)[0].payload == "one");
    db.execute("NOTIFY news, 'two'");
    co_await run_sql(c, "SELECT 1");
    const auto beside = c.notifications();
    BOOST_REQUIRE(beside.size() == 1u);
    BOOST_TEST(beside[0].payload == "two");
    db.execute("SELECT pg_terminate_backend(" + std::to_string(c.backend_pid()) + ", 5000)");
    auto lost = co_await c.wait_notifications(soon());
    BOOST_TEST((lost.error().kind == kind::connection_lost));
}

task<failure> fail_to_connect(executor ex, std::string url, std::chrono::milliseconds timeout) {
    const connection_settings settings{url};
    auto c = co_await connection::connect(ex, settings, deadline_in(timeout));
    co_return c.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(connection_test)

BOOST_AUTO_TEST_CASE(a_refused_query_undoes_its_run_and_leaves_the_connection_usable) {
    with_session(refuse_a_query, thing_table);
}
BOOST_AUTO_TEST_CASE(answers_come_in_the_order_of_the_queries) {
    with_session(answer_in_order, thing_table);
}
BOOST_AUTO_TEST_CASE(a_named_statement_is_prepared_once) {
    with_session(prepare_once, thing_table);
}
BOOST_AUTO_TEST_CASE(a_statement_is_planned_once_whatever_its_arguments) {
    with_session(plan_once, "CREATE TABLE thing (id int, name text)");
}

BOOST_AUTO_TEST_CASE(a_statement_is_planned_again_for_a_table_that_grew) {
    with_session(plan_again_for_a_table_that_grew, thing_table);
}

BOOST_AUTO_TEST_CASE(a_statement_that_could_not_be_prepared_is_prepared_again) {
    with_session(prepare_again_after_a_refusal);
}
BOOST_AUTO_TEST_CASE(a_prepared_statement_with_other_types_is_a_bug) {
    with_session(refuse_other_types_under_a_name, thing_table);
}
BOOST_AUTO_TEST_CASE(a_bare_null_fits_a_prepared_statement_of_any_types) {
    with_session(leave_a_type_to_the_server, thing_table);
}
BOOST_AUTO_TEST_CASE(an_explicit_transaction_spans_several_runs) {
    with_session(span_a_transaction_over_runs, thing_table);
}
BOOST_AUTO_TEST_CASE(a_constraint_checked_at_the_commit_is_reported) {
    with_session(refuse_the_commit,
                 "CREATE TABLE thing (id int PRIMARY KEY);"
                 "CREATE TABLE part (thing int REFERENCES thing DEFERRABLE INITIALLY DEFERRED)");
}
BOOST_AUTO_TEST_CASE(ten_thousand_statements_go_in_one_run) {
    with_session(run_ten_thousand, thing_table);
}
BOOST_AUTO_TEST_CASE(a_run_larger_than_the_sockets_does_not_block) {
    with_session(send_more_than_sockets_hold);
}
BOOST_AUTO_TEST_CASE(a_missed_deadline_gives_the_connection_up) {
    with_session(miss_a_deadline);
}
BOOST_AUTO_TEST_CASE(each_run_has_its_own_deadline) {
    with_session(keep_each_deadline);
}
BOOST_AUTO_TEST_CASE(a_session_ended_in_a_query_is_a_lost_connection) {
    with_session(lose_the_server_in_a_query);
}
BOOST_AUTO_TEST_CASE(a_session_ended_while_idle_is_noticed) {
    with_session(lose_the_server_while_idle);
}
BOOST_AUTO_TEST_CASE(two_runs_at_once_are_a_bug) {
    with_session(refuse_two_runs_at_once);
}
BOOST_AUTO_TEST_CASE(notifications_are_heard_waiting_and_beside_a_run) {
    with_session(hear_notifications);
}
BOOST_AUTO_TEST_CASE(the_server_enforces_the_statement_timeout) {
    const database db;
    test::run_on_io([&](executor ex) { return enforce_the_statement_timeout(ex, db); });
}
BOOST_AUTO_TEST_CASE(the_server_ends_a_transaction_left_idle) {
    const database db;
    test::run_on_io([&](executor ex) { return end_an_idle_transaction(ex, db); });
}
BOOST_AUTO_TEST_CASE(notices_go_to_the_callback) {
    const database db;
    test::run_on_io([&](executor ex) { return hand_notices_over(ex, db); });
}

BOOST_AUTO_TEST_CASE(a_refused_connection_fails_at_once) {
    const auto url = "postgresql://x@127.0.0.1:" + std::to_string(test::free_port()) + "/x";
    const auto f =
        test::run_on_io([&](executor ex) { return fail_to_connect(ex, url, test::patience); });
    BOOST_TEST((f.kind == kind::connection_lost));
    BOOST_TEST(f.message.find("refused") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_server_that_says_nothing_times_out) {
    net::io_context io;
    tcp_acceptor silent{io.get_executor(), tcp::endpoint{net::ip::address_v4::loopback(), 0}};
    const auto url =
        "postgresql://x@127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/x";
    const auto f = test::run_on_io([&](executor ex) { return fail_to_connect(ex, url, 50ms); });
    BOOST_TEST((f.kind == kind::timed_out));
}

BOOST_AUTO_TEST_CASE(a_malformed_conninfo_fails_at_once) {
    const auto f = test::run_on_io(
        [&](executor ex) { return fail_to_connect(ex, "postgresql://[", test::patience); });
    BOOST_TEST((f.kind == kind::connection_lost));
}

BOOST_AUTO_TEST_SUITE_END()
