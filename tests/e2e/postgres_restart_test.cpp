// PostgreSQL restarted under load, politely and as if it had crashed: the programs go on without a
// restart of their own, and no request is half done.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <csignal>

#include "tests/support/cluster.hpp"
#include "tests/support/effects.hpp"
#include "tests/support/load.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

constexpr int connections = 8;

/// One cluster for all, since it takes seconds to make.
cluster& shared() {
    static cluster c;
    return c;
}

struct world {
    cluster& postgres = shared();
    stack base{postgres.urls()};
    agency_account agency = base.make_agency("Dunder Mifflin");
    program api = base.start_api();
    program worker = base.start_worker();

    client owner() const { return {api.http_port(), agency.key}; }
    http_reply readiness() const { return client{api.http_port(), ""}.get("/readyz"); }
    unsigned workers_readiness() const {
        return client{worker.metrics_port(), ""}.get("/readyz").status;
    }

    /// Restarts it in the middle of a load of creations and holds what became of them against the
    /// database.
    void restart_under_load(int signal) {
        load_of_creates load{api.http_port(), agency.key, connections};
        BOOST_REQUIRE(eventually([&] { return load.created() >= 50; }));
        postgres.stop(signal);
        BOOST_TEST(eventually([this] { return readiness().status == 503; }));
        postgres.start();
        const int before = load.created();
        BOOST_TEST(eventually([&] { return load.created() >= before + 50; }));
        const auto attempts = load.finish();
        sql_session sql = base.new_session();
        BOOST_TEST(faults_of_attempts(sql, agency.id, attempts) == "");
        for (const auto& a : attempts) {
            BOOST_TEST((a.status == 201 || a.status == 503), a.status);
            BOOST_TEST((a.took < 12s));
        }
        BOOST_TEST(eventually([this] { return readiness().status == 200; }));
        BOOST_TEST(every_job_gets_done(sql, 60s));
        BOOST_TEST(faults_of_companies(sql) == "");
        BOOST_TEST(api.running().running());
        BOOST_TEST(worker.running().running());
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(postgres_restart_test)

BOOST_AUTO_TEST_CASE(a_fast_restart_under_load_leaves_nothing_half_done) {
    world{}.restart_under_load(SIGINT);
}

BOOST_AUTO_TEST_CASE(an_immediate_restart_under_load_leaves_nothing_half_done) {
    world{}.restart_under_load(SIGQUIT);
}

BOOST_AUTO_TEST_CASE(while_postgresql_is_away_every_request_is_503_with_retry_after_and_in_time) {
    world here;
    auto owner = here.owner();
    const auto id = owner.create_one("Before the stop");
    here.postgres.stop(SIGINT);
    BOOST_TEST(eventually([&] { return here.readiness().status == 503; }));
    BOOST_TEST(here.readiness().text("/postgres") == "down");
    BOOST_TEST(eventually([&] { return here.workers_readiness() == 503; }));
    BOOST_TEST(owner.get("/healthz").status == 200);
    for (int i = 0; i < 5; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        const auto refused = owner.create({"While it is away"});
        BOOST_TEST(refused.status == 503);
        BOOST_TEST(refused.header("Retry-After") == "1");
        BOOST_TEST(refused.text("/title") == "Service Unavailable");
        BOOST_TEST(owner.get(company_path(id)).status == 503);
        BOOST_TEST((std::chrono::steady_clock::now() - begin < 3s));
    }
    here.postgres.start();
    BOOST_TEST(eventually([&] { return here.readiness().status == 200; }));
    BOOST_TEST(eventually([&] { return here.workers_readiness() == 200; }));
    BOOST_TEST(eventually([&] { return owner.get(company_path(id)).status == 200; }));
    BOOST_TEST(owner.create({"After it came back"}).status == 201);
    auto sql = here.base.new_session();
    BOOST_TEST(every_job_gets_done(sql, 30s));
    BOOST_TEST(
        sql.number("SELECT count(*) FROM tenantry.company WHERE name = 'While it is away'") == 0);
}

BOOST_AUTO_TEST_CASE(an_absence_longer_than_a_lease_is_no_crash_of_the_workers) {
    world here;
    constexpr auto lease = 3s;
    // Each of them would take the job back before its worker can say what became of it.
    std::vector<program> others;
    for (int i = 0; i < 4; ++i) others.push_back(here.base.start_worker({{"sweep", "100ms"}}));
    const auto added = here.base.admin({"job", "add", "--agency", std::to_string(here.agency.id),
                                        "--kind", "pause", "--payload", R"({"ms":1000})"});
    BOOST_REQUIRE(added.status == 0);
    const auto of_the_job = [](sql_session sql, const char* expression) {
        return sql.execute(
            fmt::format("SELECT {} FROM tenantry.job WHERE kind = 'pause'", expression));
    };
    BOOST_REQUIRE(
        eventually([&] { return of_the_job(here.base.new_session(), "state") == "running"; }));
    here.postgres.stop(SIGINT);
    const auto later = std::chrono::steady_clock::now() + lease + 1s;
    BOOST_REQUIRE(eventually([&] { return std::chrono::steady_clock::now() > later; }));
    here.postgres.start();
    auto sql = here.base.new_session();
    BOOST_TEST(every_job_gets_done(sql, 30s));
    BOOST_TEST(of_the_job(here.base.new_session(), "concat_ws(' ', attempts, crashes)") == "2 0");
}

BOOST_AUTO_TEST_CASE(a_program_started_before_its_database_waits_for_it) {
    world here;
    here.postgres.stop(SIGINT);
    auto api = program{"tenantry-api",
                       {{"database-url", here.base.urls().api},
                        {"redis-url", here.base.redis().url()},
                        {"keyring", here.base.keyring().string()},
                        {"http-port", "0"}},
                       here.base.keyring().string() + ".log"};
    auto worker = here.base.start_worker({}, "waiting for the database");
    api.await_log("waiting for the database");
    here.postgres.start();
    api.await_log("\"serving\"");
    worker.await_log("\"working\"");
    BOOST_TEST(client(api.http_port(), here.agency.key).create({"Patience"}).status == 201);
}

BOOST_AUTO_TEST_SUITE_END()
