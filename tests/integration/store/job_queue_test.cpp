// Jobs as workers claim, settle, lose and find them again.
#include "common/store/job_queue.hpp"

#include <boost/test/unit_test.hpp>

#include "common/domain/retry.hpp"
#include "common/store/advisory_locks.hpp"
#include "common/store/queues.hpp"
#include "tests/integration/store/open_transaction.hpp"
#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using test::soon;
using test::tenants;

namespace {

constexpr auto lease_time = 30s;

/// Puts a job there as the operator would, without a company.
job_reference add_job(tenants& t, const agency_ids& who) {
    const job_reference job{who.agency, domain::job_id{t.next_id()}};
    t.db.execute(fmt::format(
        "INSERT INTO tenantry.job (agency_id, job_id, queue, kind, steps_total, created_at, run_at)"
        " VALUES ({}, {}, 'provisioning', 'noop', 4, now(), now())",
        job.agency, job.job));
    return job;
}

std::vector<job_reference> add_jobs(tenants& t, const agency_ids& who, int count) {
    std::vector<job_reference> jobs;
    for (int i = 0; i < count; ++i) jobs.push_back(add_job(t, who));
    return jobs;
}

std::string where(const job_reference& job) {
    return fmt::format(" WHERE agency_id = {} AND job_id = {}", job.agency, job.job);
}

std::string column(tenants& t, const job_reference& job, const std::string& expression) {
    return t.db.execute("SELECT " + expression + " FROM tenantry.job" + where(job));
}

void change(tenants& t, const job_reference& job, const std::string& assignments) {
    t.db.execute("UPDATE tenantry.job SET " + assignments + where(job));
}

void expire(tenants& t, const job_reference& job) {
    change(t, job, "lease_until = now() - interval '1 ms'");
}

const std::string provisioning{jobs::provisioning_queue}, billing{jobs::billing_queue};

task<std::vector<lane_claim>> claim_lanes(tenants& t, std::vector<lane_demand> demands,
                                          std::string worker = "w1") {
    auto claims = co_await claim_due_jobs(t.worker, demands, lease_time, worker, soon());
    co_return claims.value().lanes;
}

task<lane_claim> claim_of(tenants& t, domain::agency_id agency, int jobs, std::string queue,
                          std::string worker) {
    std::vector<lane_demand> demands;
    demands.push_back({{agency, std::move(queue)}, jobs});
    auto claims = co_await claim_lanes(t, demands, worker);
    co_return std::move(claims.front());
}

/// What is due of an agency in one queue.
task<lane_claim> claim(tenants& t, const agency_ids& who, int jobs = 100,
                       std::string queue = provisioning, std::string worker = "w1") {
    return claim_of(t, who.agency, jobs, std::move(queue), std::move(worker));
}

/// The job, which is the first that is due in its lane, or alone because of a crash.
task<claimed_job> claim_one(tenants& t, job_reference wanted) {
    auto suspect = co_await claim_suspect(t.worker, wanted, lease_time, "w1", soon());
    if (suspect.value()) co_return **suspect;
    const auto claimed = co_await claim_of(t, wanted.agency, 1, provisioning, "w1");
    BOOST_TEST_REQUIRE(claimed.jobs.size() == 1u);
    BOOST_TEST((claimed.jobs.front() == wanted));
    co_return claimed.jobs.front();
}

/// Completes in a transaction of its own, as the executor does.
task<std::size_t> complete(tenants& t, std::vector<claimed_job> held) {
    auto connection = co_await t.worker.acquire(soon());
    auto completed = co_await complete_jobs(**connection, held, soon());
    auto committed = co_await commit(**connection, soon());
    BOOST_TEST_REQUIRE(committed.has_value());
    co_return completed.value().done.size();
}

task<> fail(tenants& t, claimed_job held, job_failure failure) {
    const failed_job attempt{{held.agency, held.job}, held.epoch, std::move(failure)};
    auto failed = co_await fail_jobs(t.worker, {&attempt, 1}, soon());
    BOOST_TEST(failed.has_value());
}

task<swept> sweep(tenants& t) {
    auto counts = co_await sweep_expired_leases(t.worker, soon());
    co_return counts.value();
}

task<> claim_what_is_due(tenants& t) {
    const auto job = add_job(t, t.first), other = add_job(t, t.second), bill = add_job(t, t.first);
    change(t, bill, "queue = 'billing', payload = '{\"a\": 1}'");
    std::vector<lane_demand> demands{{{t.first.agency, provisioning}, 10},
                                     {{t.second.agency, provisioning}, 10},
                                     {{t.first.agency, billing}, 10},
                                     {{t.second.agency, billing}, 10}};
    auto claims = co_await claim_lanes(t, demands);
    BOOST_TEST_REQUIRE(claims.size() == 4u);
    for (const auto& claim : claims) BOOST_TEST(!claim.rest.has_value());
    BOOST_TEST(claims[3].jobs.empty());
    BOOST_TEST_REQUIRE(claims[0].jobs.size() == 1u);
    const auto& claimed = claims[0].jobs.front();
    BOOST_TEST((claimed == job));
    BOOST_TEST((claims[1].jobs.at(0) == other));
    BOOST_TEST((claims[2].jobs.at(0) == bill));
    const auto payload = co_await read_payload(t.worker, claims[2].jobs.at(0), soon());
    BOOST_TEST(payload.value().value() == "{\"a\": 1}");
    BOOST_TEST(claimed.epoch == 1);
    BOOST_TEST(claimed.attempts == 1);
    BOOST_TEST(claimed.kind == "noop");
    BOOST_TEST(claimed.steps_total == 4);
    BOOST_TEST(!claimed.company.has_value());
    BOOST_TEST(column(t, job, "state || ' ' || worker") == "running w1");
    BOOST_TEST(column(t, job, "lease_until - started_at") == "00:00:30");
}

task<> claim_once(tenants& t) {
    const auto job = add_job(t, t.first);
    co_await claim_one(t, job);
    const auto again = co_await claim(t, t.first, 10, provisioning, "w2");
    BOOST_TEST(again.jobs.empty());
    BOOST_TEST(column(t, job, "epoch || ' ' || worker") == "1 w1");
}

task<> wait_for_the_time(tenants& t) {
    const auto job = add_job(t, t.first);
    change(t, job, "run_at = now() + interval '1 hour'");
    const auto early = co_await claim(t, t.first);
    BOOST_TEST(early.jobs.empty());
    change(t, job, "run_at = now()");
    const auto due = co_await claim(t, t.first);
    BOOST_TEST(due.jobs.size() == 1u);
}

task<> claim_by_priority(tenants& t) {
    const auto jobs = add_jobs(t, t.first, 5);
    change(t, jobs[0], "priority = 3, run_at = now() - interval '1 hour'");
    change(t, jobs[1], "priority = 0, run_at = now() + interval '1 hour'");
    change(t, jobs[2], "priority = 1, run_at = now() - interval '1 minute'");
    change(t, jobs[3], "priority = 1, run_at = now() - interval '2 minutes'");
    change(t, jobs[4], "priority = 0");
    const auto first = co_await claim(t, t.first, 3);
    BOOST_TEST_REQUIRE(first.jobs.size() == 3u);
    BOOST_TEST((first.jobs[0] == jobs[4]));
    BOOST_TEST((first.jobs[1] == jobs[3]));
    BOOST_TEST((first.jobs[2] == jobs[2]));
    const auto rest = co_await claim(t, t.first, 3);
    BOOST_TEST_REQUIRE(rest.jobs.size() == 1u);
    BOOST_TEST((rest.jobs[0] == jobs[0]));
}

task<> keep_to_the_cap(tenants& t) {
    t.db.execute("UPDATE tenantry.plan SET max_running_jobs = 3, job_weight = 7");
    add_jobs(t, t.first, 5);
    add_job(t, t.second);
    const auto some = co_await claim(t, t.first, 2);
    BOOST_TEST(some.jobs.size() == 2u);
    BOOST_TEST(some.weight == 7);
    BOOST_TEST(!some.rest.has_value());
    const auto last = co_await claim(t, t.first, 2);
    BOOST_TEST(last.jobs.size() == 1u);
    BOOST_TEST(last.rest.has_value());
    const auto none = co_await claim(t, t.first, 2);
    BOOST_TEST(none.jobs.empty());
    BOOST_TEST(none.rest.has_value());
    const auto others = co_await claim(t, t.second, 2);
    BOOST_TEST(others.jobs.size() == 1u);
    BOOST_TEST(!others.rest.has_value());
    co_await complete(t, some.jobs);
    const auto next = co_await claim(t, t.first, 5);
    BOOST_TEST(next.jobs.size() == 2u);
}

task<> keep_to_the_rate(tenants& t) {
    t.db.execute("UPDATE tenantry.plan SET jobs_per_minute = 3");
    add_jobs(t, t.first, 9);
    const auto burst = co_await claim(t, t.first, 5);
    BOOST_TEST(burst.jobs.size() == 3u);
    BOOST_TEST((burst.rest.value() > 15s));
    BOOST_TEST((burst.rest.value() <= 20s));
    const auto none = co_await claim(t, t.first, 5);
    BOOST_TEST(none.jobs.empty());
    t.db.execute("UPDATE tenantry.job_budget SET refilled_at = refilled_at - interval '25 s'");
    const auto refilled = co_await claim(t, t.first, 5);
    BOOST_TEST(refilled.jobs.size() == 1u);
    t.db.execute("UPDATE tenantry.job_budget SET refilled_at = refilled_at - interval '1 day'");
    const auto full = co_await claim(t, t.first, 5);
    BOOST_TEST(full.jobs.size() == 3u);
}

task<> outlive_a_clock_that_is_put_back(tenants& t) {
    t.db.execute("UPDATE tenantry.plan SET jobs_per_minute = 3");
    add_jobs(t, t.first, 9);
    co_await claim(t, t.first, 1);
    t.db.execute("UPDATE tenantry.job_budget SET refilled_at = refilled_at + interval '1 hour'");
    const auto after = co_await claim(t, t.first, 1);
    BOOST_TEST(after.jobs.size() == 1u);
    BOOST_TEST(t.db.execute("SELECT tokens >= 1 AND refilled_at <= now() FROM "
                            "tenantry.job_budget") == "t");
}

task<> leave_an_agency_to_another_worker(tenants& t) {
    add_job(t, t.first);
    add_job(t, t.second);
    auto rival = co_await t.worker.acquire(soon());
    const auto lock =
        fmt::format("SELECT pg_advisory_xact_lock(" LOCK_OF_JOBS ", hashint8({}))", t.first.agency);
    const pg::statement begin_statement{"", "BEGIN"}, lock_statement{"", lock.c_str()};
    const pg::query locking[] = {{&begin_statement}, {&lock_statement}};
    co_await (**rival).run(locking, soon());
    std::vector<lane_demand> demands{{{t.first.agency, provisioning}, 10},
                                     {{t.second.agency, provisioning}, 10}};
    const auto claims = co_await claim_lanes(t, demands);
    BOOST_TEST(claims[0].jobs.empty());
    BOOST_TEST(claims[0].taken);
    BOOST_TEST(!claims[1].taken);
    BOOST_TEST(claims[1].jobs.size() == 1u);
    co_await roll_back(**rival, soon());
    const auto again = co_await claim_lanes(t, demands);
    BOOST_TEST(again[0].jobs.size() == 1u);
}

task<> complete_what_is_held(tenants& t) {
    const auto held = co_await claim_one(t, add_job(t, t.first));
    const std::vector<claimed_job> all{held};
    const auto completed = co_await complete(t, all);
    BOOST_TEST(completed == 1u);
    BOOST_TEST(column(t, held,
                      "concat_ws(' ', state, steps_done, lease_until IS NULL,"
                      " finished_at IS NOT NULL)") == "done 4 t t");
    const auto again = co_await complete(t, all);
    BOOST_TEST(again == 0u);
}

task<> refuse_the_stale(tenants& t) {
    const auto job = add_job(t, t.first), other = add_job(t, t.first);
    const auto stale = co_await claim_one(t, job);
    const auto fresh = co_await claim_one(t, other);
    BOOST_TEST(fresh.epoch == 1);
    expire(t, job);
    co_await sweep(t);
    const auto current = co_await claim_one(t, job);
    BOOST_TEST(current.epoch == stale.epoch + 1);

    const job_failure outcome{"too late", std::nullopt};
    co_await fail(t, stale, outcome);
    BOOST_TEST(column(t, job, "concat_ws(' ', state, epoch)") == "running 2");
    const auto until = column(t, job, "lease_until");
    std::vector<claimed_job> one_stale{stale};
    auto extended = co_await extend_leases(t.worker, one_stale, 1h, soon());
    BOOST_TEST(extended.has_value());
    BOOST_TEST(column(t, job, "lease_until") == until);
    const std::vector<claimed_job> both{stale, fresh};
    const auto completed = co_await complete(t, both);
    BOOST_TEST(completed == 1u);
    BOOST_TEST(column(t, job, "state") == "running");
    BOOST_TEST(column(t, other, "state") == "done");
    const auto by_its_holder = co_await complete(t, std::vector(1, current));
    BOOST_TEST(by_its_holder == 1u);
}

task<> roll_a_completion_back(tenants& t) {
    const auto job = add_job(t, t.first);
    const auto held = co_await claim_one(t, job);
    auto connection = co_await t.worker.acquire(soon());
    const std::vector<claimed_job> all{held};
    co_await complete_jobs(**connection, all, soon());
    co_await roll_back(**connection, soon());
    BOOST_TEST(column(t, job, "state") == "running");
    const auto completed = co_await complete(t, std::vector(1, held));
    BOOST_TEST(completed == 1u);
}

task<> prolong(tenants& t) {
    const auto held = co_await claim_one(t, add_job(t, t.first));
    expire(t, held);
    std::vector<claimed_job> all{held};
    auto extended = co_await extend_leases(t.worker, all, 1h, soon());
    BOOST_TEST(extended.has_value());
    BOOST_TEST(column(t, held, "lease_until > now() + interval '59 minutes'") == "t");
    const auto counts = co_await sweep(t);
    BOOST_TEST(counts.returned == 0u);
}

task<> try_again_later(tenants& t) {
    const auto job = add_job(t, t.first);
    const auto held = co_await claim_one(t, job);
    const job_failure outcome{"no luck", 90s};
    co_await fail(t, held, outcome);
    BOOST_TEST(column(t, job,
                      "concat_ws(' ', state, attempts, crashes, last_error,"
                      " lease_until IS NULL, finished_at IS NULL)") == "pending 1 0 no luck t t");
    BOOST_TEST(column(t, job,
                      "run_at BETWEEN now() + interval '60 s' AND"
                      " now() + interval '90 s'") == "t");
    const auto early = co_await claim(t, t.first);
    BOOST_TEST(early.jobs.empty());
    change(t, job, "run_at = now()");
    const auto second = co_await claim_one(t, job);
    BOOST_TEST(second.attempts == 2);
    BOOST_TEST(second.epoch == 2);
}

task<> give_up(tenants& t) {
    const auto job = add_job(t, t.first);
    const auto held = co_await claim_one(t, job);
    const job_failure outcome{"hopeless", std::nullopt};
    co_await fail(t, held, outcome);
    BOOST_TEST(column(t, job, "concat_ws(' ', state, last_error, finished_at IS NOT NULL)") ==
               "dead hopeless t");
    const auto again = co_await claim(t, t.first);
    BOOST_TEST(again.jobs.empty());
}

task<> crash_to_quarantine(tenants& t) {
    const auto job = add_job(t, t.first), bystander = add_job(t, t.second);
    co_await claim_one(t, bystander);
    for (int crash = 1; crash <= domain::max_crashes; ++crash) {
        const auto held = co_await claim_one(t, job);
        BOOST_TEST(held.attempts == 1);  // a crash is no attempt
        expire(t, job);
        const auto counts = co_await sweep(t);
        const bool last = crash == domain::max_crashes;
        BOOST_TEST(counts.returned == (last ? 0u : 1u));
        BOOST_TEST(counts.quarantined == (last ? 1u : 0u));
        BOOST_TEST(column(t, job, "concat_ws(' ', state, crashes, attempts)") ==
                   fmt::format("{} {} 0", last ? "quarantined" : "pending", crash));
    }
    BOOST_TEST(column(t, job, "last_error") == "the worker w1 did not finish within its lease");
    BOOST_TEST(column(t, job, "finished_at IS NOT NULL") == "t");
    const auto again = co_await claim(t, t.first);
    BOOST_TEST(again.jobs.empty());
    BOOST_TEST(column(t, bystander, "state") == "running");
}

std::string named(const std::vector<waiting_lane>& lanes) {
    std::string text;
    for (const auto& lane : lanes)
        text += fmt::format("{} {} {}, ", lane.agency, lane.queue,
                            lane.due_for >= 0s ? "due" : "later");
    return text;
}

task<std::vector<waiting_lane>> lanes_behind(tenants& t, lane after, int at_most) {
    auto lanes = co_await find_waiting_lanes(t.worker, after, at_most, soon());
    co_return lanes.value();
}

task<> find_lanes_in_steps(tenants& t) {
    add_jobs(t, t.first, 5);
    const auto bill = add_job(t, t.first), later = add_job(t, t.second);
    const auto suspect = add_job(t, t.second);
    change(t, bill, "queue = 'billing', run_at = now() - interval '1 hour', priority = 3");
    change(t, later, "run_at = now() + interval '1 hour'");
    change(t, suspect, "queue = 'billing', crashes = 2");
    const auto first = t.first.agency, second = t.second.agency;
    const lane beginning{domain::agency_id{-1}, ""};
    const auto all = co_await lanes_behind(t, beginning, 10);
    BOOST_TEST(named(all) == fmt::format("{0} billing due, {0} provisioning due, {1} provisioning "
                                         "later, ",
                                         first, second));
    BOOST_TEST((all[0].due_for >= 1h));
    const auto two = co_await lanes_behind(t, beginning, 2);
    BOOST_TEST(two.size() == 2u);
    const auto rest = co_await lanes_behind(t, two.back(), 2);
    BOOST_TEST(named(rest) == fmt::format("{} provisioning later, ", second));
    const auto none = co_await lanes_behind(t, rest.back(), 2);
    BOOST_TEST(none.empty());
}

task<> skip_what_another_transaction_holds(tenants& t) {
    const auto jobs = add_jobs(t, t.first, 2);
    auto rival = co_await t.owner.acquire(soon());
    const auto lock = "SELECT 1 FROM tenantry.job" + where(jobs[0]) + " FOR UPDATE";
    const pg::statement begin_statement{"", "BEGIN"}, lock_statement{"", lock.c_str()};
    const pg::query locking[] = {{&begin_statement}, {&lock_statement}};
    co_await (**rival).run(locking, soon());
    const auto claimed = co_await claim(t, t.first);
    BOOST_TEST_REQUIRE(claimed.jobs.size() == 1u);
    BOOST_TEST((claimed.jobs[0] == jobs[1]));
}

task<pg::result<std::vector<suspect>>> suspects_of(tenants& t, std::string queue) {
    std::vector<std::string> queues(1, std::move(queue));
    auto suspects = co_await find_suspects(t.worker, std::move(queues), 10, soon());
    co_return suspects;
}

task<> leave_a_paused_queue_alone(tenants& t) {
    const auto job = add_job(t, t.first), suspect = add_job(t, t.first),
               other = add_job(t, t.first);
    change(t, suspect, "crashes = 2");
    change(t, other, "queue = 'billing'");
    BOOST_TEST((co_await pause_queue(t.owner, provisioning, soon())).has_value());
    const auto suspects = co_await suspects_of(t, provisioning);
    BOOST_TEST(suspects.value().empty());
    const auto no_suspect = co_await claim_suspect(t.worker, suspect, lease_time, "w1", soon());
    BOOST_TEST(!no_suspect.value().has_value());
    const lane beginning{domain::agency_id{-1}, ""};
    const auto lanes = co_await lanes_behind(t, beginning, 10);
    BOOST_TEST(named(lanes) ==
               fmt::format("{0} billing due, {0} provisioning later, ", t.first.agency));
    const auto paused = co_await claim(t, t.first);
    BOOST_TEST(paused.jobs.empty());
    const auto open = co_await claim(t, t.first, 10, billing);
    BOOST_TEST(open.jobs.size() == 1u);

    BOOST_TEST((co_await resume_queue(t.owner, provisioning, soon())).has_value());
    const auto due = co_await lanes_behind(t, beginning, 10);
    BOOST_TEST(named(due) == fmt::format("{} provisioning due, ", t.first.agency));
    const auto resumed = co_await claim(t, t.first);
    BOOST_TEST_REQUIRE(resumed.jobs.size() == 1u);
    BOOST_TEST((resumed.jobs[0] == job));
    const auto found = co_await suspects_of(t, provisioning);
    BOOST_TEST_REQUIRE(found.value().size() == 1u);
    BOOST_TEST((found.value()[0] == suspect));
    const auto of_others = co_await suspects_of(t, billing);
    BOOST_TEST(of_others.value().empty());
}

task<> claim_suspects_by_turns_and_within_the_plan(tenants& t) {
    const auto of_first = add_jobs(t, t.first, 3), of_second = add_jobs(t, t.second, 1);
    t.db.execute(
        "UPDATE tenantry.job SET crashes = 2; UPDATE tenantry.plan SET max_running_jobs = 1");
    change(t, of_first[1], "run_at = now() - interval '1 hour'");
    const auto found = co_await suspects_of(t, provisioning);
    BOOST_TEST_REQUIRE(found.value().size() == 4u);
    BOOST_TEST((found.value()[0] == of_first[1]));
    BOOST_TEST((found.value()[0].due_for >= 1h));
    BOOST_TEST((found.value()[1] == of_second[0]));
    BOOST_TEST((found.value()[2] == of_first[0]));
    BOOST_TEST((found.value()[3] == of_first[2]));
    auto one = co_await claim_suspect(t.worker, of_first[1], lease_time, "w1", soon());
    BOOST_TEST_REQUIRE(one.value().has_value());
    BOOST_TEST((**one == of_first[1]));
    const auto beyond = co_await claim_suspect(t.worker, of_first[0], lease_time, "w1", soon());
    BOOST_TEST(!beyond.value().has_value());
    const auto other = co_await claim_suspect(t.worker, of_second[0], lease_time, "w1", soon());
    BOOST_TEST(other.value().has_value());
}

task<job_hold> report(tenants& t, claimed_job held, int done, int total, std::string message) {
    job_progress progress{done, total, std::move(message)};
    auto hold = co_await report_progress(t.worker, held, std::move(progress), soon());
    co_return hold.value();
}

task<> cancel_what_waits(tenants& t) {
    const auto job = add_job(t, t.first);
    const auto state =
        co_await cancel_job_as_operator(t.owner, t.first.agency, job.job, test::noon, soon());
    BOOST_TEST((state.value() == domain::job_state::cancelled));
    BOOST_TEST(column(t, job, "concat_ws(' ', state, finished_at IS NOT NULL)") == "cancelled t");
    const auto claimed = co_await claim(t, t.first);
    BOOST_TEST(claimed.jobs.empty());
    const auto again =
        co_await cancel_job_as_operator(t.owner, t.first.agency, job.job, test::noon, soon());
    BOOST_TEST((again.error().code == errc::job_not_cancellable));
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.audit_event WHERE action = "
                            "'job.cancelled'") == "1");
}

