// Requests go first, and jobs never stop for them.
#include "worker/throttle.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using tenantry::worker::throttle;

namespace {

constexpr throttle::time_point start{};

/// Claims 10 ms apart, each beside statements that the last one did not see.
class claims {
public:
    explicit claims(throttle& t) : throttle_{t} {}

    void beside(int statements, std::optional<throttle::duration> oldest = 0s) {
        std::vector<std::int64_t> snapshots;
        for (int i = 0; i < statements; ++i) snapshots.push_back(++last_);
        throttle_.observe(now_ += 10ms, snapshots, oldest);
    }
    void wait(throttle::time_point::duration time) { now_ += time; }

private:
    throttle& throttle_;
    throttle::time_point now_ = start;
    std::int64_t last_ = 0;
};

/// That many other statements at every `among`th claim, until the average is theirs.
throttle beside(int statements, double cpus = 2, throttle::duration yield_for = 30s,
                int among = 1) {
    throttle t{cpus, yield_for};
    claims all{t};
    for (int i = 0; i < 200; ++i) all.beside(i % among == 0 ? statements : 0);
    return t;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(throttle_test)

BOOST_AUTO_TEST_CASE(alone_jobs_take_what_there_is) {
    for (const int statements : {0, 1}) {
        const auto t = beside(statements, 2, 30s, 20);
        BOOST_TEST(t.most_batches() == throttle::no_limit);
        BOOST_TEST((t.pause_after(1s) == 0s));
    }
}

BOOST_AUTO_TEST_CASE(jobs_take_the_processors_that_are_left) {
    const auto t = beside(2, 8);
    BOOST_TEST(t.most_batches() == 4u);
    BOOST_TEST((t.pause_after(1s) == 0s));
    const auto beside_one = beside(1, 2.5);
    BOOST_TEST(beside_one.most_batches() == 1u);
    BOOST_TEST(beside_one.pause_after(1s).count() == 1.0, boost::test_tools::tolerance(0.01));
}

BOOST_AUTO_TEST_CASE(a_tenth_of_one_is_theirs_however_busy_it_is) {
    const auto t = beside(25);
    BOOST_TEST(t.most_batches() == 1u);
    BOOST_TEST(t.pause_after(1s).count() == 9.0);
}

BOOST_AUTO_TEST_CASE(a_moment_is_no_load) {
    throttle t{2, 30s};
    claims{t}.beside(1);
    BOOST_TEST(t.most_batches() == throttle::no_limit);
}

// Claims are half a second apart then.
BOOST_AUTO_TEST_CASE(a_load_that_has_ended_is_forgotten_in_a_few_claims) {
    auto t = beside(4);
    BOOST_TEST(t.pause_after(1s).count() == 9.0);
    claims next{t};
    next.wait(1h);
    for (int i = 0; i < 5; ++i) {
        next.wait(500ms);
        next.beside(0);
    }
    BOOST_TEST((t.pause_after(1s) == 0s));
}

BOOST_AUTO_TEST_CASE(who_holds_a_snapshot_for_long_is_no_request_at_work) {
    throttle t{2, 30s};
    const std::vector<std::int64_t> dump{1, 2, 3};
    for (int i = 0; i < 100; ++i) t.observe(start + i * 20ms, dump, 0s);
    BOOST_TEST(t.most_batches() == throttle::no_limit);
    BOOST_TEST(t.busy() < 0.1);
}

BOOST_AUTO_TEST_CASE(who_is_late_yields_to_nobody_until_half_of_it_is_caught_up_with) {
    auto t = beside(1);
    claims next{t};
    next.wait(1h);
    const auto yields = [&](std::optional<throttle::duration> oldest) {
        next.beside(1, oldest);
        return t.most_batches() == 1;
    };
    BOOST_TEST(yields(29s));
    BOOST_TEST(!yields(30s));
    BOOST_TEST(!yields(0s));            // another queue's, which is not late
    BOOST_TEST(!yields(std::nullopt));  // nobody's
    next.wait(900ms);
    BOOST_TEST(!yields(15s));
    next.wait(900ms);
    BOOST_TEST(!yields(14s));
    next.wait(900ms);
    BOOST_TEST(yields(14s));
    BOOST_TEST(!yields(31s));
}

BOOST_AUTO_TEST_CASE(zero_never_yields) {
    const auto t = beside(1, 2, 0s);
    BOOST_TEST(t.most_batches() == throttle::no_limit);
    BOOST_TEST((t.pause_after(1s) == 0s));
}

BOOST_AUTO_TEST_SUITE_END()
