// What the engine promises whoever has jobs: they take turns with other agencies', they can be
// called off, watched, and awaited together, and a worker that has to go gives them back.
#include <fmt/format.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <thread>

#include "tests/support/at_once.hpp"
#include "tests/support/effects.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

const std::string jobs_path = "/rest/v2/agency/jobs";

struct workshop {
    stack base{};
    agency_account agency = base.make_agency("Dunder Mifflin");
    program api = base.start_api();
    client owner{api.http_port(), agency.key};

    /// The operator's way to a job; its id.
    std::int64_t add(std::int64_t of, const std::string& payload,
                     std::vector<std::string> more = {}) {
        std::vector<std::string> words{"job",    "add",   "--agency",  std::to_string(of),
                                       "--kind", "pause", "--payload", payload};
        words.insert(words.end(), more.begin(), more.end());
        const auto added = base.admin(words);
        BOOST_REQUIRE_MESSAGE(added.status == 0, added.output);
        return base.sql().number("SELECT max(job_id) FROM tenantry.job");
    }
    std::int64_t started(std::int64_t of) {
        return base.sql().number(fmt::format(
            "SELECT count(*) FROM tenantry.job WHERE agency_id = {} AND started_at IS NOT NULL",
            of));
    }
    std::string of_job(std::int64_t job, const std::string& expression) {
        return base.sql().execute(
            fmt::format("SELECT {} FROM tenantry.job WHERE job_id = {}", expression, job));
    }
    bool comes_to(std::int64_t job, const std::string& state) {
        return eventually([&] { return of_job(job, "state") == state; });
    }
    http_reply cancel(std::int64_t job) {
        return owner.request("POST", fmt::format("{}/{}/cancel", jobs_path, job));
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(job_engine_test)

BOOST_AUTO_TEST_CASE(one_agencys_hundreds_of_jobs_do_not_stand_before_anothers_one) {
    workshop here;
    const auto other = here.base.make_agency("Wernham Hogg");
    here.base.add_jobs(pauses(here.agency.id, 20, 600));
    const auto worker = here.base.start_worker({{"concurrency", "4"}, {"batch-size", "1"}});
    const auto started = "SELECT count(*) FROM tenantry.job WHERE started_at IS NOT NULL";
    BOOST_REQUIRE(eventually([&] { return here.base.sql().number(started) > 40; }));
    const auto one = here.add(other.id, R"({"ms":1})");
    BOOST_REQUIRE(here.comes_to(one, "done"));
    // From when the worker could know of it: the relay's look, which the operator's way waits for.
    const auto before_it = here.base.sql().number(fmt::format(
        "SELECT count(*) FROM tenantry.job a, tenantry.job b WHERE b.job_id = {} AND a.agency_id = "
        "{} AND a.started_at BETWEEN b.created_at + interval '150 ms' AND b.started_at",
        one, here.agency.id));
    BOOST_TEST(before_it <= 2 * 4);
    BOOST_TEST(here.base.sql().number("SELECT count(*) FROM tenantry.job WHERE state = "
                                      "'pending'") > 0);
}

BOOST_AUTO_TEST_CASE(agencies_are_served_by_the_weight_of_their_plan) {
    workshop here;
    here.base.sql().execute("UPDATE tenantry.plan SET job_weight = 4 WHERE plan_code = 'standard'");
    const auto heavy = here.base.make_agency("Wernham Hogg", "David Brent", "standard");
    here.base.add_jobs(pauses(here.agency.id, 5, 400));
    here.base.add_jobs(pauses(heavy.id, 5, 400));
    const auto worker = here.base.start_worker({{"concurrency", "2"}, {"batch-size", "1"}});
    BOOST_REQUIRE(eventually([&] { return here.started(heavy.id) >= 300; }));
    const auto light = here.started(here.agency.id);
    BOOST_TEST(light >= 50);
    BOOST_TEST(light <= 110);
}

BOOST_AUTO_TEST_CASE(two_workers_together_serve_agencies_by_their_weight) {
    workshop here;
    here.base.sql().execute("UPDATE tenantry.plan SET job_weight = 4 WHERE plan_code = 'standard'");
    const auto heavy = here.base.make_agency("Wernham Hogg", "David Brent", "standard");
    here.base.add_jobs(pauses(here.agency.id, 100, 3000));
    here.base.add_jobs(pauses(heavy.id, 100, 3000));
    const flags few{{"concurrency", "1"}, {"batch-size", "32"}};
    const auto one = here.base.start_worker(few), two = here.base.start_worker(few);
    BOOST_REQUIRE(eventually([&] { return here.started(heavy.id) >= 1200; }));
    const auto light = here.started(here.agency.id);
    BOOST_TEST(light >= 200);
    BOOST_TEST(light <= 400);
}

BOOST_AUTO_TEST_CASE(no_more_than_its_plan_grants_run_of_an_agency_on_all_workers_together) {
    workshop here;
    here.base.sql().execute("UPDATE tenantry.plan SET max_running_jobs = 3");
    here.base.add_jobs(pauses(here.agency.id, 10, 120));
    const flags wide{{"concurrency", "8"}, {"batch-size", "1"}};
    const auto one = here.base.start_worker(wide), two = here.base.start_worker(wide);
    std::int64_t most = 0, open = 1;
    BOOST_REQUIRE(eventually([&] {
        most = std::max(most, here.base.sql().number("SELECT count(*) FROM tenantry.job WHERE "
                                                     "state = 'running'"));
        open = here.base.sql().number("SELECT count(*) FROM tenantry.job WHERE state <> 'done'");
        return open == 0;
    }));
    BOOST_TEST(most == 3);
}

/// Short statements of the API's role, one after the other, for as long as it lives.
class busy_requests {
public:
    explicit busy_requests(const std::string& url) : thread_{[this, url] { run(url); }} {}
    ~busy_requests() {
        stop_ = true;
        thread_.join();
    }

private:
    void run(const std::string& url) {
        sql_session session{url};
        while (!stop_) session.execute("SELECT count(*) FROM generate_series(1, 20000)");
    }

    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

BOOST_AUTO_TEST_CASE(jobs_yield_to_requests_and_go_on_all_the_same) {
    workshop here;
    const auto worker = here.base.start_worker({{"database-cpus", "2"}, {"batch-size", "1"}});
    const auto run_some = [&] {
        for (const auto* queue : {"provisioning", "billing"})
            here.base.add_jobs({.agency = here.agency.id, .queue = queue, .count = 20});
        return eventually([&] {
            return here.base.sql().number(
                       "SELECT count(*) FROM tenantry.job WHERE state <> 'done'") == 0;
        });
    };
    // Of the time from the first claim to the last completion, how much some job was in progress.
    const auto time_at_work = [&] {
        const auto part = here.base.sql().execute(
            "SELECT sum(extract(epoch FROM upper(work) - lower(work))) / extract(epoch FROM"
            " max(upper(work)) - min(lower(work))) FROM (SELECT unnest(range_agg("
            "tstzrange(started_at, finished_at, '[]'))) AS work FROM tenantry.job) AS all_work");
        here.base.sql().execute("TRUNCATE tenantry.job");
        return std::stod(part);
    };
    double beside_requests = 0;
    {
        const busy_requests one{here.base.urls().api}, two{here.base.urls().api};
        BOOST_TEST(run_some());
        BOOST_TEST(metric(worker, "tenantry_database_busy_cpus") > 0.5);
        beside_requests = time_at_work();
    }
    BOOST_TEST(run_some());
    BOOST_TEST(metric(worker, "tenantry_database_busy_cpus") < 0.5);
    BOOST_TEST(time_at_work() > 1.25 * beside_requests);
}

BOOST_AUTO_TEST_CASE(an_agency_whose_rows_are_locked_keeps_no_others_jobs_waiting) {
    workshop here;
    const auto other = here.base.make_agency("Wernham Hogg");
    std::vector<std::string> names;
    for (int i = 0; i < 10; ++i) names.push_back(fmt::format("Locked {}", i));
    BOOST_REQUIRE(here.owner.create(names).status == 201);
    client neighbour{here.api.http_port(), other.key};
    BOOST_REQUIRE(neighbour.create({"Free"}).status == 201);
    auto lock = here.base.new_session();
    lock.execute(fmt::format(
        "BEGIN; SELECT 1 FROM tenantry.company WHERE agency_id = {} FOR UPDATE", here.agency.id));
    // The most time that its batch may take to learn that the rows are not to be had.
    const auto worker = here.base.start_worker({{"job-timeout", "20s"}, {"lease", "30s"}});
    BOOST_TEST(eventually(
        [&] {
            return here.base.sql().number(fmt::format(
                       "SELECT count(*) FROM tenantry.job WHERE agency_id = {} AND state = 'done'",
                       other.id)) == 2;
        },
        10s));
    lock.execute("COMMIT");
    BOOST_TEST(eventually(
        [&] {
            return here.base.sql().number(
                       "SELECT count(*) FROM tenantry.job WHERE state <> 'done'") == 0;
        },
        40s));
}

BOOST_AUTO_TEST_CASE(a_job_that_takes_longer_than_it_may_is_told_so_and_tried_again) {
    workshop here;
    const auto worker = here.base.start_worker({{"job-timeout", "300ms"}});
    const auto job = here.add(here.agency.id, R"({"ms":60000})");
    BOOST_REQUIRE(
        eventually([&] { return here.of_job(job, "last_error") == "the job took too long"; }));
    BOOST_TEST(here.of_job(job, "state") == "pending");
}

BOOST_AUTO_TEST_CASE(few_requests_of_an_agency_wait_for_a_batch_at_once) {
    workshop here;
    const auto job = here.add(here.agency.id, "{}", {"--in", "3600"});
    here.base.sql().execute(fmt::format(
        "UPDATE tenantry.job SET batch_id = job_id, batch_last_id = job_id WHERE job_id = {}",
        job));
    const auto path = fmt::format("/rest/v2/agency/batches/{}?wait=2", job);
    const auto started = std::chrono::steady_clock::now();
    const auto took = at_once(80, [&](int) {
        const auto reply = client{here.api.http_port(), here.agency.key}.get(path);
        BOOST_TEST(reply.status == 200);
        BOOST_TEST(!reply.json().at("finished").as_bool());
        return std::chrono::steady_clock::now() - started;
    });
    const auto waited = std::ranges::count_if(took, [](auto t) { return t >= 1900ms; });
    BOOST_TEST(waited >= 16);
    BOOST_TEST(waited <= std::max<std::ptrdiff_t>(16 * std::thread::hardware_concurrency(),
                                                  32));  // for each of the API's threads
}

BOOST_AUTO_TEST_CASE(a_job_that_waits_is_cancelled_at_once) {
    workshop here;
    const auto job = here.add(here.agency.id, "{}", {"--in", "3600"});
    const auto reply = here.cancel(job);
    BOOST_TEST(reply.status == 202);
    BOOST_TEST(reply.json().at("cancel_requested").as_bool());
    BOOST_TEST(here.of_job(job, "state") == "cancelled");
    BOOST_TEST(here.cancel(job).status == 409);
    BOOST_TEST(here.cancel(999'999).status == 404);
}

BOOST_AUTO_TEST_CASE(a_running_job_tells_how_far_it_is_and_stops_when_it_is_called_off) {
    workshop here;
    const auto worker = here.base.start_worker({{"lease", "10s"}, {"job-timeout", "8s"}});
    const auto job = here.add(here.agency.id, R"({"ms":50,"steps":100})");
    BOOST_REQUIRE(eventually([&] {
        const auto seen = here.owner.get(fmt::format("{}/{}", jobs_path, job));
        return seen.text("/state") == "running" && seen.integer("/steps_done") >= 2 &&
               seen.text("/message").starts_with("step ");
    }));
    BOOST_TEST(here.cancel(job).status == 202);
    BOOST_REQUIRE(here.comes_to(job, "cancelled"));
    const auto seen = here.owner.get(fmt::format("{}/{}", jobs_path, job));
    BOOST_TEST(seen.integer("/steps_done") < 100);
    BOOST_TEST(seen.integer("/steps_total") == 100);
    BOOST_TEST(metric(worker, "tenantry_jobs_cancelled_total") == 1);
    BOOST_TEST(eventually([&] { return metric(worker, "tenantry_jobs_running") == 0; }));
}

BOOST_AUTO_TEST_CASE(
    an_error_that_is_final_goes_to_the_dead_letter_at_once_and_others_are_retried) {
    workshop here;
    const auto worker = here.base.start_worker();
    const auto final = here.add(here.agency.id, R"({"error":"no such mailbox"})");
    const auto passing = here.add(here.agency.id, R"({"error":"busy","retry":true})");
    BOOST_REQUIRE(here.comes_to(final, "dead"));
    BOOST_TEST(here.of_job(final, "concat_ws(' ', attempts, last_error)") == "1 no such mailbox");
    BOOST_REQUIRE(eventually([&] { return here.of_job(passing, "last_error") == "busy"; }));
    BOOST_TEST(here.of_job(passing, "state") == "pending");
    BOOST_TEST(here.of_job(passing, "run_at > started_at AND finished_at IS NULL") == "t");
    const auto list = here.base.admin({"job", "dead"});
    BOOST_TEST(list.output.find("no such mailbox") != std::string::npos, list.output);
}

BOOST_AUTO_TEST_CASE(a_job_of_a_kind_that_comes_with_a_newer_worker_waits_for_it) {
    workshop here;
    const auto job = here.add(here.agency.id, "{}", {"--in", "3600"});
    here.base.sql().execute(fmt::format(
        "UPDATE tenantry.job SET kind = 'of tomorrow', run_at = now() WHERE job_id = {}", job));
    const auto worker = here.base.start_worker();
    BOOST_REQUIRE(eventually([&] {
        return here.of_job(job, "last_error") == "this worker knows no jobs of kind of tomorrow";
    }));
    BOOST_TEST(here.of_job(job, "state") == "pending");
    here.base.sql().execute(fmt::format(
        "UPDATE tenantry.job SET kind = 'pause', run_at = now() WHERE job_id = {}", job));
    BOOST_TEST(here.comes_to(job, "done"));
}

BOOST_AUTO_TEST_CASE(each_job_of_a_batch_has_its_own_outcome) {
    workshop here;
    const auto company = here.owner.create_one("Sound");
    here.base.add_jobs({.agency = here.agency.id, .kind = "provisioning", .steps = 4});
    const auto worker = here.base.start_worker();
    BOOST_REQUIRE(eventually([&] {
        return here.base.sql().number(
                   "SELECT count(*) FROM tenantry.job WHERE state IN ('done', "
                   "'dead')") == 3;
    }));
    BOOST_TEST(here.base.sql().execute("SELECT last_error FROM tenantry.job WHERE state = "
                                       "'dead'") == "it names no company");
    BOOST_TEST(here.owner.get(company_path(company)).text("/provisioning") == "ready");
}

BOOST_AUTO_TEST_CASE(the_jobs_of_one_request_are_awaited_as_one) {
    workshop here;
    const auto created = here.owner.create({"First", "Second"});
    const auto path = "/rest/v2/agency/batches/" + created.header("X-Job-Batch");
    const auto waiting = here.owner.get(path + "?wait=1");
    BOOST_TEST(waiting.status == 200);
    BOOST_TEST(!waiting.json().at("finished").as_bool());
    BOOST_TEST(waiting.integer("/jobs") == 4);
    BOOST_TEST(waiting.integer("/pending") == 4);
    BOOST_TEST(waiting.integer("/progress") == 0);
    const auto worker = here.base.start_worker();
    const auto finished = here.owner.get(path + "?wait=9");
    BOOST_TEST(finished.json().at("finished").as_bool());
    BOOST_TEST(finished.integer("/done") == 4);
    BOOST_TEST(finished.integer("/progress") == 100);
    BOOST_TEST(here.owner.get(jobs_path + "?batch_id=" + created.header("X-Job-Batch"))
                   .integer("/pagination_data/total_elements") == 4);
    for (const auto* wait : {"-1", "31", "x", "01"})
        BOOST_TEST(here.owner.get(path + "?wait=" + wait).status == 400, wait);
}

BOOST_AUTO_TEST_CASE(what_a_stopping_worker_cannot_finish_is_given_back_uncharged) {
    workshop here;
    const auto job = here.add(here.agency.id, R"({"ms":60000})");
    auto worker = here.base.start_worker(
        {{"lease", "30s"}, {"heartbeat", "10s"}, {"job-timeout", "29s"}, {"drain-timeout", "1s"}});
    BOOST_REQUIRE(here.comes_to(job, "running"));
    worker.running().signal(SIGTERM);
    BOOST_TEST((worker.running().wait() == std::optional{0}));
    BOOST_TEST(here.of_job(job, "concat_ws(' ', state, attempts, crashes)") == "pending 0 0");
}

BOOST_AUTO_TEST_CASE(a_worker_serves_the_queues_that_it_is_told_and_knows) {
    workshop here;
    here.owner.create_one("Half served");
    const auto worker = here.base.start_worker({{"queues", "billing=2"}});
    BOOST_REQUIRE(eventually([&] {
        return here.base.sql().number("SELECT count(*) FROM tenantry.job WHERE state = 'done'") ==
               1;
    }));
    BOOST_TEST(here.base.sql().execute("SELECT queue FROM tenantry.job WHERE state = 'pending'") ==
               "provisioning");
    auto wrong = here.base.start_worker({{"queues", "bills"}}, "there is no queue called bills");
    BOOST_TEST((wrong.running().wait() == std::optional{1}));
}

BOOST_AUTO_TEST_SUITE_END()