task<> cancel_what_runs(tenants& t) {
    const auto job = add_job(t, t.first), other = add_job(t, t.first);
    const auto held = co_await claim(t, t.first);
    const auto state =
        co_await cancel_job_as_operator(t.owner, t.first.agency, job.job, test::noon, soon());
    BOOST_TEST((state.value() == domain::job_state::running));
    const auto hold = co_await report(t, held.jobs[0], 1, 4, "one");
    BOOST_TEST((hold == job_hold::to_cancel));
    BOOST_TEST(column(t, job, "concat_ws(' ', state, steps_done, message)") == "running 1 one");
    const auto completed = co_await complete(t, held.jobs);
    BOOST_TEST(completed == 1u);
    BOOST_TEST(column(t, job, "concat_ws(' ', state, steps_done)") == "cancelled 1");
    BOOST_TEST(column(t, other, "state") == "done");
}

task<> cancel_instead_of_another_attempt(tenants& t) {
    const auto job = add_job(t, t.first), lost = add_job(t, t.first);
    const auto held = co_await claim(t, t.first);
    co_await cancel_job_as_operator(t.owner, t.first.agency, job.job, test::noon, soon());
    co_await cancel_job_as_operator(t.owner, t.first.agency, lost.job, test::noon, soon());
    const job_failure failure{"no luck", 1s};
    co_await fail(t, held.jobs[0], failure);
    BOOST_TEST(column(t, job, "state") == "cancelled");
    expire(t, lost);
    const auto counts = co_await sweep(t);
    BOOST_TEST(counts.cancelled == 1u);
    BOOST_TEST(column(t, lost, "state") == "cancelled");
}

