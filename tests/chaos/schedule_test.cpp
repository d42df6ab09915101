// The schedule is a function of the seed, and no kind of fault is left out.
#include "tests/chaos/schedule.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

namespace {

using namespace tenantry::chaos;
using namespace std::chrono_literals;

constexpr crew two_of_each{};

}  // namespace

BOOST_AUTO_TEST_SUITE(schedule_test)

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_schedule_and_another_seed_another) {
    const auto one = make_schedule(42, 60s, two_of_each);
    BOOST_TEST((one == make_schedule(42, 60s, two_of_each)));
    BOOST_TEST((one != make_schedule(43, 60s, two_of_each)));
}

BOOST_AUTO_TEST_CASE(it_is_the_same_on_every_machine) {
    const auto all = merged(make_schedule(42, shortest_storm, two_of_each));
    BOOST_TEST(to_string(all.at(0)) == "    0.489 s  worker stopped (0) for 5.790 s");
    BOOST_TEST(to_string(all.at(1)) == "    0.562 s  worker killed (1) for 1.407 s");
}

BOOST_AUTO_TEST_CASE(a_longer_storm_begins_as_the_shorter_one_does) {
    const auto shorter = make_schedule(7, 30s, two_of_each);
    const auto longer = make_schedule(7, 300s, two_of_each);
    for (std::size_t i = 0; i < shorter.size(); ++i)
        BOOST_TEST((lane(longer[i].begin(), longer[i].begin() + shorter[i].size()) == shorter[i]));
}

BOOST_AUTO_TEST_CASE(every_lane_has_each_of_its_kinds_however_the_dice_fall) {
    for (std::uint64_t seed = 0; seed < 1000; ++seed)
        for (const auto& each : make_schedule(seed, shortest_storm, two_of_each)) {
            std::set<fault_kind> there;
            for (const auto& f : each) there.insert(f.kind);
            const auto who = traits_of(each.front().kind).victim;
            for (const auto& traits : fault_table)
                if (traits.victim == who)
                    BOOST_TEST(there.contains(traits.kind), traits.name << ", seed " << seed);
        }
}

BOOST_AUTO_TEST_CASE(the_faults_of_a_lane_do_not_overlap) {
    for (std::uint64_t seed = 0; seed < 100; ++seed)
        for (const auto& each : make_schedule(seed, 60s, two_of_each))
            for (std::size_t i = 1; i < each.size(); ++i)
                BOOST_TEST((each[i].at > each[i - 1].at + each[i - 1].length));
}

BOOST_AUTO_TEST_CASE(stops_and_stalls_outlast_the_lease) {
    constexpr std::chrono::milliseconds lease{worker_lease};
    BOOST_TEST(traits_of(fault_kind::worker_stopped).shortest > lease.count());
    BOOST_TEST(traits_of(fault_kind::worker_stalled).least > lease.count());
}

BOOST_AUTO_TEST_CASE(a_storm_too_short_for_every_kind_is_refused) {
    BOOST_CHECK_THROW(make_schedule(1, 10s, two_of_each), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
