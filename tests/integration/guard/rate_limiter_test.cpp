// The bucket that processes share in Redis, and the one that serves while it is away.
#include "api/guard/rate_limiter.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <boost/url.hpp>
#include <cstring>

#include "common/runtime/spawn.hpp"
#include "tests/integration/redis/session.hpp"
#include "tests/support/proxy.hpp"

using namespace tenantry;
using namespace std::chrono_literals;
using guard::rate_limiter;
using test::with_redis;

namespace {

constexpr domain::agency_id agency{7}, other{8};
constexpr domain::rate_limit three{1, 3};  // nothing comes back while a test runs

/// How many of `attempts` are granted.
task<int> granted_of(rate_limiter& limiter, int attempts, domain::agency_id whose = agency,
                     const char* surface = "kare") {
    int granted = 0;
    for (int i = 0; i < attempts; ++i) {
        const auto taken = co_await limiter.take(whose, surface, three);
        granted += taken.granted;
    }
    co_return granted;
}

task<> share_one_bucket(redis::connection& c, test::redis_server&) {
    guard::local_buckets here, there;
    rate_limiter first{c, here}, second{c, there};
    BOOST_TEST(co_await granted_of(first, 2) == 2);
    const auto taken = co_await second.take(agency, "kare", three);
    BOOST_TEST(taken.granted);
    BOOST_TEST(taken.remaining() == 0);
    BOOST_TEST((taken.full_in() > 170s && taken.full_in() <= 180s));
    const auto refused = co_await first.take(agency, "kare", three);
    BOOST_TEST(!refused.granted);
    BOOST_TEST((refused.retry_after() > 50s && refused.retry_after() <= 60s));
    BOOST_TEST(co_await granted_of(first, 4, other) == 3);
    BOOST_TEST(co_await granted_of(first, 4, agency, "stablesea") == 3);
}

task<> take_one(rate_limiter& limiter, domain::rate_limit limit,
                std::vector<domain::allowance>& taken) {
    taken.push_back(co_await limiter.take(agency, "kare", limit));
}

/// What so many get that come at the same time.
task<std::vector<domain::allowance>> take_in_a_crowd(rate_limiter& limiter,
                                                     domain::rate_limit limit, std::size_t crowd) {
    const auto here = co_await net::this_coro::executor;
    std::vector<domain::allowance> taken;
    for (std::size_t i = 0; i < crowd; ++i) spawn(here, take_one(limiter, limit, taken));
    co_await test::until([&taken, crowd] { return taken.size() == crowd; });
    co_return taken;
}

task<std::int64_t> script_calls(redis::connection& c) {
    const auto stats = co_await test::say(c, "INFO commandstats");
    const auto& text = stats.value().text;
    const auto at = text.find("cmdstat_evalsha:calls=");
    co_return at == text.npos ? 0 : std::stoll(text.substr(text.find('=', at) + 1));
}

task<> count_together(redis::connection& c, test::redis_server&) {
    constexpr std::size_t crowd = 20;
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    co_await limiter.take(other, "kare", three);  // Redis knows the script from here
    const auto before = co_await script_calls(c);
    const auto taken = co_await take_in_a_crowd(limiter, three, crowd);
    BOOST_TEST(co_await script_calls(c) - before == 1);
    std::vector<std::int64_t> left;
    for (const auto& each : taken)
        if (each.granted) left.push_back(each.remaining());
    std::ranges::sort(left);
    BOOST_TEST(left == (std::vector<std::int64_t>{0, 1, 2}), boost::test_tools::per_element());
    for (const auto& each : taken)
        if (!each.granted) BOOST_TEST((each.retry_after() > 50s && each.retry_after() <= 60s));
}

// All of them come before the first call goes out, and the next ones of each after the last call.
task<> count_all_agencies_together(redis::connection& c, test::redis_server&) {
    constexpr std::int64_t agencies = 1 + 2 * std::int64_t{rate_limiter::most_together};
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    co_await limiter.take(other, "kare", three);  // Redis knows the script from here
    const auto before = co_await script_calls(c);
    const auto here = co_await net::this_coro::executor;
    int taken = 0;
    std::vector<int> granted;
    const auto take_all = [&](domain::agency_id whose) -> task<> {
        granted.push_back(co_await granted_of(limiter, 4, whose));
        ++taken;
    };
    for (std::int64_t i = 1; i <= agencies; ++i) spawn(here, take_all(domain::agency_id{1000 + i}));
    co_await test::until([&taken] { return taken == agencies; });
    BOOST_TEST(std::ranges::count(granted, 3) == agencies);
    constexpr int rounds = 4, calls_a_round = 3;
    BOOST_TEST(co_await script_calls(c) - before == rounds * calls_a_round);
}

constexpr domain::rate_limit many{1, 128};
constexpr int half_of_many = 64, ahead_of_many = 2;

// Two are granted ahead, the third waits and is counted with them, until less than half is left;
// the first waits too, since nothing is known then.
task<> grant_ahead(redis::connection& c, test::redis_server&) {
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    co_await limiter.take(other, "kare", three);  // Redis knows the script from here
    const auto before = co_await script_calls(c);
    for (int i = 1; i <= many.burst; ++i) {
        const auto taken = co_await limiter.take(agency, "kare", many);
        BOOST_TEST(taken.granted);
        BOOST_TEST(taken.remaining() == many.burst - i);
    }
    BOOST_TEST(!(co_await limiter.take(agency, "kare", many)).granted);
    constexpr int rounds_of_three = 22, in_rounds = 1 + 3 * rounds_of_three;
    BOOST_TEST(co_await script_calls(c) - before ==
               1 + rounds_of_three + (many.burst - in_rounds) + 1);
    co_await limiter.flush();
}

/// All of them at the same time.
task<> take_of_each(rate_limiter& limiter, std::int64_t first, std::size_t agencies) {
    const auto here = co_await net::this_coro::executor;
    std::size_t taken = 0;
    const auto take = [&](domain::agency_id whose) -> task<> {
        co_await limiter.take(whose, "kare", many);
        ++taken;
    };
    for (std::size_t i = 0; i < agencies; ++i)
        spawn(here, take(domain::agency_id{first + static_cast<std::int64_t>(i)}));
    co_await test::until([&] { return taken == agencies; });
}

/// A request is granted at once where something is known of its bucket, so it costs no call then.
task<std::int64_t> calls_of_one(rate_limiter& limiter, redis::connection& c) {
    const auto before = co_await script_calls(c);
    co_await limiter.take(agency, "kare", many);
    co_return co_await script_calls(c) - before;
}

task<> know_no_more_than_so_many(redis::connection& c, test::redis_server&) {
    constexpr std::int64_t others = 1000;
    constexpr std::size_t at_once = 1024;
    static_assert(rate_limiter::most_known % at_once == 0);
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    co_await limiter.take(agency, "kare", many);
    for (std::size_t known = at_once; known < rate_limiter::most_known; known += at_once)
        co_await take_of_each(limiter, others + static_cast<std::int64_t>(known), at_once);
    co_await take_of_each(limiter, others, at_once - 1);
    BOOST_TEST(co_await calls_of_one(limiter, c) == 0);
    co_await limiter.take(other, "kare", many);
    co_await limiter.take(other, "stablesea", many);
    BOOST_TEST(co_await calls_of_one(limiter, c) == 1);
    co_await limiter.flush();
}

/// With so many agencies a count takes several calls, of which each would be in time.
task<> not_wait_for_a_slow_redis(redis::connection&, test::redis_server& server) {
    test::proxy between{server.port()};
    boost::urls::url url{server.url()};
    url.set_port_number(between.port());
    redis::connection_settings settings;
    settings.url = url.buffer();
    redis::connection c{co_await net::this_coro::executor, settings};
    c.start();
    co_await test::until([&c] { return c.connected(); });
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    co_await limiter.take(other, "kare", three);  // Redis knows the script from here
    between.delay(rate_limiter::patience / 3);
    const auto begin = std::chrono::steady_clock::now();
    co_await take_of_each(limiter, 1000, 20 * rate_limiter::most_together);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 5 * rate_limiter::patience));
    co_await limiter.flush();
    c.stop();
}

