// An API that is killed under load: what it answered 201 is there, and what it did not answer is
// whole or absent.
#include <boost/test/unit_test.hpp>
#include <csignal>

#include "tests/support/effects.hpp"
#include "tests/support/load.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

constexpr int connections = 8;

}  // namespace

BOOST_AUTO_TEST_SUITE(crash_api_test)

BOOST_AUTO_TEST_CASE(killed_under_load_the_api_keeps_every_promise_it_made) {
    running_stack here;
    for (int round = 0; round < 3; ++round) {
        auto api = here.base.start_api();
        const auto agency = here.base.make_agency("Agency of a round");
        load_of_creates load{api.http_port(), agency.key, connections};
        BOOST_REQUIRE(eventually([&] { return load.created() >= 100; }));
        api.running().signal(SIGKILL);
        BOOST_REQUIRE((api.running().wait() == std::optional{128 + SIGKILL}));
        const auto attempts = load.finish();
        BOOST_TEST(faults_of_attempts(here.base.sql(), agency.id, attempts) == "");
        for (const auto& a : attempts) BOOST_TEST((a.status == 201 || a.status == 0));
        // With its own agency's key, since the API that is left is another one.
        client survivor{here.api.http_port(), agency.key};
        const auto& first = attempts.front();
        BOOST_TEST(survivor.get(company_path(first.ids.at(0))).text("/name") == first.names[0]);
        BOOST_TEST(survivor.get(company_path(first.ids.at(0), "/api_keys")).size("/content") == 1);
    }
    BOOST_REQUIRE(every_job_gets_done(here.base.sql(), 60s));
    BOOST_TEST(faults_of_companies(here.base.sql()) == "");
}

BOOST_AUTO_TEST_CASE(killed_before_the_hint_reaches_redis_the_jobs_run_all_the_same) {
    running_stack here;
    auto owner = here.owner();
    // Redis takes nothing in while it hangs: what the API posted dies with it.
    here.base.redis().suspend();
    for (int i = 0; i < 20; ++i) owner.create_one("Unhinted " + std::to_string(i));
    here.api.running().signal(SIGKILL);
    BOOST_REQUIRE((here.api.running().wait() == std::optional{128 + SIGKILL}));
    here.base.redis().resume();
    BOOST_REQUIRE(every_job_gets_done(here.base.sql(), 60s));
    BOOST_TEST(faults_of_companies(here.base.sql()) == "");
}

BOOST_AUTO_TEST_SUITE_END()
