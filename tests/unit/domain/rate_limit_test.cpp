#include "common/domain/rate_limit.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenantry::domain;
using namespace std::chrono_literals;

namespace {

constexpr token_bucket::time_point start{};

}  // namespace

BOOST_AUTO_TEST_SUITE(rate_limit_test)

BOOST_AUTO_TEST_CASE(a_full_bucket_holds_its_burst_and_no_more) {
    constexpr rate_limit limit{60, 3};
    token_bucket bucket{limit, start};
    for (const int left : {2, 1, 0}) {
        const auto taken = bucket.take(limit, start);
        BOOST_TEST(taken.granted);
        BOOST_TEST(taken.remaining() == left);
    }
    const auto refused = bucket.take(limit, start);
    BOOST_TEST(!refused.granted);
    BOOST_TEST((refused.retry_after() == 1s));
    BOOST_TEST((refused.full_in() == 3s));
    BOOST_TEST(!bucket.take(limit, start + 999ms).granted);
    BOOST_TEST(bucket.take(limit, start + 1s).granted);
    BOOST_TEST(bucket.take(limit, start + 1h).remaining() == 2);
}

BOOST_AUTO_TEST_CASE(a_minute_gives_the_minutes_figure_back) {
    constexpr rate_limit limit{100, 100};
    token_bucket bucket{limit, start};
    while (bucket.take(limit, start).granted) {
    }
    int granted = 0;
    for (auto now = start; now < start + 60s; now += 10ms)
        granted += bucket.take(limit, now).granted;
    BOOST_TEST(granted >= 99);
    BOOST_TEST(granted <= 100);
}

BOOST_AUTO_TEST_CASE(a_refusal_says_when_to_come_back) {
    constexpr rate_limit slow{2, 1};
    token_bucket bucket{slow, start};
    BOOST_TEST(bucket.take(slow, start).granted);
    const auto refused = bucket.take(slow, start + 10s);
    BOOST_TEST((refused.retry_after() == 20s));
    BOOST_TEST(bucket.take(slow, start + 10s + refused.retry_after()).granted);
}

BOOST_AUTO_TEST_CASE(a_clock_that_steps_back_gives_nothing_and_takes_nothing) {
    constexpr rate_limit limit{60, 2};
    token_bucket bucket{limit, start + 1h};
    BOOST_TEST(bucket.take(limit, start).remaining() == 1);
    BOOST_TEST(bucket.take(limit, start + 1h).remaining() == 0);
}

BOOST_AUTO_TEST_CASE(a_plan_has_a_figure_for_a_surface_for_the_others_or_none) {
    constexpr rate_limit usual{1, 1}, rest{2, 2}, own{3, 3};
    plan_limits limits;
    BOOST_TEST((limits.of("kare", usual) == usual));
    limits.set("*", rest);
    limits.set("kare", own);
    BOOST_TEST((limits.of("kare", usual) == own));
    BOOST_TEST((limits.of("woodpecker", usual) == rest));
}

BOOST_AUTO_TEST_SUITE_END()
