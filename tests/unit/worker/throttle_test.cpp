// Requests go first, and jobs never stop for them.
#include "worker/throttle.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using tenantry::worker::throttle;

namespace {

/// Others that keep so many processors busy at every claim, until the average is theirs.
throttle beside(double busy, double cpus = 2, throttle::duration yield_for = 30s) {
    throttle t{cpus, yield_for};
    for (int claims = 0; claims < 100; ++claims) t.observe(busy / 2, 0s);
    return t;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(throttle_test)

BOOST_AUTO_TEST_CASE(alone_jobs_take_what_there_is) {
    for (const double others : {0.0, 0.4}) {
        const auto t = beside(others);
        BOOST_TEST(t.most_batches() == throttle::no_limit);
        BOOST_TEST((t.pause_after(1s) == 0s));
    }
}

BOOST_AUTO_TEST_CASE(jobs_take_the_processors_that_are_left) {
    const auto t = beside(4, 8);
    BOOST_TEST(t.most_batches() == 4u);
    BOOST_TEST((t.pause_after(1s) == 0s));
    const auto beside_one = beside(1.5);
    BOOST_TEST(beside_one.most_batches() == 1u);
    BOOST_TEST(beside_one.pause_after(1s).count() == 1.0, boost::test_tools::tolerance(0.01));
}

BOOST_AUTO_TEST_CASE(a_quarter_of_one_is_theirs_however_busy_it_is) {
    const auto t = beside(50);
    BOOST_TEST(t.most_batches() == 1u);
    BOOST_TEST(t.pause_after(1s).count() == 3.0);
}

BOOST_AUTO_TEST_CASE(a_moment_is_no_load) {
    throttle t{2, 30s};
    t.observe(1, 0s);
    BOOST_TEST(t.most_batches() == throttle::no_limit);
}

BOOST_AUTO_TEST_CASE(who_is_late_yields_to_nobody_until_half_of_it_is_caught_up_with) {
    auto t = beside(2);
    const auto yields = [&t](throttle::duration oldest) {
        t.observe(1, oldest);
        return t.most_batches() == 1;
    };
    BOOST_TEST(yields(29s));
    BOOST_TEST(!yields(30s));
    BOOST_TEST(!yields(15s));
    BOOST_TEST(yields(14s));
    BOOST_TEST(!yields(31s));
}

BOOST_AUTO_TEST_CASE(zero_never_yields) {
    const auto t = beside(2, 2, 0s);
    BOOST_TEST(t.most_batches() == throttle::no_limit);
    BOOST_TEST((t.pause_after(1s) == 0s));
}

BOOST_AUTO_TEST_SUITE_END()