task<> say_how_far_it_is(tenants& t) {
    const auto held = co_await claim_one(t, add_job(t, t.first));
    const auto hold = co_await report(t, held, 9, 7, "far");
    BOOST_TEST((hold == job_hold::held));
    BOOST_TEST(column(t, held, "concat_ws(' ', steps_done, steps_total, message)") == "7 7 far");
    const std::string long_message(600, 'x');
    co_await report(t, held, 1, 7, long_message);
    BOOST_TEST(column(t, held, "length(message)") == std::to_string(domain::max_job_message));
    expire(t, held);
    co_await sweep(t);
    const auto lost = co_await report(t, held, 2, 7, "late");
    BOOST_TEST((lost == job_hold::lost));
}

task<> give_back_what_is_not_known(tenants& t) {
    const auto jobs = add_jobs(t, t.first, 4);
    const auto elsewhere = add_job(t, t.second);
    const auto known = co_await claim(t, t.first, 1);
    const auto lost = co_await claim(t, t.first, 1);
    const auto of_another = co_await claim(t, t.first, 1, provisioning, "w2");
    co_await claim(t, t.second);
    const auto suspect = co_await claim(t, t.first, 1);
    change(t, suspect.jobs[0], "crashes = 2");
    const std::vector<std::int64_t> agencies(1, t.first.agency.value());
    const auto released =
        co_await release_unknown_jobs(t.worker, agencies, "w1", known.jobs, soon());
    BOOST_TEST(released.value() == 1u);
    BOOST_TEST(column(t, lost.jobs[0],
                      "concat_ws(' ', state, attempts, crashes, lease_until IS "
                      "NULL)") == "pending 0 0 t");
    for (const auto& job : {known.jobs[0], of_another.jobs[0], suspect.jobs[0]})
        BOOST_TEST(column(t, job, "state") == "running");
    BOOST_TEST(column(t, elsewhere, "state") == "running");
    const auto again = co_await release_unknown_jobs(t.worker, agencies, "w1", known.jobs, soon());
    BOOST_TEST(again.value() == 0u);
}

