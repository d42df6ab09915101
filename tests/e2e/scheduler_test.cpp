// The clock causes jobs, each tick once, whichever worker is killed, stopped or asleep.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <csignal>

#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

constexpr int killed = 128 + SIGKILL;
/// A leader that is gone is noticed within a second; the rest is for a machine under load.
constexpr auto takeover_time = 3s;
constexpr auto settled_time = 20s;

/// Two workers, of which one leads.
class office {
public:
    explicit office(const variables& environment = {})
        : leader_{base_.start_worker({}, "this worker schedules", environment)},
          other_{base_.start_worker()} {}

    program& leader() { return leader_; }
    program& other() { return other_; }
    sql_session& sql() { return base_.sql(); }
    stack& base() { return base_; }

    static bool leads(const program& worker) {
        return metric(worker, "tenantry_scheduler_leader") == 1;
    }

    /// A job that is due each day and was missed so often. Nothing else is in the queue.
    void miss(const std::string& name, int ticks, const std::string& catch_up = "every") {
        sql().execute(fmt::format(
            "INSERT INTO tenantry.periodic_job (name, schedule, queue, kind, catch_up, last_tick)"
            " VALUES ('{}', '0 0 * * *', 'maintenance', 'noop', '{}',"
            " date_trunc('day', now(), 'UTC') - interval '{} days')",
            name, catch_up, ticks));
    }
    /// As the schema brings it, but that it was missed.
    void make_due(const std::string& kind) {
        sql().execute(
            "UPDATE tenantry.periodic_job SET paused_at = NULL, last_tick = now() -"
            " interval '2 h' WHERE kind = '" +
            kind + "'");
    }
    std::int64_t jobs_where(const std::string& condition) {
        return sql().number("SELECT count(*) FROM tenantry.job WHERE " + condition);
    }
    bool each_tick_has_one_job(std::int64_t ticks) {
        return eventually([&] { return jobs_where("kind = 'noop' AND state = 'done'") == ticks; },
                          settled_time) &&
               sql().number(
                   "SELECT count(DISTINCT payload ->> 'tick') FROM tenantry.job"
                   " WHERE kind = 'noop'") == ticks;
    }

private:
    stack base_;
    program leader_, other_;
};

std::size_t count_of(const std::string& text, std::string_view part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
    return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scheduler_test)

BOOST_AUTO_TEST_CASE(when_the_leader_is_killed_another_worker_takes_over) {
    office here;
    BOOST_TEST(office::leads(here.leader()));
    BOOST_TEST(!office::leads(here.other()));
    here.miss("before", 5);
    BOOST_TEST(here.each_tick_has_one_job(5));
    BOOST_TEST(metric(here.leader(), "tenantry_periodic_ticks_total") == 5);
    here.leader().running().signal(SIGKILL);
    here.miss("after", 7);
    BOOST_TEST(eventually([&] { return here.jobs_where("kind = 'noop'") == 12; }, takeover_time));
    BOOST_TEST(office::leads(here.other()));
    BOOST_TEST(eventually([&] { return here.jobs_where("state = 'done'") == 12; }));
    BOOST_TEST(here.sql().number("SELECT count(*) FROM tenantry.unique_job") == 12);
}

BOOST_AUTO_TEST_CASE(killed_around_a_settlement_each_tick_has_one_job) {
    for (const auto* failpoint : {"scheduler.before_settle", "scheduler.before_settle:2",
                                  "scheduler.after_settle", "scheduler.after_settle:2"}) {
        office here{{{"TENANTRY_FAILPOINT", failpoint}}};
        here.miss("away", 250);
        BOOST_TEST((here.leader().running().wait(20s) == std::optional{killed}), failpoint);
        BOOST_TEST(here.each_tick_has_one_job(250), failpoint);
    }
}

BOOST_AUTO_TEST_CASE(a_leader_that_is_told_to_stop_hands_over) {
    office here;
    here.leader().running().signal(SIGTERM);
    BOOST_TEST((here.leader().running().wait() == std::optional{0}));
    BOOST_TEST(eventually([&] { return office::leads(here.other()); }, takeover_time));
}

BOOST_AUTO_TEST_CASE(a_leader_that_slept_leads_no_more_and_repeats_nothing) {
    office here;
    here.leader().running().signal(SIGSTOP);
    BOOST_TEST(eventually([&] { return office::leads(here.other()); }, settled_time));
    here.miss("asleep", 5);
    BOOST_TEST(here.each_tick_has_one_job(5));
    here.leader().running().signal(SIGCONT);
    BOOST_TEST(eventually([&] { return !office::leads(here.leader()); }));
    here.miss("awake", 5, "latest");
    BOOST_TEST(eventually([&] { return here.jobs_where("state = 'done'") == 6; }));
    BOOST_TEST(office::leads(here.other()));
}

