// How the programs start when something is missing, and how they end.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <future>

#include "tests/support/effects.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

constexpr int impatient = 130;

struct world {
    stack base{};
    agency_account agency = base.make_agency("Dunder Mifflin");

    /// Holds a row that every creation of a company needs.
    sql_session held_owner() {
        auto session = base.new_session();
        session.execute("BEGIN; SELECT 1 FROM tenantry.app_user FOR UPDATE");
        return session;
    }
    bool someone_waits(const std::string& program) {
        return eventually([&] {
            return base.sql().number(fmt::format(
                       "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                       "datname = current_database() AND application_name = '{}'",
                       program)) > 0;
        });
    }
};

world& shared() {
    static world w;
    return w;
}

std::vector<std::string> needed_by_api() {
    return {"--database-url", shared().base.urls().api,
            "--redis-url",    shared().base.redis().url(),
            "--keyring",      shared().base.keyring().string(),
            "--metrics-port", "0"};
}

outcome run_api(const std::vector<std::string>& more) {
    auto words = needed_by_api();
    words.insert(words.end(), more.begin(), more.end());
    return run_program("tenantry-api", words);
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stop_test)

BOOST_AUTO_TEST_CASE(an_idle_api_and_an_idle_worker_end_at_once_with_status_0) {
    auto api = shared().base.start_api();
    auto worker = shared().base.start_worker();
    http_connection idle{api.http_port()};
    idle.send(request_text("GET", "/healthz"));
    BOOST_TEST(idle.receive()->status == 200);
    const auto begin = std::chrono::steady_clock::now();
    api.running().signal(SIGTERM);
    worker.running().signal(SIGTERM);
    BOOST_TEST((api.running().wait(10s) == std::optional{0}));
    BOOST_TEST((worker.running().wait(10s) == std::optional{0}));
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 5s));
    BOOST_TEST(idle.at_end());
    BOOST_TEST(has(api.log(), "\"stopped\""));
    BOOST_TEST(has(worker.log(), "\"stopped\""));
}

BOOST_AUTO_TEST_CASE(the_api_answers_what_is_in_flight_and_nobody_else_before_it_ends) {
    auto api = shared().base.start_api();
    auto lock = shared().held_owner();
    auto in_flight = std::async(std::launch::async, [&] {
        return client{api.http_port(), shared().agency.key}.create({"In flight"});
    });
    BOOST_REQUIRE(shared().someone_waits("tenantry-api"));
    api.running().signal(SIGTERM);
    api.await_log("stopping");
    BOOST_TEST(eventually([&] {
        return !client{api.http_port(), ""}.try_request("GET", "/healthz").has_value();
    }));
    BOOST_TEST(api.running().running());
    lock.execute("COMMIT");
    const auto reply = in_flight.get();
    BOOST_TEST(reply.status == 201);
    BOOST_TEST(reply.header("Connection") == "close");
    BOOST_TEST((api.running().wait(10s) == std::optional{0}));
}

BOOST_AUTO_TEST_CASE(the_api_cuts_off_what_outlasts_the_drain_timeout) {
    auto api = shared().base.start_api({{"drain-timeout", "500ms"}, {"request-timeout", "1m"}});
    auto lock = shared().held_owner();
    auto in_flight = std::async(std::launch::async, [&] {
        return client{api.http_port(), shared().agency.key}.try_request(
            "POST", companies_path, {{"Content-Type", "application/json"}},
            companies_json({"Cut off"}));
    });
    BOOST_REQUIRE(shared().someone_waits("tenantry-api"));
    const auto begin = std::chrono::steady_clock::now();
    api.running().signal(SIGTERM);
    BOOST_TEST((api.running().wait(10s) == std::optional{0}));
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 5s));
    BOOST_TEST(!in_flight.get().has_value());
    lock.execute("COMMIT");
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_the_api_at_once) {
    auto api = shared().base.start_api();
    auto lock = shared().held_owner();
    auto in_flight = std::async(std::launch::async, [&] {
        return client{api.http_port(), shared().agency.key}.try_request(
            "POST", companies_path, {{"Content-Type", "application/json"}},
            companies_json({"Impatient"}));
    });
    BOOST_REQUIRE(shared().someone_waits("tenantry-api"));
    api.running().signal(SIGTERM);
    api.await_log("stopping");
    api.running().signal(SIGTERM);
    BOOST_TEST((api.running().wait(2s) == std::optional{impatient}));
    BOOST_TEST(!in_flight.get().has_value());
    lock.execute("COMMIT");
}

