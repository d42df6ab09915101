// A worker that dies between any two of its steps, or that is stopped until others have taken over,
// changes nothing of what its jobs do: all of it, once.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <mutex>
#include <regex>
#include <set>

#include "common/jobs/envelope.hpp"
#include "common/jobs/kinds.hpp"
#include "tests/support/at_once.hpp"
#include "tests/support/effects.hpp"
#include "tests/support/redis_session.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

constexpr int killed = 128 + SIGKILL;
constexpr int stacks_at_once = 4;

const std::string done_series = "tenantry_jobs_done_total";
const std::string stale_series = "tenantry_jobs_stale_completions_total";

/// The name of every failpoint in the worker's sources.
std::set<std::string> every_failpoint() {
    std::set<std::string> names;
    const std::regex name{R"re("([a-z_]+\.(?:before|after)_[a-z_]+)")re"};
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(TENANTRY_SOURCE_DIR "/worker")) {
        if (entry.path().extension() != ".cpp") continue;
        const auto source = read_file(entry.path());
        for (std::sregex_iterator at{source.begin(), source.end(), name}, end; at != end; ++at)
            names.insert((*at)[1]);
    }
    return names;
}

const flags quick{
    {"lease", "2s"}, {"heartbeat", "500ms"}, {"job-timeout", "1500ms"}, {"sweep", "100ms"}};

/// Jobs that were twice with a worker when it crashed.
due_jobs suspects(due_jobs jobs) {
    jobs.crashes = 2;
    return jobs;
}