/// What Redis knows to be left.
task<int> left_of(redis::connection& c, domain::agency_id whose) {
    const auto asked = "GET tenantry:bucket:" + std::to_string(whose.value()) + ":kare";
    const auto found = co_await test::say(c, asked.c_str());
    double left = 0;
    std::memcpy(&left, found.value().text.data(), sizeof left);
    co_return static_cast<int>(left);
}

task<> await_left(redis::connection& c, int left) {
    for (int found = left + 1; found != left;) found = co_await left_of(c, agency);
}

// One is half of what may be granted ahead.
task<> count_half_soon(redis::connection& c, test::redis_server&) {
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    const auto begin = std::chrono::steady_clock::now();
    co_await limiter.take(agency, "kare", many);
    co_await limiter.take(agency, "kare", many);
    co_await await_left(c, many.burst - 2);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < rate_limiter::leisure));
    co_await limiter.flush();
}

constexpr domain::rate_limit very_many{1, 6400};
constexpr int ahead_of_very_many = 100;

task<> count_at_leisure(redis::connection& c, test::redis_server&) {
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    for (int i = 0; i < 3; ++i) co_await limiter.take(agency, "kare", very_many);
    BOOST_TEST(co_await left_of(c, agency) == very_many.burst - 1);
    const auto before = co_await script_calls(c);
    co_await await_left(c, very_many.burst - 3);
    BOOST_TEST(co_await script_calls(c) - before == 1);
    co_await limiter.flush();
}