task<> give_back(tenants& t) {
    const auto free = add_job(t, t.first), busy = add_job(t, t.first);
    const auto held = co_await claim(t, t.first);
    auto under_way = co_await t.worker.acquire(soon());
    const auto last = std::span{held.jobs}.last(1);
    co_await complete_jobs(**under_way, last, soon());
    const auto released = co_await release_jobs(t.worker, held.jobs, soon());
    BOOST_TEST(released.has_value());
    co_await commit(**under_way, soon());
    BOOST_TEST(column(t, free, "concat_ws(' ', state, attempts, crashes, lease_until IS NULL)") ==
               "pending 0 0 t");
    BOOST_TEST(column(t, busy, "state") == "done");
}

task<> settle_each_by_itself(tenants& t) {
    const auto jobs = add_jobs(t, t.first, 3);
    const auto held = co_await claim(t, t.first);
    auto connection = co_await t.worker.acquire(soon());
    co_await complete_jobs(**connection, held.jobs, soon());
    const std::vector<failed_job> failed{{jobs[0], 1, {"later", 90s}},
                                         {jobs[1], 1, {"never", std::nullopt}}};
    const auto settled = co_await fail_jobs(**connection, failed, soon());
    BOOST_TEST(settled.has_value());
    co_await commit(**connection, soon());
    const std::string what = "concat_ws(' ', state, steps_done, last_error, finished_at IS NULL)";
    BOOST_TEST(column(t, jobs[0], what) == "pending 0 later t");
    BOOST_TEST(column(t, jobs[1], what) == "dead 0 never f");
    BOOST_TEST(column(t, jobs[2], what) == "done 4 f");
    // Whoever does not know that the commit went through cannot undo it.
    const job_failure failure{"lost the connection", 1s};
    co_await fail(t, held.jobs[2], failure);
    BOOST_TEST(column(t, jobs[2], "state") == "done");
}

