// Whose jobs are next: by weight, in turns, without a place left empty and without anybody
// starving.
#include "worker/fair_share.hpp"

#include <rapidcheck.h>

#include <boost/test/unit_test.hpp>
#include <map>
#include <numeric>

using namespace tenantry;
using namespace std::chrono_literals;
using worker::fair_share;

namespace {

const fair_share::time_point start{};

domain::agency_id agency(std::int64_t id) {
    return domain::agency_id{id};
}

fair_share with(int agencies) {
    fair_share all;
    for (int i = 1; i <= agencies; ++i) all.add(agency(i));
    return all;
}

int sum(const std::vector<fair_share::share>& shares) {
    return std::accumulate(shares.begin(), shares.end(), 0,
                           [](int n, const auto& share) { return n + share.jobs; });
}

/// Everybody had all that was dealt, at these weights; what each got.
std::map<std::int64_t, int> serve(fair_share& all, int jobs,
                                  const std::map<std::int64_t, int>& weights) {
    std::map<std::int64_t, int> got;
    for (const auto& share : all.deal(jobs, 100, start)) {
        got[share.agency.value()] += share.jobs;
        all.settle(share, share.jobs, weights.at(share.agency.value()), {});
    }
    return got;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fair_share_test)

BOOST_AUTO_TEST_CASE(nobody_is_dealt_nothing) {
    fair_share none;
    BOOST_TEST(!none.has_turns(start));
    BOOST_TEST(none.deal(10, 100, start).empty());
}

BOOST_AUTO_TEST_CASE(one_agency_alone_has_every_place) {
    auto all = with(1);
    const auto shares = all.deal(512, 100, start);
    BOOST_TEST_REQUIRE(shares.size() == 1u);
    BOOST_TEST(shares[0].jobs == 512);
}

BOOST_AUTO_TEST_CASE(a_newcomer_has_the_next_place_but_one) {
    auto all = with(1);
    const std::map<std::int64_t, int> weights{{1, 1}, {2, 1}};
    for (int i = 0; i < 10; ++i) serve(all, 1, weights);
    all.add(agency(2));
    int waited = 0;
    while (!serve(all, 1, weights).contains(2)) ++waited;
    BOOST_TEST(waited <= 1);
}

BOOST_AUTO_TEST_CASE(places_are_dealt_by_weight_also_one_at_a_time) {
    for (const int at_once : {1, 3, 7, 100}) {
        auto all = with(3);
        const std::map<std::int64_t, int> weights{{1, 1}, {2, 2}, {3, 5}};
        serve(all, 3, weights);  // in which the weights become known
        std::map<std::int64_t, int> got;
        for (int dealt = 0; dealt < 4200; dealt += at_once)
            for (const auto& [id, jobs] : serve(all, at_once, weights)) got[id] += jobs;
        const double total = got[1] + got[2] + got[3];
        BOOST_TEST(got[1] / total == 1.0 / 8, boost::test_tools::tolerance(0.02));
        BOOST_TEST(got[2] / total == 2.0 / 8, boost::test_tools::tolerance(0.02));
        BOOST_TEST(got[3] / total == 5.0 / 8, boost::test_tools::tolerance(0.02));
    }
}

BOOST_AUTO_TEST_CASE(who_has_no_more_leaves_unless_it_is_added_meanwhile) {
    auto all = with(2);
    const auto shares = all.deal(4, 100, start);
    BOOST_TEST_REQUIRE(shares.size() == 2u);
    all.add(agency(1));
    all.settle(shares[0], 0, 1, {});
    all.settle(shares[1], 0, 1, {});
    const auto next = all.deal(4, 100, start);
    BOOST_TEST_REQUIRE(next.size() == 1u);
    BOOST_TEST((next[0].agency == agency(1)));
    BOOST_TEST(next[0].jobs == 4);
}

BOOST_AUTO_TEST_CASE(who_rests_is_skipped_until_it_has_rested) {
    auto all = with(2);
    const auto shares = all.deal(2, 100, start);
    all.settle(shares[0], 0, 1, start + 1s);
    all.settle(shares[1], 1, 1, {});
    BOOST_TEST((all.next_turn() == start + 1s));
    const auto skipping = all.deal(2, 100, start + 999ms);
    BOOST_TEST_REQUIRE(skipping.size() == 1u);
    BOOST_TEST(skipping[0].jobs == 2);
    all.settle(skipping[0], 2, 1, {});
    BOOST_TEST(all.deal(2, 100, start + 1s).size() == 2u);
    BOOST_TEST(!all.next_turn().has_value());
}

BOOST_AUTO_TEST_CASE(places_of_who_was_deferred_are_kept_for_it) {
    auto all = with(2);
    const std::map<std::int64_t, int> weights{{1, 1}, {2, 4}};
    serve(all, 2, weights);
    const auto shares = all.deal(10, 100, start);
    BOOST_TEST_REQUIRE(shares.size() == 2u);
    BOOST_TEST(shares[1].jobs == 8);
    all.settle(shares[0], 2, 1, {});
    all.defer(shares[1], start + 3ms);
    BOOST_TEST((all.next_turn() == start + 3ms));
    all.wake(agency(2));
    BOOST_TEST(all.deal(8, 100, start + 1ms).empty());
    // Eight of these 13 are kept; of the others it is its turn first, for four.
    const auto meanwhile = all.deal(13, 100, start + 2ms);
    BOOST_TEST_REQUIRE(meanwhile.size() == 1u);
    BOOST_TEST((meanwhile[0].agency == agency(1)));
    BOOST_TEST(meanwhile[0].jobs == 1);
    all.settle(meanwhile[0], 1, 1, {});
    const auto then = all.deal(12, 100, start + 3ms);
    BOOST_TEST_REQUIRE(then.size() == 1u);
    BOOST_TEST((then[0].agency == agency(2)));
    BOOST_TEST(then[0].jobs == 12);
    all.settle(then[0], 12, 4, {});
    BOOST_TEST(!all.next_turn().has_value());
}

BOOST_AUTO_TEST_CASE(who_is_deferred_again_and_again_keeps_its_places_from_others_no_more) {
    auto all = with(2);
    auto now = start;
    int deferred = 0;
    for (; deferred < 100; ++deferred) {
        const auto shares = all.deal(4, 100, now);
        const auto first =
            std::ranges::find(shares, agency(1), [](const auto& share) { return share.agency; });
        if (first == shares.end()) break;
        for (const auto& share : shares) {
            if (share.agency == agency(1)) {
                all.defer(share, now + 3ms);
            } else {
                all.settle(share, share.jobs, 1, {});
            }
        }
        now += 3ms;
        if (sum(all.deal(4, 100, now - 1ms)) == 4) break;
    }
    BOOST_TEST(deferred >= 4);
    BOOST_TEST(deferred < 20);
    BOOST_TEST(all.has_turns(now));
}

BOOST_AUTO_TEST_CASE(a_rest_is_not_cut_short_by_being_added) {
    auto all = with(1);
    all.settle(all.deal(1, 100, start).front(), 0, 1, start + 1s);
    all.add(agency(1));
    BOOST_TEST(!all.has_turns(start));
    BOOST_TEST(all.has_turns(start + 1s));
}

BOOST_AUTO_TEST_CASE(a_deal_is_to_so_many_and_the_next_one_to_the_others) {
    auto all = with(5);
    std::vector<std::int64_t> served;
    for (int deal = 0; deal < 3; ++deal)
        for (const auto& share : all.deal(4, 2, start)) {
            BOOST_TEST(share.jobs == 2);
            served.push_back(share.agency.value());
            all.settle(share, share.jobs, 1, {});
        }
    const std::vector<std::int64_t> expected{1, 2, 3, 4, 5, 1};
    BOOST_TEST(served == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_is_woken_has_its_turn_again) {
    auto all = with(1);
    all.settle(all.deal(1, 100, start).front(), 0, 1, start + 1s);
    all.wake(agency(1));
    all.wake(agency(2));
    BOOST_TEST(all.has_turns(start));
    BOOST_TEST(all.deal(1, 100, start).size() == 1u);
}

// Against any history: every place is dealt while somebody has a turn, nobody is dealt to twice,
// and whoever stays is dealt to before anybody else has had more than its weight since.
BOOST_AUTO_TEST_CASE(no_place_is_left_empty_and_nobody_starves) {
    const bool held = rc::check([] {
        fair_share all;
        std::map<std::int64_t, int> weights, backlog, since;
        for (int step = 0; step < 200; ++step) {
            const auto who = *rc::gen::inRange<std::int64_t>(1, 6);
            if (*rc::gen::inRange(0, 3) == 0) {
                weights.try_emplace(who, *rc::gen::inRange(1, 5));
                backlog[who] += *rc::gen::inRange(1, 30);
                all.add(agency(who));
            }
            const auto jobs = *rc::gen::inRange(1, 12);
            const bool any = all.has_turns(start);
            const auto shares = all.deal(jobs, 100, start);
            RC_ASSERT(sum(shares) == (any ? jobs : 0));
            for (const auto& share : shares) {
                auto& left = backlog[share.agency.value()];
                const auto had = std::min(left, share.jobs);
                left -= had;
                all.settle(share, had, weights[share.agency.value()], {});
                for (auto& [id, n] : since)
                    if (id != share.agency.value()) n += had;
                since[share.agency.value()] = 0;
                if (left == 0) since.erase(share.agency.value());
            }
            // A round serves every weight once; a deal may go round several times.
            for (const auto& [id, n] : since) RC_ASSERT(n <= 2 * (5 * 4 + 12));
        }
    });
    BOOST_TEST(held);
}

// Places are kept for who is deferred, and so its weight, whenever that happens and whatever places
// come free meanwhile; never are more handed out than there are.
BOOST_AUTO_TEST_CASE(who_is_deferred_has_its_weight_all_the_same) {
    const bool held = rc::check([] {
        auto all = with(2);
        const std::map<std::int64_t, int> weights{{1, 1}, {2, 4}};
        serve(all, 2, weights);
        auto now = start;
        int free = *rc::gen::inRange(1, 40);
        std::map<std::int64_t, int> got, deferred;
        while (got[1] + got[2] < 2000) {
            const auto shares = all.deal(free, 100, now);
            RC_ASSERT(sum(shares) <= free);
            for (const auto& share : shares) {
                const auto who = share.agency.value();
                if (deferred[who] < 4 && *rc::gen::inRange(0, 2) == 0) {
                    ++deferred[who];
                    all.defer(share, now + 3ms);
                    continue;
                }
                deferred[who] = 0;
                got[who] += share.jobs;
                free -= share.jobs;
                all.settle(share, share.jobs, weights.at(who), {});
            }
            RC_ASSERT(free >= 0);
            free += *rc::gen::inRange(1, 6);
            now += 1ms;
        }
        const double light = got[1], heavy = got[2];
        RC_ASSERT(heavy / light > 3);
        RC_ASSERT(heavy / light < 5);
    });
    BOOST_TEST(held);
}

BOOST_AUTO_TEST_SUITE_END()
