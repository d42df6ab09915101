#include "common/redis/connection.hpp"

#include <boost/test/unit_test.hpp>

#include "common/redis/scripts.hpp"
#include "tests/integration/redis/session.hpp"

using namespace tenantry;
using namespace tenantry::redis;
using namespace std::chrono_literals;
using kind = enum failure::kind;
using test::redis_server;
using test::say;
using test::until;
using test::with_redis;
using type = enum reply::type;

namespace {

deadline soon() {
    return deadline_in(test::patience);
}

task<> read_every_type(connection& c, redis_server&) {
    auto status = co_await say(c, "SET k v");
    BOOST_TEST((status.value().type == type::status));
    BOOST_TEST(status->text == "OK");
    auto text = co_await say(c, "GET k");
    BOOST_TEST((text.value().type == type::string));
    BOOST_TEST(text->text == "v");
    auto nil = co_await say(c, "GET nothing");
    BOOST_TEST(nil.value().is_nil());
    auto number = co_await say(c, "INCRBY n -5");
    BOOST_TEST((number.value().type == type::integer));
    BOOST_TEST(number->integer == -5);
    auto array = co_await say(c, "MGET k nothing n");
    BOOST_REQUIRE(array.value().elements.size() == 3u);
    BOOST_TEST(array->elements[0].text == "v");
    BOOST_TEST(array->elements[1].is_nil());
    BOOST_TEST(array->elements[2].text == "-5");
    auto refused = co_await say(c, "INCR k");
    BOOST_TEST((refused.error().kind == kind::server));
    BOOST_TEST(is_server_error(refused.error(), "ERR"));
    BOOST_TEST(!is_server_error(refused.error(), "ER"));
}

task<> keep_binary_whole(connection& c, redis_server&) {
    const std::string binary("\0\r\n\xff", 4);
    std::vector<std::string> set;
    set.push_back("SET");
    set.push_back(binary);
    set.push_back(std::string(1 << 20, 'x'));
    (co_await c.command(std::move(set), soon())).value();
    std::vector<std::string> get;
    get.push_back("GET");
    get.push_back(binary);
    auto back = co_await c.command(std::move(get), soon());
    BOOST_TEST((back.value().text == std::string(1 << 20, 'x')));
}

task<> pipeline_in_order(connection& c, redis_server&) {
    std::vector<std::vector<std::string>> commands;
    for (int i = 0; i < 1000; ++i) {
        std::vector<std::string> echo;
        echo.push_back("ECHO");
        echo.push_back(std::to_string(i));
        commands.push_back(std::move(echo));
    }
    commands[500][0] = "NONSENSE";
    auto answers = co_await c.pipeline(std::move(commands), soon());
    BOOST_REQUIRE(answers.value().size() == 1000u);
    for (int i = 0; i < 1000; ++i) {
        if (i == 500)
            BOOST_TEST((*answers)[i].is_error());
        else
            BOOST_TEST((*answers)[i].text == std::to_string(i));
    }
    auto nothing = co_await c.pipeline(std::vector<std::vector<std::string>>(), soon());
    BOOST_TEST(nothing.value().empty());
}

task<> come_back_after_a_crash(connection& c, redis_server& server) {
    server.kill();
    co_await until([&c] { return !c.connected(); });
    auto refused = co_await say(c, "PING");
    BOOST_TEST((refused.error().kind == kind::unavailable));
    const std::array<std::string_view, 1> ping{"PING"};
    BOOST_TEST(!c.post(ping));
    server.restart();
    co_await until([&c] { return c.connected(); });
    auto pong = co_await say(c, "PING");
    BOOST_TEST(pong.value().text == "PONG");
}

task<> fail_those_who_wait(connection& c, redis_server& server) {
    const auto ex = co_await net::this_coro::executor;
    std::optional<failure> told;
    net::co_spawn(ex, say(c, "BLPOP nothing 0"),
                  [&told](std::exception_ptr, result<reply> r) { told = r.error(); });
    co_await net::post(ex, net::use_awaitable_t<executor>());
    server.kill();
    co_await until([&told] { return told.has_value(); });
    BOOST_TEST((told->kind == kind::unavailable));
}

task<> drop_a_late_reply(connection& c, redis_server& server) {
    server.suspend();
    auto late = co_await say(c, "ECHO late", 50ms);
    BOOST_TEST((late.error().kind == kind::timed_out));
    BOOST_TEST(c.connected());
    server.resume();
    auto next = co_await say(c, "ECHO next");
    BOOST_TEST(next.value().text == "next");
}

/// The neighbour's command is behind the one that times out, on the same connection.
task<> spare_the_neighbours(connection& c, redis_server& server) {
    const auto ex = co_await net::this_coro::executor;
    std::optional<std::string> neighbour;
    server.suspend();
    net::co_spawn(ex, say(c, "ECHO neighbour"),
                  [&](std::exception_ptr, result<reply> r) { neighbour = r.value().text; });
    auto late = co_await say(c, "ECHO late", 50ms);
    BOOST_TEST((late.error().kind == kind::timed_out));
    server.resume();
    co_await until([&] { return neighbour.has_value(); });
    BOOST_TEST(*neighbour == "neighbour");
}

task<> give_a_silent_server_up(connection& c, redis_server& server) {
    server.suspend();
    co_await until([&c] { return !c.connected(); });
    server.resume();
    co_await until([&c] { return c.connected(); });
}

task<> cancel_by_stopping(connection& c, redis_server&) {
    const auto ex = co_await net::this_coro::executor;
    std::optional<failure> told;
    net::co_spawn(ex, say(c, "BLPOP nothing 0"),
                  [&told](std::exception_ptr, result<reply> r) { told = r.error(); });
    co_await net::post(ex, net::use_awaitable_t<executor>());
    c.stop();
    co_await until([&told] { return told.has_value(); });
    BOOST_TEST((told->kind == kind::unavailable));
    BOOST_TEST(!c.connected());
}

task<> post_without_waiting(connection& c, redis_server&) {
    const std::array<std::string_view, 3> good{"SET", "posted", "yes"};
    const std::vector<std::string> bad{"INCR", "posted"};
    BOOST_TEST(c.post(good));
    BOOST_TEST(c.post(bad));
    auto read = co_await say(c, "GET posted");
    BOOST_TEST(read.value().text == "yes");
    BOOST_TEST(c.post_errors() == 1u);
}

task<> load_a_script_once(connection& c, redis_server&) {
    const script s("return {KEYS[1], ARGV[1], ARGV[2]}");
    const std::vector<std::string> keys(1, "k");
    std::vector<std::string> arguments(1, "a");
    arguments.push_back("b");
    for (int i = 0; i < 2; ++i) {
        auto answer = co_await evaluate(c, s, keys, arguments, soon());
        BOOST_REQUIRE(answer.value().elements.size() == 3u);
        BOOST_TEST(answer->elements[0].text == "k");
        BOOST_TEST(answer->elements[2].text == "b");
    }
    auto stats = co_await say(c, "INFO commandstats");
    BOOST_TEST(stats.value().text.find("cmdstat_evalsha:calls=2") != std::string::npos);
    BOOST_TEST(stats->text.find("cmdstat_eval:calls=1") != std::string::npos);
    auto flushed = co_await say(c, "SCRIPT FLUSH");
    BOOST_TEST(flushed.has_value());
    auto again = co_await evaluate(c, s, keys, arguments, soon());
    BOOST_TEST(again.has_value());
}

task<> hear_messages(executor ex, redis_server& server) {
    connection_settings settings;
    settings.url = server.url();
    int connects = 0;
    settings.on_connect = [&connects] { ++connects; };
    connection listener(ex, settings);
    settings.on_connect = nullptr;
    connection speaker(ex, settings);
    std::vector<std::string> heard;
    listener.subscribe("news", [&heard](std::string_view text) { heard.emplace_back(text); });
    listener.start();
    speaker.start();
    for (int round = 1; round <= 2; ++round) {
        const auto text = std::to_string(round);
        co_await until([&] { return connects == round && speaker.connected(); });
        // The subscription may take its place a moment after the connection.
        while (heard.empty() || heard.back() != text) {
            auto told = co_await say(speaker, "PUBLISH news " + text);
            BOOST_TEST(told.has_value());
        }
        server.kill();
        co_await until([&] { return !listener.connected() && !speaker.connected(); });
        server.restart();
    }
    listener.stop();
    speaker.stop();
}

task<> log_in(executor ex, redis_server& server) {
    connection_settings settings;
    settings.url = server.url();
    connection open(ex, settings);
    open.start();
    co_await until([&] { return open.connected(); });
    co_await say(open, "ACL SETUSER me on >secret ~* +@all");
    co_await say(open, "CONFIG SET requirepass default-secret");
    settings.url.insert(std::string_view("redis://").size(), "me:secret@");
    settings.url += "/5";
    connection named(ex, settings);
    named.start();
    co_await until([&] { return named.connected(); });
    auto user = co_await say(named, "ACL WHOAMI");
    BOOST_TEST(user.value().text == "me");
    auto info = co_await say(named, "CLIENT INFO");
    BOOST_TEST(info.value().text.find(" db=5 ") != std::string::npos);
    connection_settings wrong;
    wrong.url = server.url();
    wrong.url.insert(std::string_view("redis://").size(), ":wrong@");
    connection refused(ex, wrong);
    refused.start();
    std::size_t refusals = 0;
    while (refusals == 0) {
        auto log = co_await say(open, "ACL LOG");
        refusals = log.value().elements.size();
    }
    BOOST_TEST(!refused.connected());
    open.stop();
    named.stop();
    refused.stop();
}

/// Accepts nothing and answers nothing, which the kernel's backlog hides from the client.
task<> time_the_greeting(executor ex) {
    tcp_acceptor silent(ex, tcp::endpoint(net::ip::address_v4::loopback(), 0));
    connection_settings settings;
    settings.url = "redis://127.0.0.1:" + std::to_string(silent.local_endpoint().port());
    settings.connect_timeout = 20ms;
    connection c(ex, settings);
    c.start();
    int visitors = 0;
    while (visitors < 2) {
        auto [ec, visitor] = co_await silent.async_accept(use_task);
        BOOST_TEST(!ec);
        ++visitors;
        char greeting[64];
        for (;;) {
            auto [end, n] = co_await visitor.async_read_some(net::buffer(greeting), use_task);
            if (end) break;
        }
    }
    BOOST_TEST(!c.connected());
    c.stop();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(redis_connection_test)

BOOST_AUTO_TEST_CASE(replies_of_every_type_are_read) {
    with_redis(read_every_type);
}
BOOST_AUTO_TEST_CASE(binary_and_large_values_stay_whole) {
    with_redis(keep_binary_whole);
}
BOOST_AUTO_TEST_CASE(a_pipeline_is_answered_in_order) {
    with_redis(pipeline_in_order);
}
BOOST_AUTO_TEST_CASE(the_connection_comes_back_after_a_crash) {
    with_redis(come_back_after_a_crash);
}
BOOST_AUTO_TEST_CASE(a_crash_fails_those_who_wait) {
    with_redis(fail_those_who_wait);
}
BOOST_AUTO_TEST_CASE(a_late_reply_is_dropped) {
    with_redis(drop_a_late_reply);
}
BOOST_AUTO_TEST_CASE(a_timeout_spares_the_other_commands) {
    with_redis(spare_the_neighbours);
}
BOOST_AUTO_TEST_CASE(a_silent_server_is_given_up) {
    with_redis(give_a_silent_server_up, [](connection_settings& s) {
        s.heartbeat = 20ms;
        s.silence = 50ms;
        s.connect_timeout = 50ms;
    });
}
BOOST_AUTO_TEST_CASE(stopping_cancels_a_blocking_command) {
    with_redis(cancel_by_stopping);
}
BOOST_AUTO_TEST_CASE(a_posted_command_takes_effect_and_its_error_is_counted) {
    with_redis(post_without_waiting);
}
BOOST_AUTO_TEST_CASE(a_script_is_loaded_where_it_is_not_known) {
    with_redis(load_a_script_once);
}
BOOST_AUTO_TEST_CASE(a_subscription_outlives_the_server) {
    redis_server server;
    test::run_on_io([&](executor ex) { return hear_messages(ex, server); });
}
BOOST_AUTO_TEST_CASE(the_url_logs_in_and_chooses_the_database) {
    redis_server server;
    test::run_on_io([&](executor ex) { return log_in(ex, server); });
}
BOOST_AUTO_TEST_CASE(a_server_that_never_greets_is_tried_again) {
    test::run_on_io([&](executor ex) { return time_the_greeting(ex); });
}

BOOST_AUTO_TEST_SUITE_END()