task<std::optional<domain::job_id>> add_unique(tenants& t, const agency_ids& who, std::string key) {
    added_job job{.agency = who.agency, .kind = jobs::noop, .payload = "{}", .delay = 1h};
    job.unique_key = std::move(key);
    job.window = 1h;
    auto added = co_await store::add_job(t.owner, job, soon());
    co_return added.value();
}

task<> add_once(tenants& t) {
    const auto first = co_await add_unique(t, t.first, "k");
    BOOST_TEST_REQUIRE(first.has_value());
    BOOST_TEST(column(t, {t.first.agency, *first}, "run_at - created_at") == "01:00:00");
    const auto again = co_await add_unique(t, t.first, "k");
    BOOST_TEST(!again.has_value());
    BOOST_TEST((co_await add_unique(t, t.first, "other")).has_value());
    BOOST_TEST((co_await add_unique(t, t.second, "k")).has_value());
    t.db.execute("UPDATE tenantry.unique_job SET until = now()");
    BOOST_TEST((co_await add_unique(t, t.first, "k")).has_value());
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.job") == "4");
}

task<> tell_how_long_it_was_due(tenants& t) {
    const auto job = add_job(t, t.first);
    change(t, job, "run_at = now() - interval '1 hour', queue = 'billing'");
    const auto claimed = co_await claim(t, t.first, 1, billing);
    const auto& held = claimed.jobs.at(0);
    BOOST_TEST(held.queue == "billing");
    BOOST_TEST((held.dwelt >= 1h));
    BOOST_TEST((held.dwelt < 2h));
}