BOOST_AUTO_TEST_CASE(the_worker_finishes_the_batch_it_holds_before_it_ends) {
    world here;
    const auto api = here.base.start_api();
    const auto company = client{api.http_port(), here.agency.key}.create_one("Held batch");
    auto lock = here.base.new_session();
    lock.execute(fmt::format(
        "BEGIN; SELECT 1 FROM tenantry.company WHERE company_id = {} FOR UPDATE", company));
    auto worker = here.base.start_worker();
    BOOST_REQUIRE(here.someone_waits("tenantry-worker"));
    worker.running().signal(SIGTERM);
    worker.await_log("stopping");
    BOOST_TEST(worker.running().running());
    lock.execute("COMMIT");
    BOOST_TEST((worker.running().wait(10s) == std::optional{0}));
    BOOST_TEST(every_job_gets_done(here.base.sql(), 0s));
    BOOST_TEST(faults_of_companies(here.base.sql()) == "");
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_the_worker_at_once_and_its_jobs_are_done_by_the_next) {
    world here;
    const auto api = here.base.start_api();
    const auto company = client{api.http_port(), here.agency.key}.create_one("Left behind");
    auto lock = here.base.new_session();
    lock.execute(fmt::format(
        "BEGIN; SELECT 1 FROM tenantry.company WHERE company_id = {} FOR UPDATE", company));
    auto worker = here.base.start_worker();
    BOOST_REQUIRE(here.someone_waits("tenantry-worker"));
    worker.running().signal(SIGTERM);
    worker.await_log("stopping");
    worker.running().signal(SIGINT);
    BOOST_TEST((worker.running().wait(2s) == std::optional{impatient}));
    lock.execute("COMMIT");
    const auto next = here.base.start_worker();
    BOOST_TEST(every_job_gets_done(here.base.sql(), 30s));
    BOOST_TEST(faults_of_companies(here.base.sql()) == "");
}

BOOST_AUTO_TEST_CASE(a_port_that_another_program_has_is_an_error_that_names_it) {
    tenantry::net::io_context io;
    tenantry::tcp_acceptor other{
        io.get_executor(), tenantry::tcp::endpoint{tenantry::net::ip::address_v4::loopback(), 0}};
    const auto port = std::to_string(other.local_endpoint().port());
    const auto refused = run_api({"--http-port", port});
    BOOST_TEST(refused.status == 1);
    BOOST_TEST(has(refused.output, "is the port taken?"), refused.output);
    BOOST_TEST(has(refused.output, port));
    const auto metrics = run_program("tenantry-worker",
                                     {"--database-url", shared().base.urls().worker, "--redis-url",
                                      shared().base.redis().url(), "--metrics-port", port});
    BOOST_TEST(metrics.status == 1);
    BOOST_TEST(has(metrics.output, "cannot start"), metrics.output);
}

BOOST_AUTO_TEST_CASE(a_port_that_another_api_serves_is_an_error_too) {
    // Its threads share the port among them: that must not let in another program's.
    const auto first = shared().base.start_api();
    const auto second = run_api({"--http-port", std::to_string(first.http_port())});
    BOOST_TEST(second.status == 1);
    BOOST_TEST(has(second.output, "is the port taken?"), second.output);
}

BOOST_AUTO_TEST_CASE(without_its_database_a_program_waits_and_then_says_so) {
    const auto nowhere = fmt::format("postgresql://nobody:wrong@127.0.0.1:{}/nothing", free_port());
    const auto api = run_program(
        "tenantry-api", {"--database-url", nowhere, "--keyring", shared().base.keyring().string(),
                         "--http-port", "0", "--metrics-port", "0", "--wait-timeout", "500ms"});
    BOOST_TEST(api.status == 1);
    BOOST_TEST(has(api.output, "the database is not there, or not migrated"), api.output);
    BOOST_TEST(!has(api.output, "wrong"));
    const auto worker = run_program(
        "tenantry-worker", {"--database-url", nowhere, "--redis-url", shared().base.redis().url(),
                            "--metrics-port", "0", "--wait-timeout", "500ms"});
    BOOST_TEST(worker.status == 1);
    BOOST_TEST(has(worker.output, "the database is not there, or not migrated"), worker.output);
}

BOOST_AUTO_TEST_CASE(stopped_while_it_waits_a_program_ends_with_status_0) {
    const auto nowhere = fmt::format("postgresql://nobody:wrong@127.0.0.1:{}/nothing", free_port());
    auto worker =
        shared().base.start_worker({{"database-url", nowhere}}, "waiting for the database");
    worker.running().signal(SIGTERM);
    BOOST_TEST((worker.running().wait(5s) == std::optional{0}));
}

BOOST_AUTO_TEST_CASE(help_and_version_are_printed_with_status_0_and_an_unknown_flag_is_2) {
    for (const auto* name : {"tenantry-api", "tenantry-worker", "tenantry-admin"}) {
        const auto help = run_program(name, {"--help"});
        BOOST_TEST(help.status == 0);
        BOOST_TEST(has(help.output, fmt::format("Usage: {}", name)), help.output);
        BOOST_TEST(has(help.output, "TENANTRY_DATABASE_URL"));
        const auto version = run_program(name, {"--version"});
        BOOST_TEST(version.status == 0);
        BOOST_TEST(has(version.output, TENANTRY_VERSION));
        BOOST_TEST(run_program(name, {"--no-such-flag", "1"}).status == 2, name);
        BOOST_TEST(run_program(name, {"--wait-timeout", "soon"}).status == 2, name);
    }
    BOOST_TEST(run_program("tenantry-api", {}).status == 2);
}

BOOST_AUTO_TEST_SUITE_END()
