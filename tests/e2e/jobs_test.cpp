// The jobs of a company as the agency sees them, and what they do to the books, once.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <regex>

#include "common/jobs/envelope.hpp"
#include "tests/support/effects.hpp"
#include "tests/support/redis_session.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

const std::string jobs_path = "/rest/v2/agency/jobs";

running_stack& shared() {
    static running_stack s;
    return s;
}

std::string path_of(std::int64_t job) {
    return fmt::format("{}/{}", jobs_path, job);
}

/// The jobs of a new company once both are done.
std::vector<std::int64_t> finished_jobs(client& owner, std::int64_t company) {
    const auto query = fmt::format("{}?company_id={}", jobs_path, company);
    BOOST_REQUIRE(eventually([&] {
        return owner.get(query + "&state=done").integer("/pagination_data/total_elements") == 2;
    }));
    const auto list = owner.get(query);
    return {list.integer("/content/0/id"), list.integer("/content/1/id")};
}

std::int64_t make_dead(std::int64_t company) {
    return shared().base.sql().number(fmt::format(
        "UPDATE tenantry.job SET state = 'dead', attempts = 20, last_error = 'it was hopeless', "
        "steps_done = 0 WHERE company_id = {} AND kind = 'billing' RETURNING job_id",
        company));
}

bool is_instant(const std::string& text) {
    return std::regex_match(text, std::regex{R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(jobs_test)

BOOST_AUTO_TEST_CASE(both_jobs_of_a_company_run_to_their_end) {
    auto owner = shared().owner();
    const auto company = owner.create_one("Runs");
    std::string kinds;
    for (const auto id : finished_jobs(owner, company)) {
        const auto job = owner.get(path_of(id));
        BOOST_TEST(job.status == 200);
        BOOST_TEST(job.integer("/id") == id);
        BOOST_TEST(job.integer("/company_id") == company);
        BOOST_TEST(job.text("/queue") == job.text("/kind"));
        BOOST_TEST(job.text("/state") == "done");
        BOOST_TEST(job.integer("/attempts") == 1);
        BOOST_TEST(job.integer("/crashes") == 0);
        BOOST_TEST(job.integer("/progress") == 100);
        BOOST_TEST(job.integer("/steps_done") == job.integer("/steps_total"));
        for (const auto* at : {"/created_at", "/run_at", "/started_at", "/finished_at"})
            BOOST_TEST(is_instant(job.text(at)), at);
        BOOST_TEST(job.text("/created_at") <= job.text("/started_at"));
        BOOST_TEST(job.text("/started_at") <= job.text("/finished_at"));
        BOOST_TEST(job.json().at_pointer("/last_error").is_null());
        kinds += job.text("/kind") + ' ';
    }
    BOOST_TEST(kinds == "billing provisioning ");
}

BOOST_AUTO_TEST_CASE(the_worker_counts_how_long_the_jobs_of_each_queue_waited) {
    auto owner = shared().owner();
    const auto dwelt = [](const std::string& queue) {
        return metric(shared().worker,
                      fmt::format("tenantry_job_dwell_seconds_count{{queue=\"{}\"}}", queue));
    };
    const auto billing = dwelt("billing"), provisioning = dwelt("provisioning");
    finished_jobs(owner, owner.create_one("Waits a moment"));
    BOOST_TEST(dwelt("billing") == billing + 1);
    BOOST_TEST(dwelt("provisioning") == provisioning + 1);
    BOOST_TEST(eventually([] { return metric(shared().worker, "tenantry_jobs_running") == 0; }));
}

BOOST_AUTO_TEST_CASE(the_activation_fee_is_posted_once_balanced_and_in_minor_units) {
    auto owner = shared().owner();
    const auto company = owner.create_one("Billed");
    finished_jobs(owner, company);
    BOOST_TEST(shared().base.sql().execute(fmt::format(
                   "SELECT string_agg(concat_ws(' ', account_code, debit_minor, credit_minor, "
                   "currency), ', ' "
                   "ORDER BY account_code) FROM tenantry.ledger_entry WHERE company_id = {}",
                   company)) == "activation_revenue 0 2900 EUR, receivable 2900 0 EUR");
    BOOST_TEST(
        shared().base.sql().execute(fmt::format("SELECT sum(debit_minor) - sum(credit_minor) FROM "
                                                "tenantry.ledger_entry WHERE agency_id = {}",
                                                shared().agency.id)) == "0");
}

BOOST_AUTO_TEST_CASE(the_subscription_is_open_for_a_month_from_the_day_of_creation) {
    auto owner = shared().owner();
    const auto company = owner.create_one("Subscribed");
    finished_jobs(owner, company);
    BOOST_TEST(
        shared().base.sql().execute(fmt::format(
            "SELECT concat_ws(' ', s.state, s.plan_code, s.anchor = (c.created_at AT TIME ZONE "
            "'UTC')::date, "
            "p.period_start = s.anchor, p.period_end = (s.anchor + interval '1 month')::date) "
            "FROM tenantry.company c JOIN tenantry.subscription s USING (agency_id, company_id) "
            "JOIN tenantry.subscription_period p USING (agency_id, company_id) WHERE company_id = "
            "{}",
            company)) == "active demo t t t");
}

BOOST_AUTO_TEST_CASE(jobs_are_listed_newest_first_and_filtered) {
    const auto agency = shared().base.make_agency("Sabre", "Jo Bennett");
    auto owner = shared().as(agency.key);
    const auto first = owner.create_one("First");
    const auto second = owner.create_one("Second");
    finished_jobs(owner, first);
    finished_jobs(owner, second);
    const auto total = [&](const std::string& query) {
        return owner.get(jobs_path + query).integer("/pagination_data/total_elements");
    };
    BOOST_TEST(total("") == 4);
    BOOST_TEST(total("?state=done") == 4);
    BOOST_TEST(total("?state=dead") == 0);
    BOOST_TEST(total("?kind=billing") == 2);
    BOOST_TEST(total(fmt::format("?company_id={}", first)) == 2);
    BOOST_TEST(total(fmt::format("?company_id={}&kind=billing&state=done", second)) == 1);
    const auto list = owner.get(jobs_path);
    BOOST_TEST(list.integer("/content/0/company_id") == second);
    BOOST_TEST(list.integer("/content/0/id") > list.integer("/content/3/id"));
    BOOST_TEST(owner.get(jobs_path + "?page=2").size("/content") == 0);
    for (const auto* bad : {"?state=lost", "?company_id=x", "?page=0"})
        BOOST_TEST(owner.get(jobs_path + bad).status == 400, bad);
}

BOOST_AUTO_TEST_CASE(another_agencys_job_is_not_found) {
    auto owner = shared().owner();
    const auto jobs = finished_jobs(owner, owner.create_one("Private"));
    auto other = shared().as(shared().base.make_agency("Pawnee Parks").key);
    BOOST_TEST(other.get(path_of(jobs[0])).status == 404);
    BOOST_TEST(other.post(path_of(jobs[0]) + "/retry", "").status == 404);
    BOOST_TEST(owner.get(path_of(99999999)).status == 404);
    BOOST_TEST(owner.post(path_of(99999999) + "/retry", "").status == 404);
}

BOOST_AUTO_TEST_CASE(a_dead_job_that_is_retried_runs_and_leaves_an_audit_event) {
    auto owner = shared().owner();
    const auto company = owner.create_one("Dead once");
    finished_jobs(owner, company);
    const auto job = make_dead(company);
    auto shown = owner.get(path_of(job));
    BOOST_TEST(shown.text("/state") == "dead");
    BOOST_TEST(shown.text("/last_error") == "it was hopeless");
    BOOST_TEST(shown.integer("/progress") == 0);
    const auto retried = owner.request("POST", path_of(job) + "/retry");
    BOOST_TEST(retried.status == 202);
    BOOST_TEST(retried.body == fmt::format(R"({{"id":{},"state":"pending"}})", job));
    BOOST_TEST(eventually([&] { return owner.get(path_of(job)).text("/state") == "done"; }));
    shown = owner.get(path_of(job));
    BOOST_TEST(shown.integer("/attempts") == 1);
    BOOST_TEST(shown.integer("/progress") == 100);
    BOOST_TEST(
        shared().base.sql().number(fmt::format("SELECT count(*) FROM tenantry.audit_event WHERE "
                                               "action = 'job.retried' AND subject_id = {}",
                                               job)) == 1);
}

BOOST_AUTO_TEST_CASE(a_done_job_cannot_be_retried) {
    auto owner = shared().owner();
    const auto jobs = finished_jobs(owner, owner.create_one("Done"));
    const auto refused = owner.request("POST", path_of(jobs[0]) + "/retry");
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(refused.text("/detail") ==
               "Only a dead or quarantined job can be retried, this one is done.");
}

BOOST_AUTO_TEST_CASE(a_job_that_is_delivered_a_hundred_times_has_its_effect_once) {
    auto owner = shared().owner();
    auto redis = redis_session{shared().base.redis().port()};
    const auto company = owner.create_one("Delivered often");
    for (int i = 0; i < 100; ++i)
        for (const auto* queue : {"provisioning", "billing"})
            redis.command(
                {"XADD", tenantry::jobs::stream_of(queue), "*", "agency",
                 std::to_string(shared().agency.id), "job",
                 shared().base.sql().execute(fmt::format(
                     "SELECT job_id FROM tenantry.job WHERE company_id = {} AND queue = '{}'",
                     company, queue))});
    for (const auto& job : finished_jobs(owner, company)) {
        BOOST_TEST(owner.get(path_of(job)).integer("/attempts") == 1);
        BOOST_TEST(owner.get(path_of(job)).integer("/crashes") == 0);
    }
    for (const auto* queue : {"provisioning", "billing"})
        BOOST_TEST(eventually([&] {
            return redis.command({"XLEN", tenantry::jobs::stream_of(queue)}) == ":0";
        }));
}

BOOST_AUTO_TEST_CASE(an_entry_that_is_no_job_is_dropped_and_the_next_one_runs) {
    auto owner = shared().owner();
    auto redis = redis_session{shared().base.redis().port()};
    const auto stream = tenantry::jobs::stream_of("billing");
    redis.command({"XADD", stream, "*", "agency", "x", "job", "y"});
    redis.command({"XADD", stream, "*", "something", "else"});
    redis.command({"XADD", stream, "*", "agency", "999999", "job", "999999"});
    finished_jobs(owner, owner.create_one("After nonsense"));
    BOOST_TEST(eventually([&] { return redis.command({"XLEN", stream}) == ":0"; }));
}

BOOST_AUTO_TEST_CASE(all_that_was_created_here_is_complete_in_the_end) {
    BOOST_REQUIRE(every_job_gets_done(shared().base.sql(), 30s));
    BOOST_TEST(faults_of_companies(shared().base.sql()) == "");
}

BOOST_AUTO_TEST_CASE(an_effect_that_is_missing_or_there_twice_is_seen) {
    auto& sql = shared().base.sql();
    for (const auto* change :
         {"UPDATE tenantry.workspace SET steps = array_remove(steps, 'slots')",
          "DELETE FROM tenantry.membership", "DELETE FROM tenantry.subscription_period",
          "INSERT INTO tenantry.ledger_posting SELECT agency_id, posting_id + 1000000, charge_key "
          "|| "
          "'/again', company_id, debit_account, credit_account, amount_minor, currency, "
          "description, "
          "posted_at FROM tenantry.ledger_posting",
          "UPDATE tenantry.ledger_posting SET amount_minor = amount_minor + 1"}) {
        sql.execute(std::string{"BEGIN; "} + change);
        BOOST_TEST(faults_of_companies(sql) != "", change);
        sql.execute("ROLLBACK");
    }
}

BOOST_AUTO_TEST_SUITE_END()