task<> finish_what_runs_in_a_paused_queue(tenants& t) {
    const auto job = add_job(t, t.first);
    const auto held = co_await claim_one(t, job);
    const std::vector<claimed_job> all{held};
    BOOST_TEST((co_await pause_queue(t.owner, "provisioning", soon())).has_value());
    auto connection = co_await t.worker.acquire(soon());
    const auto done = co_await complete_jobs(**connection, all, soon());
    BOOST_TEST(done.value().done.size() == 1u);
    co_await commit(**connection, soon());
    BOOST_TEST(column(t, job, "state") == "done");
}

task<> count_by_queue(tenants& t) {
    co_await claim_one(t, add_job(t, t.first));
    const auto old = add_job(t, t.first), later = add_job(t, t.second), dead = add_job(t, t.first);
    change(t, old, "run_at = now() - interval '1 hour'");
    change(t, later, "run_at = now() + interval '1 hour'");
    change(t, dead, "state = 'dead'");
    const auto quarantined = add_job(t, t.first);
    change(t, quarantined, "state = 'quarantined'");
    auto queues = co_await list_queues(t.owner, soon());
    BOOST_TEST_REQUIRE(queues.value().size() == jobs::queues.size());
    const auto &idle = queues.value()[0], &busy = queues.value()[2];
    BOOST_TEST(idle.queue == "billing");
    BOOST_TEST(idle.due == 0);
    BOOST_TEST(!idle.oldest_due.has_value());
    BOOST_TEST(busy.queue == "provisioning");
    BOOST_TEST(busy.due == 1);
    BOOST_TEST(busy.delayed == 1);
    BOOST_TEST(busy.running == 1);
    BOOST_TEST(busy.dead == 1);
    BOOST_TEST(busy.quarantined == 1);
    BOOST_TEST((busy.oldest_due.value() >= 1h));
    BOOST_TEST((busy.oldest_due.value() < 2h));
}

