// What the clock causes, each tick once: whoever settles it, however often, and whatever the clock
// and last_tick have been through.
#include "common/store/periodic_jobs.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/integration/store/open_transaction.hpp"
#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using test::soon;
using test::tenants;

namespace {

const std::string sweep_name = "sweep orphans";

/// Due each hour, last settled so many hours ago.
void add(tenants& t, const std::string& name, const std::string& catch_up, int hours) {
    t.db.execute(
        fmt::format("INSERT INTO tenantry.periodic_job (name, schedule, queue, kind, payload, "
                    "catch_up, last_tick)"
                    " VALUES ('{}', '0 * * * *', 'maintenance', 'noop', '{{\"a\": 1}}', '{}',"
                    " date_trunc('hour', now()) - interval '{} h')",
                    name, catch_up, hours));
}

std::string column(tenants& t, const std::string& name, const std::string& expression) {
    return t.db.execute("SELECT " + expression + " FROM tenantry.periodic_job WHERE name = '" +
                        name + "'");
}

void change(tenants& t, const std::string& name, const std::string& assignments) {
    t.db.execute("UPDATE tenantry.periodic_job SET " + assignments + " WHERE name = '" + name +
                 "'");
}

std::int64_t jobs_where(tenants& t, const std::string& condition) {
    return std::stoll(
        t.db.execute("SELECT count(*) FROM tenantry.job WHERE agency_id = 0 AND " + condition));
}

void finish_all_jobs(tenants& t) {
    t.db.execute("UPDATE tenantry.job SET state = 'done', finished_at = now() WHERE agency_id = 0");
}

struct read_job {
    periodic_job job;
    timestamp now;
};

task<read_job> read(tenants& t, std::string name) {
    auto session = co_await t.worker.acquire(soon());
    auto listed = co_await list_periodic_jobs(**session, soon());
    BOOST_TEST_REQUIRE(listed.has_value(), (listed ? "" : listed.error().message));
    auto found = std::ranges::find(listed->all, name, &periodic_job::name);
    BOOST_TEST_REQUIRE((found != listed->all.end()), name);
    read_job answer{*found, listed->now};
    co_return answer;
}

domain::due_ticks due_of(const read_job& read) {
    return domain::find_due_ticks(domain::cron::parse(read.job.schedule).value(),
                                  domain::time_zone::find(read.job.time_zone).value(),
                                  read.job.catch_up, read.job.last_tick, read.now);
}

task<std::optional<std::int64_t>> settle(tenants& t, read_job as_read) {
    auto session = co_await t.worker.acquire(soon());
    const auto due = due_of(as_read);
    const auto* kind = jobs::find_kind(as_read.job.kind);
    auto settled = co_await settle_ticks(**session, as_read.job, due, *kind, soon());
    BOOST_TEST_REQUIRE(settled.has_value(), (settled ? "" : settled.error().message));
    co_return *settled;
}

/// As the scheduler does it, until nothing is due; how many jobs each round added.
task<std::vector<std::int64_t>> catch_up_with(tenants& t, std::string name) {
    std::vector<std::int64_t> added;
    while (true) {
        const auto seen = co_await read(t, name);
        if (due_of(seen).ticks.empty()) co_return added;
        const auto settled = co_await settle(t, seen);
        BOOST_TEST_REQUIRE(settled.has_value());
        added.push_back(*settled);
    }
}

task<> cause_a_job(tenants& t) {
    add(t, "each hour", "every", 1);
    const auto seen = co_await read(t, "each hour");
    BOOST_TEST(seen.job.time_zone == "UTC");
    BOOST_TEST(!seen.job.last_job.has_value());
    const auto settled = co_await settle(t, seen);
    BOOST_TEST(settled.value() == 1);
    BOOST_TEST(column(t, "each hour", "last_tick = date_trunc('hour', now())") == "t");
    BOOST_TEST(t.db.execute(
                   "SELECT concat_ws(' ', agency_id, j.queue, j.kind, priority, steps_total, state,"
                   " j.payload->>'a', (j.payload->>'tick')::timestamptz = run_at, run_at ="
                   " last_tick, job_id = last_job_id, created_at > run_at, company_id IS NULL)"
                   " FROM tenantry.job j, tenantry.periodic_job p WHERE agency_id = 0 AND name = "
                   "'each hour'") == "0 maintenance noop 1 1 pending 1 t t t t t");
    BOOST_TEST(
        t.db.execute("SELECT concat_ws(' ', agency_id, unique_key LIKE 'each hour@20%:00:00Z',"
                     " until) FROM tenantry.unique_job") == "0 t infinity");
    const auto after = co_await read(t, "each hour");
    BOOST_TEST((after.job.last_job_state == domain::job_state::pending));
    BOOST_TEST(due_of(after).ticks.empty());
}

task<> settle_into(tenants& t, read_job as_read,
                   std::vector<std::optional<std::int64_t>>& answers) {
    const auto settled = co_await settle(t, std::move(as_read));
    answers.push_back(settled);
}

/// Both have read the same and wait for the row when it is let go.
task<> race(tenants& t) {
    add(t, "raced", "every", 3);
    const auto seen = co_await read(t, "raced");
    auto holder = co_await test::open_transaction::of(
        t.owner, "SELECT 1 FROM tenantry.periodic_job FOR UPDATE");
    const executor here = co_await net::this_coro::executor;
    std::vector<std::optional<std::int64_t>> answers;
    for (int i = 0; i < 2; ++i) net::co_spawn(here, settle_into(t, seen, answers), net::detached);
    co_await test::until([&t] {
        return t.db.execute(
                   "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                   " AND datname = current_database()") == "2";
    });
    co_await holder.commit();
    co_await test::until([&] { return answers.size() == 2; });
    BOOST_TEST((answers[0].has_value() != answers[1].has_value()));
    BOOST_TEST(answers[0].value_or(0) + answers[1].value_or(0) == 3);
    BOOST_TEST(jobs_where(t, "true") == 3);
    BOOST_TEST(t.db.execute("SELECT count(DISTINCT run_at) FROM tenantry.job") == "3");
}

task<> catch_up_with_every(tenants& t) {
    add(t, "away", "every", 250);
    const auto added = co_await catch_up_with(t, "away");
    const std::vector<std::int64_t> expected{100, 100, 50};
    BOOST_TEST(added == expected, boost::test_tools::per_element());
    BOOST_TEST(
        t.db.execute("SELECT concat_ws(' ', count(*) = count(DISTINCT run_at), count(*) ="
                     " extract(epoch FROM max(run_at) - min(run_at)) / 3600 + 1, max(run_at) ="
                     " (SELECT last_tick FROM tenantry.periodic_job WHERE name = 'away'))"
                     " FROM tenantry.job") == "t t t");
}

task<> catch_up_with_the_latest(tenants& t) {
    add(t, "away", "latest", 250);
    const auto added = co_await catch_up_with(t, "away");
    BOOST_TEST_REQUIRE(added.size() == 1u);
    BOOST_TEST(added[0] == 1);
    BOOST_TEST(
        t.db.execute("SELECT concat_ws(' ', count(*), max(run_at) = date_trunc('hour', now()))"
                     " FROM tenantry.job") == "1 t");
}

/// To whoever looks, a clock that is put forward makes what was done before look older.
void put_clock_forward(tenants& t, const std::string& name, int hours) {
    change(t, name, fmt::format("last_tick = last_tick - interval '{} h'", hours));
    t.db.execute(
        fmt::format("UPDATE tenantry.job SET run_at = run_at - interval '{0} h';"
                    " UPDATE tenantry.unique_job SET unique_key = '{1}@' ||"
                    " to_char(date_trunc('hour', now()) AT TIME ZONE 'UTC' - interval '{0} h',"
                    " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
                    hours, name));
}

task<> jump(tenants& t) {
    for (const auto* policy : {"every", "latest"}) {
        add(t, policy, policy, 1);
        co_await catch_up_with(t, policy);
        finish_all_jobs(t);
        change(t, policy, "last_tick = last_tick + interval '1 day'");  // the clock was put back
        const auto again = co_await catch_up_with(t, policy);
        BOOST_TEST(again.empty());
        BOOST_TEST(jobs_where(t, "true") == 1);
        change(t, policy, "last_tick = last_tick - interval '1 day'");
        put_clock_forward(t, policy, 10);
        const auto skipped = co_await catch_up_with(t, policy);
        const std::vector<std::int64_t> expected{policy == std::string{"every"} ? 10 : 1};
        BOOST_TEST(skipped == expected, boost::test_tools::per_element());
        BOOST_TEST(t.db.execute("SELECT count(*) = count(DISTINCT run_at) FROM tenantry.job") ==
                   "t");
        t.db.execute(
            "DELETE FROM tenantry.job; DELETE FROM tenantry.unique_job;"
            " DELETE FROM tenantry.periodic_job WHERE kind = 'noop'");
    }
}

task<> never_twice(tenants& t) {
    for (const auto* policy : {"every", "latest"}) {
        const std::string name = std::string{"tampered with, "} + policy;
        add(t, name, policy, 3);
        co_await catch_up_with(t, name);
        const auto jobs = jobs_where(t, "true");
        finish_all_jobs(t);
        change(t, name, "last_tick = last_tick - interval '3 h'");
        const auto seen = co_await read(t, name);
        const auto settled = co_await settle(t, seen);
        BOOST_TEST(settled.value() == 0);
        BOOST_TEST(jobs_where(t, "true") == jobs);
        BOOST_TEST(column(t, name, "last_tick = date_trunc('hour', now())") == "t");
        t.db.execute("DELETE FROM tenantry.job");
    }
}

task<> wait_while_busy(tenants& t) {
    add(t, "busy", "latest", 1);
    co_await catch_up_with(t, "busy");
    change(t, "busy", "last_tick = last_tick - interval '5 h'");
    t.db.execute("DELETE FROM tenantry.unique_job");
    for (const auto* state : {"state = 'pending'", "state = 'running', lease_until = now()"}) {
        t.db.execute(std::string{"UPDATE tenantry.job SET "} + state);
        const auto seen = co_await read(t, "busy");
        BOOST_TEST(seen.job.is_busy());
        const auto settled = co_await settle(t, seen);
        BOOST_TEST(!settled.has_value());
    }
    BOOST_TEST(jobs_where(t, "true") == 1);
    t.db.execute("UPDATE tenantry.job SET state = 'dead', lease_until = NULL");
    const auto added = co_await catch_up_with(t, "busy");
    BOOST_TEST_REQUIRE(added.size() == 1u);
    BOOST_TEST(added[0] == 1);
    BOOST_TEST(jobs_where(t, "state = 'pending'") == 1);
    // Each of these counts, so none waits for another.
    add(t, "not busy", "every", 1);
    co_await catch_up_with(t, "not busy");
    const auto other = co_await read(t, "not busy");
    BOOST_TEST(!other.job.is_busy());
}

task<> yield_to_the_operator(tenants& t) {
    add(t, "edited", "every", 3);
    const auto seen = co_await read(t, "edited");
    for (const auto* edit : {"paused_at = now()", "paused_at = NULL, schedule = '0 0 * * *'",
                             "schedule = '0 * * * *', time_zone = 'Asia/Kolkata'",
                             "time_zone = 'UTC', kind = 'pause'", "kind = 'noop', last_job_id = 17",
                             "last_job_id = NULL, last_tick = last_tick + interval '1 s'"}) {
        change(t, "edited", edit);
        const auto settled = co_await settle(t, seen);
        BOOST_TEST(!settled.has_value(), edit);
    }
    BOOST_TEST(jobs_where(t, "true") == 0);
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.unique_job") == "0");
    change(t, "edited", "last_tick = last_tick - interval '1 s'");
    const auto settled = co_await settle(t, seen);
    BOOST_TEST(settled.has_value());
}

task<> pause_and_resume(tenants& t) {
    add(t, "paused", "every", 10);
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST((co_await pause_periodic_job(t.owner, "paused", soon())).has_value());
        const auto seen = co_await read(t, "paused");
        BOOST_TEST(seen.job.paused_at.has_value());
    }
    BOOST_TEST((co_await resume_periodic_job(t.owner, "paused", soon())).has_value());
    const auto resumed = co_await read(t, "paused");
    BOOST_TEST(!resumed.job.paused_at.has_value());
    BOOST_TEST((resumed.now - resumed.job.last_tick < 30s));
    const auto last_tick = column(t, "paused", "last_tick");
    BOOST_TEST((co_await resume_periodic_job(t.owner, "paused", soon())).has_value());
    BOOST_TEST(column(t, "paused", "last_tick") == last_tick);
    const auto unknown = co_await pause_periodic_job(t.owner, "unknown", soon());
    BOOST_TEST((unknown.error().code == errc::not_found));
    const auto unknown_too = co_await resume_periodic_job(t.owner, "unknown", soon());
    BOOST_TEST((unknown_too.error().code == errc::not_found));
}

task<> reschedule(tenants& t) {
    add(t, "edited", "every", 10);
    const auto edited =
        co_await reschedule_periodic_job(t.owner, "edited", "*/5 3 * * *", "Europe/Berlin", soon());
    BOOST_TEST(edited.has_value());
    const auto seen = co_await read(t, "edited");
    BOOST_TEST(seen.job.schedule == "*/5 3 * * *");
    BOOST_TEST(seen.job.time_zone == "Europe/Berlin");
    BOOST_TEST((seen.now - seen.job.last_tick < 30s));
    change(t, "edited", "last_tick = now() + interval '1 day'");
    co_await reschedule_periodic_job(t.owner, "edited", "@daily", "UTC", soon());
    BOOST_TEST(column(t, "edited", "last_tick > now()") == "t");
    const auto unknown =
        co_await reschedule_periodic_job(t.owner, "unknown", "@daily", "UTC", soon());
    BOOST_TEST((unknown.error().code == errc::not_found));
}

task<> run_now(tenants& t) {
    change(t, sweep_name, "paused_at = now()");
    const auto first = co_await run_periodic_job(t.owner, sweep_name, jobs::sweep_orphans, soon());
    BOOST_TEST_REQUIRE(first.value().has_value());
    BOOST_TEST(jobs_where(t, "kind = 'sweep_orphans' AND steps_total = 2 AND payload ? 'tick'") ==
               1);
    const auto seen = co_await read(t, sweep_name);
    BOOST_TEST((seen.job.last_job == *first));
    const auto busy = co_await run_periodic_job(t.owner, sweep_name, jobs::sweep_orphans, soon());
    BOOST_TEST(!busy.value().has_value());
    finish_all_jobs(t);
    const auto second = co_await run_periodic_job(t.owner, sweep_name, jobs::sweep_orphans, soon());
    BOOST_TEST(second.value().has_value());
    const auto unknown = co_await run_periodic_job(t.owner, "unknown", jobs::noop, soon());
    BOOST_TEST(!unknown.value().has_value());
}

task<> list_the_first_ones(tenants& t) {
    const auto listed = co_await list_periodic_jobs(t.owner, soon());
    BOOST_TEST_REQUIRE(listed.value().all.size() == 3u);
    for (const auto& job : listed.value().all) {
        BOOST_TEST(domain::cron::parse(job.schedule).has_value());
        BOOST_TEST((jobs::find_kind(job.kind) != nullptr), job.kind);
        BOOST_TEST(jobs::find_kind(job.kind)->queue == job.queue);
        BOOST_TEST((job.catch_up == domain::catch_up::latest));
    }
    BOOST_TEST(listed.value().all[2].name == sweep_name);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(periodic_jobs_test)

BOOST_AUTO_TEST_CASE(those_that_the_schema_brings_can_be_scheduled) {
    test::with_tenants(list_the_first_ones);
}
BOOST_AUTO_TEST_CASE(a_tick_causes_a_job_of_the_operators) {
    test::with_tenants(cause_a_job);
}
BOOST_AUTO_TEST_CASE(of_two_schedulers_one_settles) {
    test::with_tenants(race);
}
BOOST_AUTO_TEST_CASE(each_of_the_ticks_that_were_missed_causes_its_job) {
    test::with_tenants(catch_up_with_every);
}
BOOST_AUTO_TEST_CASE(the_latest_of_the_ticks_that_were_missed_causes_a_job) {
    test::with_tenants(catch_up_with_the_latest);
}
BOOST_AUTO_TEST_CASE(a_clock_that_jumps_repeats_nothing_and_misses_nothing) {
    test::with_tenants(jump);
}
BOOST_AUTO_TEST_CASE(a_tick_causes_no_second_job_when_last_tick_was_set_back) {
    test::with_tenants(never_twice);
}
BOOST_AUTO_TEST_CASE(ticks_of_which_the_latest_counts_wait_for_the_last_job) {
    test::with_tenants(wait_while_busy);
}
BOOST_AUTO_TEST_CASE(what_was_edited_since_it_was_read_is_not_settled) {
    test::with_tenants(yield_to_the_operator);
}
BOOST_AUTO_TEST_CASE(ticks_that_came_during_a_pause_cause_nothing) {
    test::with_tenants(pause_and_resume);
}
BOOST_AUTO_TEST_CASE(another_schedule_holds_from_now_on) {
    test::with_tenants(reschedule);
}
BOOST_AUTO_TEST_CASE(an_operator_runs_one_unless_it_is_busy) {
    test::with_tenants(run_now);
}

BOOST_AUTO_TEST_SUITE_END()
