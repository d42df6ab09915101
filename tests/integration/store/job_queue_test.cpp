// Jobs as workers claim, settle, lose and find them again.
#include "common/store/job_queue.hpp"

#include <boost/test/unit_test.hpp>

#include "common/domain/retry.hpp"
#include "common/store/queues.hpp"
#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using test::soon;
using test::tenants;

namespace {

constexpr auto lease = 30s;

/// Puts a job there as the operator would, without a company.
job_reference add_job(tenants& t, const agency_ids& who) {
    const job_reference job{who.agency, domain::job_id{t.next_id()}};
    t.db.execute(fmt::format(
        "INSERT INTO tenantry.job (agency_id, job_id, queue, kind, steps_total, created_at, run_at,"
        " dispatch_at) VALUES ({}, {}, 'provisioning', 'noop', 4, now(), now(), now())",
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

task<std::vector<claimed_job>> claim(tenants& t, std::vector<job_reference> wanted,
                                     std::string worker = "w1") {
    std::sort(wanted.begin(), wanted.end());
    auto claimed = co_await claim_jobs(t.worker, wanted, lease, worker, soon());
    co_return claimed.value();
}

task<claimed_job> claim_one(tenants& t, job_reference wanted) {
    std::vector<job_reference> all{wanted};
    const auto claimed = co_await claim(t, all);
    BOOST_TEST_REQUIRE(claimed.size() == 1u);
    co_return claimed.front();
}

/// Completes in a transaction of its own, as the executor does.
task<std::size_t> complete(tenants& t, std::vector<claimed_job> held) {
    auto connection = co_await t.worker.acquire(soon());
    std::vector<std::int64_t> agencies;
    for (const auto& job : held) agencies.push_back(job.agency.value());
    auto begun = co_await begin(**connection, agencies, soon());
    BOOST_TEST_REQUIRE(begun.has_value());
    auto completed = co_await complete_jobs(**connection, held, soon());
    auto committed = co_await commit(**connection, soon());
    BOOST_TEST_REQUIRE(committed.has_value());
    co_return completed.value().size();
}

task<> fail(tenants& t, claimed_job held, job_failure failure) {
    auto failed = co_await fail_job(t.worker, held, failure, soon());
    BOOST_TEST(failed.has_value());
}

task<swept> sweep(tenants& t) {
    auto counts = co_await sweep_expired_leases(t.worker, soon());
    co_return counts.value();
}

task<> claim_what_is_due(tenants& t) {
    const auto job = add_job(t, t.first), other = add_job(t, t.second);
    const job_reference unknown{t.first.agency, domain::job_id{999'999}};
    const job_reference not_theirs{t.second.agency, job.job};
    const std::vector<job_reference> wanted{job, other, unknown, not_theirs};
    auto claimed = co_await claim(t, wanted);
    BOOST_TEST_REQUIRE(claimed.size() == 2u);
    std::sort(claimed.begin(), claimed.end());
    BOOST_TEST((static_cast<job_reference&>(claimed[0]) == job));
    BOOST_TEST((static_cast<job_reference&>(claimed[1]) == other));
    BOOST_TEST(claimed[0].epoch == 1);
    BOOST_TEST(claimed[0].attempts == 1);
    BOOST_TEST(claimed[0].kind == "noop");
    BOOST_TEST(claimed[0].steps_total == 4);
    BOOST_TEST(!claimed[0].company.has_value());
    BOOST_TEST(column(t, job, "state || ' ' || worker") == "running w1");
    BOOST_TEST(column(t, job, "lease_until - started_at") == "00:00:30");
}

task<> claim_once(tenants& t) {
    const auto job = add_job(t, t.first);
    co_await claim_one(t, job);
    const auto again = co_await claim(t, std::vector(1, job), "w2");
    BOOST_TEST(again.empty());
    BOOST_TEST(column(t, job, "epoch || ' ' || worker") == "1 w1");
}

task<> wait_for_the_time(tenants& t) {
    const auto job = add_job(t, t.first);
    change(t, job, "run_at = now() + interval '1 hour'");
    const auto early = co_await claim(t, std::vector(1, job));
    BOOST_TEST(early.empty());
    change(t, job, "run_at = now()");
    const auto due = co_await claim(t, std::vector(1, job));
    BOOST_TEST(due.size() == 1u);
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
    const std::vector<std::int64_t> agencies{job.agency.value()};
    co_await begin(**connection, agencies, soon());
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
                      "run_at = dispatch_at AND run_at BETWEEN now() + interval '60 s' AND"
                      " now() + interval '90 s'") == "t");
    const auto early = co_await claim(t, std::vector(1, job));
    BOOST_TEST(early.empty());
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
    const auto again = co_await claim(t, std::vector(1, job));
    BOOST_TEST(again.empty());
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
    const auto again = co_await claim(t, std::vector(1, job));
    BOOST_TEST(again.empty());
    BOOST_TEST(column(t, bystander, "state") == "running");
}

task<> share_by_agency(tenants& t) {
    add_jobs(t, t.first, 5);
    const auto one = add_job(t, t.second);
    auto hints = co_await take_undispatched(t.worker, 10, 3, 1h, soon());
    int of_first = 0, of_second = 0;
    for (const auto& hint : hints.value()) {
        ++(hint.agency == t.first.agency ? of_first : of_second);
        BOOST_TEST(hint.queue == "provisioning");
    }
    BOOST_TEST(of_first == 3);
    BOOST_TEST(of_second == 1);
    BOOST_TEST(column(t, one, "dispatch_at > now() + interval '59 minutes'") == "t");

    auto rest = co_await take_undispatched(t.worker, 10, 3, 1h, soon());
    BOOST_TEST(rest.value().size() == 2u);
    auto none = co_await take_undispatched(t.worker, 10, 3, 1h, soon());
    BOOST_TEST(none.value().empty());
}

task<> limit_the_agencies(tenants& t) {
    add_job(t, t.first);
    add_job(t, t.second);
    auto one = co_await take_undispatched(t.worker, 1, 3, 1h, soon());
    BOOST_TEST(one.value().size() == 1u);
    auto other = co_await take_undispatched(t.worker, 1, 3, 1h, soon());
    BOOST_TEST(other.value().size() == 1u);
    BOOST_TEST((one.value()[0].agency != other.value()[0].agency));
}

task<> dispatch_again_after_the_pause(tenants& t) {
    const auto job = add_job(t, t.first);
    auto first = co_await take_undispatched(t.worker, 10, 10, 0ms, soon());
    BOOST_TEST(first.value().size() == 1u);
    auto again = co_await take_undispatched(t.worker, 10, 10, 1h, soon());
    BOOST_TEST(again.value().size() == 1u);
    auto paused = co_await take_undispatched(t.worker, 10, 10, 1h, soon());
    BOOST_TEST(paused.value().empty());
    BOOST_TEST(column(t, job, "state") == "pending");
    co_await claim_one(t, job);
    change(t, job, "dispatch_at = now()");
    auto running = co_await take_undispatched(t.worker, 10, 10, 1h, soon());
    BOOST_TEST(running.value().empty());
}

task<> skip_what_another_relay_takes(tenants& t) {
    const auto jobs = add_jobs(t, t.first, 2);
    auto rival = co_await t.owner.acquire(soon());
    const auto lock = "SELECT 1 FROM tenantry.job" + where(jobs[0]) + " FOR UPDATE";
    const pg::statement begin_statement{"", "BEGIN"}, lock_statement{"", lock.c_str()};
    const pg::query locking[] = {{&begin_statement}, {&lock_statement}};
    co_await (**rival).run(locking, soon());
    auto hints = co_await take_undispatched(t.worker, 10, 10, 1h, soon());
    BOOST_TEST_REQUIRE(hints.value().size() == 1u);
    BOOST_TEST(hints.value()[0].job == jobs[1].job);
}

task<> leave_a_paused_queue_alone(tenants& t) {
    const auto job = add_job(t, t.first), suspect = add_job(t, t.first),
               other = add_job(t, t.first);
    change(t, suspect, "crashes = 1");
    change(t, other, "queue = 'billing'");
    std::vector<job_reference> all{job, suspect, other};
    BOOST_TEST((co_await pause_queue(t.owner, "provisioning", soon())).has_value());
    const auto suspects = co_await find_suspects(t.worker, all, soon());
    BOOST_TEST(suspects.value().empty());
    const auto taken = co_await take_undispatched(t.worker, 10, 10, 1h, soon());
    BOOST_TEST_REQUIRE(taken.value().size() == 1u);
    BOOST_TEST(taken.value()[0].job == other.job);
    const auto claimed = co_await claim(t, all);
    BOOST_TEST_REQUIRE(claimed.size() == 1u);
    BOOST_TEST(claimed[0].job == other.job);

    change(t, job, "dispatch_at = now() + interval '1 hour'");
    BOOST_TEST((co_await resume_queue(t.owner, "provisioning", soon())).has_value());
    const auto due = co_await take_undispatched(t.worker, 10, 10, 1h, soon());
    BOOST_TEST(due.value().size() == 2u);
    const auto open = co_await claim(t, all);
    BOOST_TEST(open.size() == 2u);
}

task<> tell_how_long_it_was_due(tenants& t) {
    const auto job = add_job(t, t.first);
    change(t, job, "run_at = now() - interval '1 hour', queue = 'billing'");
    const auto held = co_await claim_one(t, job);
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
    const std::vector<std::int64_t> agencies{job.agency.value()};
    co_await begin(**connection, agencies, soon());
    const auto done = co_await complete_jobs(**connection, all, soon());
    BOOST_TEST(done.value().size() == 1u);
    co_await commit(**connection, soon());
    BOOST_TEST(column(t, job, "state") == "done");
}

task<> count_by_queue(tenants& t) {
    const auto old = add_job(t, t.first), later = add_job(t, t.second), dead = add_job(t, t.first);
    change(t, old, "run_at = now() - interval '1 hour'");
    change(t, later, "run_at = now() + interval '1 hour'");
    change(t, dead, "state = 'dead'");
    const auto quarantined = add_job(t, t.first);
    change(t, quarantined, "state = 'quarantined'");
    co_await claim_one(t, add_job(t, t.first));
    auto queues = co_await list_queues(t.owner, soon());
    BOOST_TEST_REQUIRE(queues.value().size() == 2u);
    const auto &billing = queues.value()[0], &provisioning = queues.value()[1];
    BOOST_TEST(billing.queue == "billing");
    BOOST_TEST(billing.due == 0);
    BOOST_TEST(!billing.oldest_due.has_value());
    BOOST_TEST(provisioning.due == 1);
    BOOST_TEST(provisioning.delayed == 1);
    BOOST_TEST(provisioning.running == 1);
    BOOST_TEST(provisioning.dead == 1);
    BOOST_TEST(provisioning.quarantined == 1);
    BOOST_TEST((provisioning.oldest_due.value() >= 1h));
    BOOST_TEST((provisioning.oldest_due.value() < 2h));
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

}  // namespace

BOOST_AUTO_TEST_SUITE(job_queue_test)

BOOST_AUTO_TEST_CASE(of_a_paused_queue_nothing_is_claimed_or_pushed_until_it_is_resumed) {
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
BOOST_AUTO_TEST_CASE(an_agency_gets_its_share_of_a_dispatch_and_no_more) {
    test::with_tenants(share_by_agency);
}
BOOST_AUTO_TEST_CASE(agencies_beyond_the_limit_get_the_next_dispatch) {
    test::with_tenants(limit_the_agencies);
}
BOOST_AUTO_TEST_CASE(a_job_that_nobody_claims_is_dispatched_again_after_the_pause) {
    test::with_tenants(dispatch_again_after_the_pause);
}
BOOST_AUTO_TEST_CASE(jobs_that_another_relay_is_taking_are_skipped) {
    test::with_tenants(skip_what_another_relay_takes);
}

BOOST_AUTO_TEST_SUITE_END()