task<> pause_and_resume_twice(tenants& t) {
    const auto since = [&t] {
        return t.db.execute("SELECT paused_at FROM tenantry.queue WHERE queue = 'billing'");
    };
    BOOST_TEST((co_await pause_queue(t.owner, "billing", soon())).has_value());
    const auto first = since();
    BOOST_TEST(first != "");
    BOOST_TEST((co_await pause_queue(t.owner, "billing", soon())).has_value());
    BOOST_TEST(since() == first);
    for (int i = 0; i < 2; ++i)
        BOOST_TEST((co_await resume_queue(t.owner, "billing", soon())).has_value());
    BOOST_TEST(since() == "");
    const auto unknown = co_await pause_queue(t.owner, "post", soon());
    BOOST_TEST((unknown.error().code == errc::not_found));
    const auto unknown_too = co_await resume_queue(t.owner, "post", soon());
    BOOST_TEST((unknown_too.error().code == errc::not_found));
}

task<std::vector<std::int64_t>> others_seen(tenants& t) {
    std::vector<lane_demand> demands;
    demands.push_back({{t.first.agency, billing}, 1});
    auto claims = co_await claim_due_jobs(t.worker, demands, lease_time, "w1", soon());
    co_return claims.value().others_snapshots;
}

/// A snapshot is what tells that a statement runs.
task<> see_what_others_run(tenants& t) {
    constexpr const char* keep = "BEGIN ISOLATION LEVEL REPEATABLE READ";
    BOOST_TEST((co_await others_seen(t)).empty());
    auto api = co_await test::open_transaction::of(t.api, "SELECT 1", keep);
    auto worker = co_await test::open_transaction::of(t.worker, "SELECT 1", keep);
    const auto seen = co_await others_seen(t);
    BOOST_TEST(seen.size() == 1u);
    BOOST_TEST((co_await others_seen(t)) == seen, boost::test_tools::per_element());
    co_await api.commit();
    BOOST_TEST((co_await others_seen(t)).empty());
    co_await worker.commit();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(job_queue_test)

BOOST_AUTO_TEST_CASE(suspects_take_turns_and_keep_to_the_plan) {
    test::with_tenants(claim_suspects_by_turns_and_within_the_plan);
}
BOOST_AUTO_TEST_CASE(of_a_paused_queue_nothing_is_claimed_or_found_until_it_is_resumed) {
    test::with_tenants(leave_a_paused_queue_alone);
}

BOOST_AUTO_TEST_CASE(a_claim_tells_how_long_the_job_was_due) {
    test::with_tenants(tell_how_long_it_was_due);
}

BOOST_AUTO_TEST_CASE(what_runs_when_its_queue_is_paused_comes_to_its_end) {
    test::with_tenants(finish_what_runs_in_a_paused_queue);
}

BOOST_AUTO_TEST_CASE(queues_are_told_by_what_waits_runs_and_failed_in_them) {
    test::with_tenants(count_by_queue);
}

BOOST_AUTO_TEST_CASE(pausing_and_resuming_twice_is_as_once_and_an_unknown_queue_is_refused) {
    test::with_tenants(pause_and_resume_twice);
}

BOOST_AUTO_TEST_CASE(what_is_pending_and_due_is_claimed_and_the_rest_left_out) {
    test::with_tenants(claim_what_is_due);
}
BOOST_AUTO_TEST_CASE(a_job_is_claimed_by_one_worker) {
    test::with_tenants(claim_once);
}
BOOST_AUTO_TEST_CASE(a_job_is_not_claimed_before_its_time) {
    test::with_tenants(wait_for_the_time);
}
BOOST_AUTO_TEST_CASE(a_held_job_is_completed_once) {
    test::with_tenants(complete_what_is_held);
}
BOOST_AUTO_TEST_CASE(a_stale_epoch_settles_nothing) {
    test::with_tenants(refuse_the_stale);
}
BOOST_AUTO_TEST_CASE(a_completion_that_is_rolled_back_has_not_happened) {
    test::with_tenants(roll_a_completion_back);
}
BOOST_AUTO_TEST_CASE(a_prolonged_lease_is_not_swept) {
    test::with_tenants(prolong);
}
BOOST_AUTO_TEST_CASE(a_failed_attempt_is_repeated_after_its_pause) {
    test::with_tenants(try_again_later);
}
BOOST_AUTO_TEST_CASE(a_discarded_job_is_dead) {
    test::with_tenants(give_up);
}
BOOST_AUTO_TEST_CASE(crashes_are_counted_apart_and_the_third_quarantines) {
    test::with_tenants(crash_to_quarantine);
}
BOOST_AUTO_TEST_CASE(jobs_are_claimed_by_their_priority_and_then_by_their_age) {
    test::with_tenants(claim_by_priority);
}
BOOST_AUTO_TEST_CASE(no_more_of_an_agencys_jobs_run_than_its_plan_grants) {
    test::with_tenants(keep_to_the_cap);
}
BOOST_AUTO_TEST_CASE(no_more_of_an_agencys_jobs_are_started_a_minute_than_its_plan_grants) {
    test::with_tenants(keep_to_the_rate);
}
BOOST_AUTO_TEST_CASE(a_rate_is_granted_also_after_the_clock_was_put_back) {
    test::with_tenants(outlive_a_clock_that_is_put_back);
}
BOOST_AUTO_TEST_CASE(one_worker_at_a_time_claims_for_an_agency_and_nobody_waits) {
    test::with_tenants(leave_an_agency_to_another_worker);
}
BOOST_AUTO_TEST_CASE(lanes_with_pending_jobs_are_found_in_bounded_steps) {
    test::with_tenants(find_lanes_in_steps);
}
BOOST_AUTO_TEST_CASE(jobs_that_another_transaction_holds_are_skipped) {
    test::with_tenants(skip_what_another_transaction_holds);
}
BOOST_AUTO_TEST_CASE(a_pending_job_is_cancelled_at_once_and_once) {
    test::with_tenants(cancel_what_waits);
}
BOOST_AUTO_TEST_CASE(a_running_job_that_is_called_off_is_not_done_but_cancelled) {
    test::with_tenants(cancel_what_runs);
}
BOOST_AUTO_TEST_CASE(a_job_that_is_called_off_is_not_tried_again) {
    test::with_tenants(cancel_instead_of_another_attempt);
}
BOOST_AUTO_TEST_CASE(a_running_job_says_how_far_it_is_while_it_is_held) {
    test::with_tenants(say_how_far_it_is);
}
BOOST_AUTO_TEST_CASE(what_is_given_back_was_never_tried_and_what_commits_is_left_alone) {
    test::with_tenants(give_back);
}
BOOST_AUTO_TEST_CASE(of_a_lost_claim_is_given_back_what_nobody_knows_of) {
    test::with_tenants(give_back_what_is_not_known);
}
BOOST_AUTO_TEST_CASE(each_job_of_a_transaction_has_an_outcome_of_its_own) {
    test::with_tenants(settle_each_by_itself);
}
BOOST_AUTO_TEST_CASE(a_job_of_a_key_is_added_once_in_its_window_and_agency) {
    test::with_tenants(add_once);
}

BOOST_AUTO_TEST_CASE(a_claim_sees_what_others_than_workers_run) {
    test::with_tenants(see_what_others_run);
}

BOOST_AUTO_TEST_SUITE_END()
