// The bucket that processes share in Redis, and the one that serves while it is away.
#include "api/guard/rate_limiter.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "common/runtime/spawn.hpp"
#include "tests/integration/redis/session.hpp"

using namespace tenantry;
using namespace std::chrono_literals;
using guard::rate_limiter;
using test::with_redis;

namespace {

constexpr domain::agency_id agency{7}, other{8};
constexpr domain::rate_limit three{1, 3};  // nothing comes back while a test runs

task<domain::allowance> take(rate_limiter& limiter, domain::agency_id whose,
                             std::string_view surface, domain::rate_limit limit) {
    auto counting = limiter.begin(co_await net::this_coro::executor, whose, surface, limit);
    co_return co_await limiter.end(std::move(counting));
}

/// How many of `attempts` are granted.
task<int> granted_of(rate_limiter& limiter, int attempts, domain::agency_id whose = agency,
                     const char* surface = "kare") {
    int granted = 0;
    for (int i = 0; i < attempts; ++i) {
        const auto taken = co_await take(limiter, whose, surface, three);
        granted += taken.granted;
    }
    co_return granted;
}

task<> share_one_bucket(redis::connection& c, test::redis_server&) {
    guard::local_buckets here, there;
    rate_limiter first{c, here}, second{c, there};
    BOOST_TEST(co_await granted_of(first, 2) == 2);
    const auto taken = co_await take(second, agency, "kare", three);
    BOOST_TEST(taken.granted);
    BOOST_TEST(taken.remaining() == 0);
    BOOST_TEST((taken.full_in() > 170s && taken.full_in() <= 180s));
    const auto refused = co_await take(first, agency, "kare", three);
    BOOST_TEST(!refused.granted);
    BOOST_TEST((refused.retry_after() > 50s && refused.retry_after() <= 60s));
    BOOST_TEST(co_await granted_of(first, 4, other) == 3);
    BOOST_TEST(co_await granted_of(first, 4, agency, "stablesea") == 3);
}

task<> take_one(rate_limiter& limiter, std::vector<domain::allowance>& taken) {
    taken.push_back(co_await take(limiter, agency, "kare", three));
}

task<std::int64_t> script_calls(redis::connection& c) {
    const auto stats = co_await test::say(c, "INFO commandstats");
    const auto& text = stats.value().text;
    const auto at = text.find("cmdstat_evalsha:calls=");
    co_return at == text.npos ? 0 : std::stoll(text.substr(text.find('=', at) + 1));
}

/// The first goes at once, the others together while it is under way.
task<> count_together(redis::connection& c, test::redis_server&) {
    constexpr std::size_t crowd = 20;
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    co_await take(limiter, other, "kare", three);  // Redis knows the script from here
    const auto before = co_await script_calls(c);
    std::vector<domain::allowance> taken;
    for (std::size_t i = 0; i < crowd; ++i)
        spawn(co_await net::this_coro::executor, take_one(limiter, taken));
    co_await test::until([&taken] { return taken.size() == crowd; });
    BOOST_TEST(co_await script_calls(c) - before == 2);
    std::vector<std::int64_t> left;
    for (const auto& each : taken)
        if (each.granted) left.push_back(each.remaining());
    std::ranges::sort(left);
    BOOST_TEST(left == (std::vector<std::int64_t>{0, 1, 2}), boost::test_tools::per_element());
    for (const auto& each : taken)
        if (!each.granted) BOOST_TEST((each.retry_after() > 50s && each.retry_after() <= 60s));
}

constexpr domain::rate_limit many{1, 128};
constexpr int half_of_many = 64, ahead_of_many = 2;

/// Whether it is granted ahead, and whether in the end.
task<std::pair<bool, bool>> ways_of(rate_limiter& limiter) {
    auto counting = limiter.begin(co_await net::this_coro::executor, agency, "kare", many);
    const bool ahead = counting.is_granted_ahead();
    const auto ended = co_await limiter.end(std::move(counting));
    co_return std::pair{ahead, ended.granted};
}

task<> grant_ahead(redis::connection& c, test::redis_server&) {
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    int ahead = 0, granted = 0;
    for (int i = 0; i < many.burst + 2; ++i) {
        const auto [first, second] = co_await ways_of(limiter);
        ahead += first;
        granted += second;
    }
    BOOST_TEST(granted == many.burst);
    // Nothing was known of the first, and too little was left for the second half.
    BOOST_TEST(ahead == half_of_many);
}

task<> grant_few_ahead(redis::connection& c, test::redis_server&) {
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    co_await take(limiter, agency, "kare", many);
    const auto here = co_await net::this_coro::executor;
    for (int time = 0; time < 2; ++time) {
        int ahead = 0, granted = 0;
        std::vector<rate_limiter::count> counts;
        for (int i = 0; i < 2 * many.burst; ++i) {
            counts.push_back(limiter.begin(here, agency, "kare", many));
            ahead += counts.back().is_granted_ahead();
        }
        for (auto& each : counts) {
            const auto ended = co_await limiter.end(std::move(each));
            granted += ended.granted;
        }
        BOOST_TEST(ahead == (time == 0 ? ahead_of_many : 0));
        BOOST_TEST(granted == (time == 0 ? many.burst - 1 : 0));
    }
}

task<> keep_what_was_granted_ahead(redis::connection& c, test::redis_server&) {
    guard::local_buckets here, there;
    rate_limiter limiter{c, here}, rival{c, there};
    co_await take(limiter, agency, "kare", many);
    for (int i = 1; i < many.burst; ++i) co_await take(rival, agency, "kare", many);
    const auto in_that_moment = co_await ways_of(limiter);
    BOOST_TEST((in_that_moment == std::pair{true, true}));
    const auto afterwards = co_await ways_of(limiter);
    BOOST_TEST((afterwards == std::pair{false, false}));
}

task<> give_back_by_time(redis::connection& c, test::redis_server&) {
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    constexpr domain::rate_limit quick{6000, 1};  // one in 10 ms
    steady_timer pause{co_await net::this_coro::executor};
    BOOST_TEST((co_await take(limiter, agency, "kare", quick)).granted);
    domain::allowance taken{quick, false};
    for (int i = 0; i < 100 && !taken.granted; ++i) {
        pause.expires_after(2ms);
        co_await pause.async_wait(use_task);
        taken = co_await take(limiter, agency, "kare", quick);
    }
    BOOST_TEST(taken.granted);
}

task<> expire_when_full(redis::connection& c, test::redis_server&) {
    guard::local_buckets local;
    rate_limiter limiter{c, local};
    BOOST_TEST(co_await granted_of(limiter, 1) == 1);
    const auto life = co_await test::say(c, "PTTL tenantry:rate:7:kare");
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
BOOST_AUTO_TEST_CASE(while_plenty_is_left_nobody_waits_for_the_count) {
    with_redis(grant_ahead);
}
BOOST_AUTO_TEST_CASE(of_a_crowd_few_are_granted_ahead_and_no_more_than_there_are) {
    with_redis(grant_few_ahead);
}
BOOST_AUTO_TEST_CASE(what_was_granted_ahead_stays_granted_and_no_more_is) {
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