BOOST_AUTO_TEST_CASE(what_has_expired_is_really_gone) {
    office here;
    const auto agency = here.base().make_agency("Dunder Mifflin");
    const auto api = here.base().start_api();
    client owner{api.http_port(), agency.key};
    for (const auto* key : {"old", "young"})
        BOOST_TEST(owner.create({key}, {{"Idempotency-Key", key}}).status == 201);
    here.sql().execute(
        "UPDATE tenantry.idempotency_record SET expires_at = now() - interval '2 hours'"
        " WHERE idempotency_key = 'old'");
    here.make_due("expire_idempotency_records");
    BOOST_TEST(eventually([&] {
        return here.jobs_where("kind = 'expire_idempotency_records' AND state = 'done'") == 1;
    }));
    BOOST_TEST(here.sql().execute("SELECT message FROM tenantry.job WHERE agency_id = 0") ==
               "1 deleted");
    BOOST_TEST(here.sql().execute("SELECT string_agg(idempotency_key, ' ') FROM"
                                  " tenantry.idempotency_record") == "young");
}

BOOST_AUTO_TEST_CASE(orphans_are_swept_and_told_of) {
    office here;
    here.sql().execute(
        "UPDATE tenantry.phone_number SET holder_agency_id = 17, location_id = 1 WHERE number ="
        " '+12125550100'; INSERT INTO tenantry.unique_job VALUES (17, 'old', 1, now() - interval"
        " '1 day'), (17, 'young', 1, now() + interval '1 day')");
    here.make_due("sweep_orphans");
    BOOST_TEST(eventually([&] {
        return here.jobs_where("message = '1 deleted, 1 phone numbers freed' AND state = 'done'") ==
               1;
    }));
    BOOST_TEST(
        here.sql().execute("SELECT string_agg(unique_key, ' ') FROM tenantry.unique_job WHERE"
                           " agency_id = 17") == "young");
    here.leader().running().signal(SIGTERM);
    here.other().running().signal(SIGTERM);
    BOOST_TEST((here.leader().running().wait() == std::optional{0}));
    BOOST_TEST((here.other().running().wait() == std::optional{0}));
    const auto logs = here.leader().log() + here.other().log();  // each to its last line
    BOOST_TEST(count_of(logs, "phone numbers were held for locations that are gone") == 1u);
    BOOST_TEST(count_of(logs, "\"numbers\":\"+12125550100\"") == 1u);
}

BOOST_AUTO_TEST_CASE(a_broken_schedule_is_told_once_and_stops_no_other) {
    office here;
    here.sql().execute(
        "UPDATE tenantry.periodic_job SET schedule = '61 * * * *' WHERE kind ="
        " 'sweep_orphans'");
    here.make_due("sweep_orphans");
    here.leader().await_log("minute: 61 is not in 0 to 59");
    for (int rounds = 0; rounds < 3; ++rounds) {
        here.miss(fmt::format("in round {}", rounds), 1);
        BOOST_TEST(eventually([&] { return here.jobs_where("kind = 'noop'") == rounds + 1; }));
    }
    BOOST_TEST(count_of(here.leader().log(), "a periodic job cannot be scheduled") == 1u);
    BOOST_TEST(
        here.base().admin({"schedule", "set", "sweep orphans", "--schedule", "@hourly"}).status ==
        0);
    here.make_due("sweep_orphans");
    BOOST_TEST(eventually([&] { return here.jobs_where("kind = 'sweep_orphans'") == 1; }));
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_ahead_is_told_of_and_the_operator_makes_it_go_on) {
    office here;
    here.make_due("sweep_orphans");
    here.sql().execute(
        "UPDATE tenantry.periodic_job SET last_tick = now() + interval '10 years'"
        " WHERE kind = 'sweep_orphans'");
    here.leader().await_log("the clock was ahead and came back");
    BOOST_TEST(metric(here.leader(), "tenantry_periodic_jobs_not_scheduled") == 1);
    for (const auto* command : {"pause", "resume"})
        BOOST_TEST(here.base().admin({"schedule", command, "sweep orphans"}).status == 0);
    BOOST_TEST(eventually(
        [&] { return metric(here.leader(), "tenantry_periodic_jobs_not_scheduled") == 0; }));
}

BOOST_AUTO_TEST_SUITE_END()
