// Requests for the same names at the same moment: one wins, and of the others nothing remains.
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/support/at_once.hpp"
#include "tests/support/effects.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;
using strings = std::vector<std::string>;

constexpr int rounds = 50;
constexpr int contenders = 8;

running_stack& shared() {
    static running_stack s;
    return s;
}

/// Keys, jobs and audit events of companies that are not there, and companies short of theirs.
std::string leftovers() {
    return shared().base.sql().execute(R"(
        SELECT concat_ws(' ',
            (SELECT count(*) FROM tenantry.api_key k WHERE company_id IS NOT NULL AND NOT EXISTS
                (SELECT FROM tenantry.company c WHERE c.company_id = k.company_id)),
            (SELECT count(*) FROM tenantry.job j WHERE NOT EXISTS
                (SELECT FROM tenantry.company c WHERE c.company_id = j.company_id)),
            (SELECT count(*) FROM tenantry.audit_event e WHERE company_id IS NOT NULL AND NOT EXISTS
                (SELECT FROM tenantry.company c WHERE c.company_id = e.company_id)),
            (SELECT count(*) FROM tenantry.idempotency_record)))");
}

std::int64_t deadlocks() {
    return shared().base.sql().number(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
}

/// Each contender keeps its connection over all rounds: what is measured is the race, not
/// connecting.
std::vector<client> open_connections() {
    std::vector<client> all;
    for (int i = 0; i < contenders; ++i) {
        all.push_back(shared().owner());
        BOOST_REQUIRE(all.back().get("/healthz").status == 200);
    }
    return all;
}

/// One 201, 422 for the rest.
void check_one_winner(const std::vector<http_reply>& replies) {
    int created = 0;
    for (const auto& reply : replies) {
        BOOST_TEST((reply.status == 201 || reply.status == 422), reply.body);
        created += reply.status == 201;
    }
    BOOST_TEST(created == 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(race_test)

BOOST_AUTO_TEST_CASE(of_many_requests_for_one_name_one_wins) {
    auto connections = open_connections();
    for (int round = 0; round < rounds; ++round) {
        const auto name = fmt::format("Wanted {}", round);
        check_one_winner(at_once(contenders, [&](int i) { return connections[i].create({name}); }));
    }
    BOOST_TEST(shared().base.sql().number(
                   "SELECT count(*) FROM tenantry.company WHERE name LIKE 'Wanted %'") == rounds);
}

BOOST_AUTO_TEST_CASE(of_requests_for_the_same_ten_names_in_opposite_orders_one_wins) {
    auto connections = open_connections();
    for (int round = 0; round < rounds; ++round) {
        strings forwards;
        for (int i = 0; i < 10; ++i) forwards.push_back(fmt::format("Ten {}-{}", round, i));
        const strings backwards{forwards.rbegin(), forwards.rend()};
        check_one_winner(at_once(contenders, [&](int i) {
            return connections[i].create(i % 2 == 0 ? forwards : backwards);
        }));
    }
    BOOST_TEST(shared().base.sql().number(
                   "SELECT count(*) FROM tenantry.company WHERE name LIKE 'Ten %'") == 10 * rounds);
}

BOOST_AUTO_TEST_CASE(of_requests_that_share_some_names_no_two_that_overlap_win) {
    auto connections = open_connections();
    for (int round = 0; round < rounds; ++round) {
        // Contender i wants names i … i + 3 of a ring of eight, every other one in falling order.
        const auto replies = at_once(contenders, [&](int i) {
            strings names;
            for (int n = 0; n < 4; ++n)
                names.push_back(fmt::format("Ring {}-{}", round, (i + n) % contenders));
            if (i % 2) std::reverse(names.begin(), names.end());
            return connections[i].create(names);
        });
        int created = 0;
        for (const auto& reply : replies) {
            BOOST_TEST((reply.status == 201 || reply.status == 422), reply.body);
            created += reply.status == 201;
        }
        BOOST_TEST((created == 1 || created == 2));
        BOOST_TEST(shared().base.sql().number(fmt::format(
                       "SELECT count(*) FROM tenantry.company WHERE name LIKE 'Ring {}-%'",
                       round)) == 4 * created);
    }
}

BOOST_AUTO_TEST_CASE(a_rename_and_a_creation_of_one_name_have_one_winner) {
    auto connections = open_connections();
    const auto id = connections[0].create_one("Renamed");
    for (int round = 0; round < rounds; ++round) {
        const auto name = fmt::format("Renamed {}", round);
        const auto change = fmt::format(R"({{"name":"{}"}})", name);
        const auto replies = at_once(2, [&](int i) {
            return i == 0 ? connections[0].create({name})
                          : connections[1].patch(company_path(id), change);
        });
        BOOST_TEST((replies[0].status == 201) != (replies[1].status == 200));
        for (const auto& reply : replies)
            BOOST_TEST((reply.status <= 201 || reply.status == 422), reply.body);
    }
}

BOOST_AUTO_TEST_CASE(nothing_remains_of_the_losers_and_nobody_deadlocked) {
    BOOST_TEST(leftovers() == "0 0 0 0");
    BOOST_TEST(deadlocks() == 0);
    BOOST_TEST(shared().api.log().find("40P01") == std::string::npos);
    BOOST_REQUIRE(every_job_gets_done(shared().base.sql(), 60s));
    BOOST_TEST(faults_of_companies(shared().base.sql()) == "");
}

BOOST_AUTO_TEST_SUITE_END()