/// A stack for one failpoint after another.
class arena {
public:
    /// Two companies whose worker dies at the failpoint, and another worker after it. What was
    /// wrong, or "".
    std::string survive(const std::string& failpoint) {
        const auto names = std::vector{failpoint + " 1", failpoint + " 2"};
        client owner{api_.http_port(), agency_.key};
        if (owner.create(names).status != 201) return "not created";
        prepare_for(failpoint);
        auto armed = base_.start_worker(quick, "", {{"TENANTRY_FAILPOINT", failpoint}});
        const auto status = armed.running().wait(20s);
        if (status != killed) return "the worker was not killed";
        mend_the_spoiled();
        const auto healthy = base_.start_worker(quick);
        if (failpoint.ends_with("_suspect_claim") && !replay_the_quarantined())
            return "its third crash quarantined no job";
        if (!every_job_gets_done(base_.sql(), 30s)) return "jobs are left";
        return faults_of_companies(base_.sql());
    }

private:
    /// What has to be so that the place is come by.
    void prepare_for(const std::string& failpoint) {
        // What Redis knew is gone, and the jobs are found by looking.
        if (failpoint.starts_with("relay."))
            redis_session{base_.redis().port()}.command({"FLUSHALL"});
        if (failpoint.ends_with("_suspect_claim"))
            base_.sql().execute("UPDATE tenantry.job SET crashes = 2 WHERE state = 'pending'");
        if (failpoint.starts_with("scheduler."))
            base_.sql().execute(
                "UPDATE tenantry.periodic_job SET paused_at = NULL, last_tick = now() - interval "
                "'1 day'"
                " WHERE kind = 'sweep_orphans'");
        if (failpoint.starts_with("steps.") || failpoint.ends_with("_steps"))
            add_pause(R"({"ms": 1, "steps": 2})");
        if (failpoint.ends_with("_record")) add_pause(R"({"error": "x", "retry": true})");
        // Of a company that is not there: PostgreSQL refuses its workspace, and with it the batch.
        if (failpoint.ends_with("_apart") || failpoint.ends_with("_roll_back"))
            base_.add_jobs(
                {.agency = agency_.id, .kind = "provisioning", .company = 999'999, .steps = 2});
    }

    void add_pause(std::string payload) {
        base_.add_jobs(
            {.agency = agency_.id, .kind = "pause", .payload = std::move(payload), .steps = 2});
    }
    void mend_the_spoiled() {
        base_.sql().execute(
            "UPDATE tenantry.job SET kind = 'noop', company_id = NULL WHERE kind = 'pause' OR "
            "company_id = 999999");
    }

    bool replay_the_quarantined() {
        const auto one_is = [this] {
            return base_.sql().number(
                       "SELECT count(*) FROM tenantry.job WHERE state = "
                       "'quarantined'") == 1;
        };
        return eventually(one_is) && base_.admin({"job", "replay", "--all"}).status == 0;
    }

    stack base_;
    agency_account agency_ = base_.make_agency("Dunder Mifflin");
    program api_ = base_.start_api();
};

/// A stack, an agency and an API for a test that starts its workers itself.
struct workshop {
    stack base{};
    agency_account agency = base.make_agency("Dunder Mifflin");
    program api = base.start_api();

    client owner() const { return {api.http_port(), agency.key}; }
    std::int64_t jobs_where(const std::string& condition) {
        return base.sql().number("SELECT count(*) FROM tenantry.job WHERE " + condition);
    }
    /// Leaves no other job, and no hint of one.
    void keep_provisioning_alone() {
        base.sql().execute("DELETE FROM tenantry.job WHERE kind = 'billing'");
        redis_session{base.redis().port()}.command(
            {"DEL", tenantry::jobs::stream_of(tenantry::jobs::billing_queue)});
    }
    /// A worker that holds all jobs there are and sleeps: its claim waits for a lock while it is
    /// stopped, so that it stands without its knowing.
    program sleeping_worker() {
        const auto jobs = jobs_where("true");
        auto lock = base.new_session();
        lock.execute("BEGIN; LOCK TABLE tenantry.job IN EXCLUSIVE MODE");
        auto sleeper = base.start_worker({{"worker-name", "sleeper"},
                                          {"lease", "1500ms"},
                                          {"heartbeat", "500ms"},
                                          {"job-timeout", "1400ms"},
                                          {"sweep", "100ms"}});
        BOOST_REQUIRE(workers_wait_for_locks(1));
        sleeper.running().signal(SIGSTOP);
        lock.execute("COMMIT");
        BOOST_REQUIRE(eventually([&] { return jobs_where("worker = 'sleeper'") == jobs; }));
        return sleeper;
    }
    /// Waits until so many of the workers' statements wait for a lock.
    bool workers_wait_for_locks(int statements) {
        return eventually([this, statements] {
            return base.sql().number(
                       "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                       "datname = current_database() AND application_name = 'tenantry-worker'") ==
                   statements;
        });
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(worker_kill_test)

BOOST_AUTO_TEST_CASE(killed_at_any_failpoint_every_job_is_done_exactly_once) {
    const auto names = every_failpoint();
    BOOST_REQUIRE(names.size() >= 25);
    std::vector<std::string> left{names.begin(), names.end()};
    std::mutex taking;
    const auto next = [&]() -> std::string {
        const std::lock_guard lock{taking};
        if (left.empty()) return "";
        auto name = left.back();
        left.pop_back();
        return name;
    };
    const auto faults = at_once(stacks_at_once, [&](int) {
        arena here;
        std::string wrong;
        for (auto name = next(); !name.empty(); name = next())
            if (const auto fault = here.survive(name); !fault.empty())
                wrong += fmt::format("{}: {}\n", name, fault);
        return wrong;
    });
    for (const auto& fault : faults) BOOST_TEST(fault == "");
}

// The lease is whole when it dies, since it dies right after its claim: there is no longer wait.
BOOST_AUTO_TEST_CASE(killed_at_default_settings_its_jobs_are_done_elsewhere_within_35_s) {
    workshop here;
    here.owner().create_one("Left behind");
    auto killed_worker =
        here.base.start_default_worker({{"TENANTRY_FAILPOINT", "executor.before_run"}});
    BOOST_REQUIRE((killed_worker.running().wait(20s) == std::optional{killed}));
    const auto bound = std::chrono::steady_clock::now() + 35s;
    BOOST_REQUIRE(here.jobs_where("state = 'running'") > 0);
    const auto elsewhere = here.base.start_default_worker();
    const auto left = bound - std::chrono::steady_clock::now();
    BOOST_TEST(every_job_gets_done(here.base.sql(),
                                   std::chrono::duration_cast<std::chrono::milliseconds>(left)));
    BOOST_TEST(here.jobs_where("crashes = 1 AND epoch = 2") > 0);
}

BOOST_AUTO_TEST_CASE(killed_twice_with_hundreds_of_jobs_they_are_done_soon_all_the_same) {
    workshop here;
    here.base.add_jobs(suspects({.agency = here.agency.id, .count = 512}));
    const auto worker = here.base.start_worker();
    BOOST_TEST(every_job_gets_done(here.base.sql(), 20s));
}

BOOST_AUTO_TEST_CASE(a_suspect_that_takes_its_time_keeps_no_other_waiting_for_long) {
    workshop here;
    const auto other = here.base.make_agency("Wernham Hogg");
    here.base.add_jobs(suspects(pauses(here.agency.id, 600'000)));
    here.base.add_jobs(suspects(pauses(other.id, 1)));
    const auto worker = here.base.start_worker({{"lease", "1h"}, {"job-timeout", "30m"}});
    BOOST_TEST(eventually([&] {
        return here.jobs_where(fmt::format("agency_id = {} AND state = 'done'", other.id)) == 1;
    }));
    BOOST_TEST(here.jobs_where("state = 'running'") == 1);
}

BOOST_AUTO_TEST_CASE(a_worker_that_was_told_to_stop_starts_no_more_suspects) {
    workshop here;
    here.base.add_jobs(pauses(here.agency.id, 4000));
    here.base.add_jobs(suspects(pauses(here.agency.id, 20, 500)));
    auto worker = here.base.start_worker({{"lease", "20s"}, {"job-timeout", "10s"}});
    BOOST_REQUIRE(
        eventually([&] { return here.jobs_where("crashes = 2 AND state = 'done'") > 2; }));
    worker.running().signal(SIGTERM);
    worker.await_log("stopping: finishing");
    const auto started = here.jobs_where("crashes = 2 AND started_at IS NOT NULL");
    BOOST_TEST((worker.running().wait(20s) == std::optional{0}));
    BOOST_TEST(here.jobs_where("crashes = 0 AND state = 'done'") == 1);
    BOOST_TEST(here.jobs_where("crashes = 2 AND started_at IS NOT NULL") <= started + 1);
}

BOOST_AUTO_TEST_CASE(a_failure_of_a_job_that_is_no_more_its_own_is_refused_and_counted) {
    workshop here;
    here.base.add_jobs({.agency = here.agency.id,
                        .kind = "pause",
                        .payload = R"({"ms": 500, "error": "too late"})"});
    const auto worker = here.base.start_worker();
    BOOST_REQUIRE(eventually([&] { return here.jobs_where("state = 'running'") == 1; }));
    here.base.sql().execute("UPDATE tenantry.job SET epoch = epoch + 1");
    BOOST_TEST(eventually([&] { return metric(worker, stale_series) == 1; }));
    BOOST_TEST(metric(worker, "tenantry_jobs_dead_total") == 0);
}

BOOST_AUTO_TEST_CASE(killed_three_times_with_a_job_it_is_quarantined_and_can_be_retried) {
    workshop here;
    auto owner = here.owner();
    owner.create_one("Unlucky");
    here.keep_provisioning_alone();
    const auto quarantined = [&] { return here.jobs_where("state = 'quarantined'") == 1; };
    // A worker may also die with a stale hint in hand, which is no crash of the job's.
    for (int deaths = 0; !quarantined() && deaths < 10; ++deaths) {
        auto armed =
            here.base.start_worker(quick, "", {{"TENANTRY_FAILPOINT", "executor.before_run"}});
        BOOST_REQUIRE(eventually([&] { return !armed.running().running() || quarantined(); }));
    }
    BOOST_REQUIRE(quarantined());
    const auto healthy = here.base.start_worker(quick);
    const auto job = owner.get("/rest/v2/agency/jobs");
    BOOST_TEST(job.integer("/content/0/crashes") == 3);
    BOOST_TEST(job.text("/content/0/last_error").find("did not finish within its lease") !=
               std::string::npos);
    BOOST_TEST(owner
                   .request("POST", fmt::format("/rest/v2/agency/jobs/{}/retry",
                                                job.integer("/content/0/id")))
                   .status == 202);
    BOOST_TEST(every_job_gets_done(here.base.sql(), 20s));
}

BOOST_AUTO_TEST_CASE(
    a_crash_is_charged_to_its_neighbours_and_then_to_fewer_until_it_is_one_job_alone) {
    workshop here;
    auto owner = here.owner();
    for (int i = 0; i < 5; ++i) owner.create_one(fmt::format("Neighbour {}", i));
    for (int deaths = 0; deaths < 3; ++deaths) {
        auto armed =
            here.base.start_worker(quick, "", {{"TENANTRY_FAILPOINT", "executor.before_run"}});
        BOOST_REQUIRE(eventually([&] { return !armed.running().running(); }));
    }
    const auto healthy = here.base.start_worker(quick);
    BOOST_TEST(eventually([&] { return here.jobs_where("state = 'quarantined'") == 1; }));
    BOOST_TEST(eventually([&] { return here.jobs_where("state = 'done'") == 9; }));
    BOOST_REQUIRE(here.base.admin({"job", "replay", "--all"}).status == 0);
    BOOST_TEST(every_job_gets_done(here.base.sql(), 20s));
    BOOST_TEST(faults_of_companies(here.base.sql()) == "");
}

BOOST_AUTO_TEST_CASE(a_worker_that_slept_past_its_lease_cannot_complete_what_another_did) {
    workshop here;
    here.owner().create_one("Slept over");
    auto sleeper = here.sleeping_worker();
    const auto second = here.base.start_worker({{"worker-name", "second"}});
    BOOST_REQUIRE(every_job_gets_done(here.base.sql(), 20s));
    BOOST_TEST(here.jobs_where("worker = 'second' AND epoch = 2 AND crashes = 1") == 2);
    sleeper.running().signal(SIGCONT);
    BOOST_TEST(eventually([&] { return metric(sleeper, stale_series) == 2; }));
    BOOST_TEST(metric(sleeper, done_series) + metric(second, done_series) == 2);
    BOOST_TEST(here.jobs_where("worker = 'second' AND state = 'done' AND epoch = 2") == 2);
    BOOST_TEST(faults_of_companies(here.base.sql()) == "");
}

BOOST_AUTO_TEST_CASE(a_worker_that_slept_past_its_lease_cannot_complete_what_another_holds) {
    workshop here;
    here.owner().create_one("Held by another");
    here.keep_provisioning_alone();
    auto sleeper = here.sleeping_worker();
    // Its claim stands when it dies: the job runs under a lease that is not the sleeper's.
    auto second = here.base.start_worker({{"worker-name", "second"}, {"lease", "5s"}}, "",
                                         {{"TENANTRY_FAILPOINT", "executor.before_run"}});
    BOOST_REQUIRE((second.running().wait(20s) == std::optional{killed}));
    BOOST_REQUIRE(here.jobs_where("worker = 'second' AND epoch = 2 AND state = 'running'") == 1);
    sleeper.running().signal(SIGCONT);
    BOOST_TEST(eventually([&] { return metric(sleeper, stale_series) == 1; }));
    BOOST_TEST(here.jobs_where("worker = 'second' AND epoch = 2 AND state = 'running'") == 1);
    BOOST_TEST(here.base.sql().number("SELECT count(*) FROM tenantry.workspace") == 0);
    // It is the sleeper that takes the job over when that lease has run out too.
    BOOST_TEST(every_job_gets_done(here.base.sql(), 30s));
    BOOST_TEST(here.jobs_where("worker = 'sleeper' AND epoch = 3 AND crashes = 2") == 1);
    BOOST_TEST(metric(sleeper, done_series) == 1);
}

BOOST_AUTO_TEST_CASE(a_worker_that_slept_inside_its_transaction_loses_it_and_the_lease) {
    workshop here;
    const auto company = here.owner().create_one("Slept inside");
    // Provisioning's last step changes the company's row: three steps are done and not committed
    // when it waits.
    auto lock = here.base.new_session();
    lock.execute(fmt::format(
        "BEGIN; SELECT 1 FROM tenantry.company WHERE company_id = {} FOR NO KEY UPDATE", company));
    auto sleeper = here.base.start_worker({{"worker-name", "sleeper"}});
    BOOST_REQUIRE(here.workers_wait_for_locks(1));
    sleeper.running().signal(SIGSTOP);
    lock.execute("COMMIT");
    const auto second = here.base.start_worker({{"worker-name", "second"}});
    BOOST_REQUIRE(every_job_gets_done(here.base.sql(), 30s));
    BOOST_TEST(here.jobs_where("kind = 'provisioning' AND worker = 'second' AND epoch = 2") == 1);
    sleeper.running().signal(SIGCONT);
    // It works on: the next company's jobs are shared, and nothing of the old one is done again.
    sleeper.await_log("a job failed and will be tried again");
    here.owner().create_one("After the sleep");
    BOOST_REQUIRE(every_job_gets_done(here.base.sql(), 20s));
    BOOST_TEST(here.jobs_where("kind = 'provisioning' AND worker = 'second' AND epoch = 2") == 1);
    BOOST_TEST(faults_of_companies(here.base.sql()) == "");
}

BOOST_AUTO_TEST_SUITE_END()