task<> let_the_requests_of_each_rest(redis::connection& c, test::redis_server&) {
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    constexpr int agencies = 10, each = 1 + ahead_of_very_many / 2 - 1;
    for (int i = 1; i <= agencies; ++i)
        co_await limiter.take(domain::agency_id{i}, "kare", very_many);
    const auto before = co_await script_calls(c);
    for (int n = 1; n < each; ++n)
        for (int i = 1; i <= agencies; ++i)
            co_await limiter.take(domain::agency_id{i}, "kare", very_many);
    BOOST_TEST(co_await script_calls(c) == before);
    co_await limiter.flush();
    BOOST_TEST(co_await script_calls(c) - before == 1);
    for (int i = 1; i <= agencies; ++i)
        BOOST_TEST(co_await left_of(c, domain::agency_id{i}) == very_many.burst - each);
    co_await limiter.flush();
    BOOST_TEST(co_await script_calls(c) - before == 1);
}

// Whoever waits takes along what rests of its bucket, which is counted once.
task<> count_what_rests_once(redis::connection& c, test::redis_server&) {
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    co_await limiter.take(agency, "kare", very_many);
    const auto taken = co_await take_in_a_crowd(limiter, very_many, 3 * ahead_of_very_many);
    BOOST_TEST(std::ranges::count(taken, true, &domain::allowance::granted) == std::ssize(taken));
    co_await limiter.flush();
    BOOST_TEST(co_await left_of(c, agency) == very_many.burst - 1 - std::ssize(taken));
}

task<> grant_no_more_than_there_are(redis::connection& c, test::redis_server&) {
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    co_await limiter.take(agency, "kare", many);
    for (const auto there_are : {many.burst - 1, 0}) {
        const auto taken = co_await take_in_a_crowd(limiter, many, 2 * many.burst);
        BOOST_TEST(std::ranges::count(taken, true, &domain::allowance::granted) == there_are);
    }
    co_await limiter.flush();
}

task<> keep_what_was_granted_ahead(redis::connection& c, test::redis_server&) {
    guard::local_buckets here, there;
    rate_limiter limiter{c, here}, rival{c, there};
    co_await limiter.take(agency, "kare", many);
    for (int i = 1; i < many.burst; ++i) co_await rival.take(agency, "kare", many);
    int granted = 0;
    for (int i = 0; i < half_of_many; ++i) {
        const auto taken = co_await limiter.take(agency, "kare", many);
        granted += taken.granted;
    }
    BOOST_TEST(granted == ahead_of_many);
    co_await limiter.flush();
    co_await rival.flush();
}

task<> give_back_by_time(redis::connection& c, test::redis_server&) {
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    constexpr domain::rate_limit quick{6000, 1};  // one in 10 ms
    steady_timer pause{co_await net::this_coro::executor};
    BOOST_TEST((co_await limiter.take(agency, "kare", quick)).granted);
    domain::allowance taken{quick, false};
    for (int i = 0; i < 100 && !taken.granted; ++i) {
        pause.expires_after(2ms);
        co_await pause.async_wait(use_task);
        taken = co_await limiter.take(agency, "kare", quick);
    }
    BOOST_TEST(taken.granted);
}

