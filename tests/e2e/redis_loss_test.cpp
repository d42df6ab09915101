// Redis carries hints: without it nothing is lost but time.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "common/jobs/envelope.hpp"
#include "tests/support/effects.hpp"
#include "tests/support/redis_session.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

/// A fresh one a test: each of them loses its Redis.
struct world : running_stack {
    void check_complete() {
        BOOST_REQUIRE(every_job_gets_done(base.sql(), 60s));
        BOOST_TEST(faults_of_companies(base.sql()) == "");
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(redis_loss_test)

BOOST_AUTO_TEST_CASE(
    with_redis_dead_companies_are_created_at_once_and_their_jobs_run_all_the_same) {
    world here;
    auto owner = here.owner();
    here.base.redis().kill();
    for (int i = 0; i < 20; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        BOOST_TEST(owner.create({fmt::format("Without Redis {}", i)}).status == 201);
        BOOST_TEST((std::chrono::steady_clock::now() - begin < 1s));
    }
    here.check_complete();
    here.base.redis().restart();  // empty: it keeps nothing on disk
    owner.create_one("With Redis again");
    here.check_complete();
}

BOOST_AUTO_TEST_CASE(with_redis_hung_companies_are_created_at_once) {
    world here;
    auto owner = here.owner();
    here.base.redis().suspend();
    for (int i = 0; i < 20; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        BOOST_TEST(owner.create({fmt::format("Redis hangs {}", i)}).status == 201);
        BOOST_TEST((std::chrono::steady_clock::now() - begin < 1s));
    }
    here.base.redis().resume();
    here.check_complete();
}

BOOST_AUTO_TEST_CASE(flushed_in_the_middle_of_it_redis_loses_no_job) {
    world here;
    auto owner = here.owner();
    redis_session redis{here.base.redis().port()};
    for (int i = 0; i < 60; ++i) {
        BOOST_TEST(owner.create({fmt::format("Flushed {}", i)}).status == 201);
        if (i % 10 == 5) BOOST_TEST(redis.command({"FLUSHALL"}) == "+OK");
    }
    here.check_complete();
}

BOOST_AUTO_TEST_CASE(killed_in_the_middle_of_it_redis_loses_no_job) {
    world here;
    auto owner = here.owner();
    for (int i = 0; i < 60; ++i) {
        BOOST_TEST(owner.create({fmt::format("Killed {}", i)}).status == 201);
        if (i % 20 == 10) here.base.redis().restart();
    }
    here.check_complete();
}

BOOST_AUTO_TEST_CASE(a_consumer_group_that_is_gone_is_made_again) {
    world here;
    auto owner = here.owner();
    redis_session redis{here.base.redis().port()};
    for (const auto* queue : {"provisioning", "billing"}) {
        const auto stream = tenantry::jobs::stream_of(queue);
        BOOST_TEST(eventually([&] {
            return redis.command({"XGROUP", "DESTROY", stream,
                                  std::string{tenantry::jobs::consumer_group}}) == ":1";
        }));
    }
    owner.create_one("Without a group");
    here.check_complete();
}

BOOST_AUTO_TEST_CASE(
    a_worker_that_is_started_without_redis_works_and_reads_hints_once_it_is_there) {
    stack base;
    const auto agency = base.make_agency("Dunder Mifflin");
    const auto api = base.start_api();
    client owner{api.http_port(), agency.key};
    base.redis().kill();
    auto worker = base.start_worker();
    owner.create_one("Early bird");
    BOOST_TEST(every_job_gets_done(base.sql(), 30s));
    worker.await_log("redis is down");
    BOOST_TEST(worker.log().find("consumer group ready") == std::string::npos);
    base.redis().restart();
    worker.await_log("consumer group ready");
}

BOOST_AUTO_TEST_CASE(a_redis_that_may_evict_is_warned_of_and_ends_no_worker) {
    stack base;
    BOOST_TEST(redis_session{base.redis().port()}.command(
                   {"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"}) == "+OK");
    const auto agency = base.make_agency("Dunder Mifflin");
    const auto api = base.start_api();
    auto worker = base.start_worker({}, "noeviction");
    client{api.http_port(), agency.key}.create_one("Early bird");
    BOOST_TEST(every_job_gets_done(base.sql(), 30s));
    BOOST_TEST(worker.running().running());
}

BOOST_AUTO_TEST_SUITE_END()