task<> expire_when_full(redis::connection& c, test::redis_server&) {
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    BOOST_TEST(co_await granted_of(limiter, 1) == 1);
    const auto life = co_await test::say(c, "PTTL tenantry:bucket:7:kare");
    BOOST_TEST(life.value().integer > 0);
    BOOST_TEST(life.value().integer <= 61'000);
}

task<> serve_without_redis(redis::connection& c, test::redis_server& server) {
    guard::local_buckets local;
    rate_limiter first{c, local}, second{c, local};
    server.kill();
    co_await test::until([&c] { return !c.connected(); });
    BOOST_TEST(co_await granted_of(first, 2) == 2);
    BOOST_TEST(co_await granted_of(second, 2) == 1);  // threads of a process share its buckets
}

task<> not_wait_for_a_silent_redis(redis::connection& c, test::redis_server& server) {
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    server.suspend();
    const auto begin = std::chrono::steady_clock::now();
    BOOST_TEST(co_await granted_of(limiter, 10) == 3);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < rate_limiter::pause));
    server.resume();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rate_limiter_test)

BOOST_AUTO_TEST_CASE(processes_share_a_bucket_for_each_agency_and_surface) {
    with_redis(share_one_bucket);
}
BOOST_AUTO_TEST_CASE(requests_that_come_together_are_counted_with_one_call) {
    with_redis(count_together);
}
BOOST_AUTO_TEST_CASE(requests_of_many_agencies_are_counted_with_few_calls) {
    with_redis(count_all_agencies_together);
}
BOOST_AUTO_TEST_CASE(while_plenty_is_left_nobody_waits_for_the_count) {
    with_redis(grant_ahead);
}
BOOST_AUTO_TEST_CASE(half_of_what_may_be_granted_ahead_is_counted_soon) {
    with_redis(count_half_soon);
}
BOOST_AUTO_TEST_CASE(what_was_granted_ahead_is_counted_though_nobody_waits) {
    with_redis(count_at_leisure);
}
BOOST_AUTO_TEST_CASE(the_requests_of_many_agencies_rest_until_the_end_at_most) {
    with_redis(let_the_requests_of_each_rest);
}
BOOST_AUTO_TEST_CASE(what_rests_goes_with_who_waits_and_is_counted_once) {
    with_redis(count_what_rests_once);
}
BOOST_AUTO_TEST_CASE(a_crowd_is_granted_no_more_than_there_are) {
    with_redis(grant_no_more_than_there_are);
}
BOOST_AUTO_TEST_CASE(few_are_granted_ahead_of_what_others_have_used_up) {
    with_redis(keep_what_was_granted_ahead);
}
BOOST_AUTO_TEST_CASE(what_was_taken_comes_back_by_the_clock_of_redis) {
    with_redis(give_back_by_time);
}
BOOST_AUTO_TEST_CASE(a_bucket_expires_when_it_would_be_full) {
    with_redis(expire_when_full);
}
BOOST_AUTO_TEST_CASE(without_redis_the_process_counts_by_itself) {
    with_redis(serve_without_redis);
}
BOOST_AUTO_TEST_CASE(a_redis_that_hangs_is_waited_for_once) {
    with_redis(not_wait_for_a_silent_redis);
}

BOOST_AUTO_TEST_CASE(a_redis_that_is_slow_holds_up_no_crowd) {
    with_redis(not_wait_for_a_slow_redis);
}
BOOST_AUTO_TEST_CASE(of_more_buckets_than_it_knows_a_thread_forgets_all) {
    with_redis(know_no_more_than_so_many);
}

BOOST_AUTO_TEST_CASE(more_buckets_than_are_kept_start_again) {
    guard::local_buckets local;
    const auto now = std::chrono::steady_clock::now();
    constexpr domain::rate_limit one{1, 1};
    for (std::size_t i = 0; i < guard::local_buckets::most; ++i)
        BOOST_TEST_REQUIRE(local.take(std::to_string(i), one, now).granted);
    BOOST_TEST(!local.take("0", one, now).granted);
    BOOST_TEST(local.take("one more", one, now).granted);
    BOOST_TEST(local.take("0", one, now).granted);
}

BOOST_AUTO_TEST_SUITE_END()
