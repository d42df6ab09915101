// tenantry-admin as an operator uses it: what it prints, what it refuses, and what it exits with.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <regex>

#include "tests/support/effects.hpp"
#include "tests/support/redis_session.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;
using words = std::vector<std::string>;

running_stack& shared() {
    static running_stack s;
    return s;
}

outcome admin(words command) {
    return shared().base.admin(std::move(command));
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string found(const std::string& text, const std::string& pattern) {
    std::smatch match;
    if (!std::regex_search(text, match, std::regex{pattern})) return "";
    return match[1];
}

void check_refused(words command, std::string_view reason) {
    const auto refused = admin(std::move(command));
    BOOST_TEST(refused.status == 1);
    BOOST_TEST(has(refused.output, reason), refused.output);
    BOOST_TEST(has(refused.output, "tenantry-admin: "));
}

std::string agency() {
    return std::to_string(shared().agency.id);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(admin_test)

BOOST_AUTO_TEST_CASE(an_agency_is_made_with_a_key_that_works) {
    const auto made = admin({"agency", "create", "--name", "Sabre", "--owner", "Jo Bennett",
                             "--email", "jo@sabre.example", "--plan", "demo"});
    BOOST_TEST(made.status == 0);
    BOOST_TEST(std::regex_search(made.output, std::regex{R"(agency   \d+  Sabre\n)"}), made.output);
    BOOST_TEST(has(made.output, "Jo Bennett <jo@sabre.example>"));
    BOOST_TEST(has(made.output, "plan     demo\n"));
    auto jo = shared().as(found(made.output, "(ixk_[0-9A-Za-z]+)\n"));
    BOOST_TEST(jo.get("/rest/v1/me").text("/agency/name") == "Sabre");
    BOOST_TEST(jo.get("/rest/v1/me").text("/user/email") == "jo@sabre.example");
    jo.create_one("Sabre's client");
    const auto list = admin({"agency", "list"});
    BOOST_TEST(list.status == 0);
    BOOST_TEST(std::regex_search(list.output, std::regex{R"(\d+ +1  demo +Sabre\n)"}), list.output);
    BOOST_TEST(has(list.output, "Dunder Mifflin"));
    BOOST_TEST(!has(list.output, "ixk_"));
}

BOOST_AUTO_TEST_CASE(an_agency_that_cannot_be_made_is_refused_and_not_made) {
    const auto before = shared().base.sql().number("SELECT count(*) FROM tenantry.agency");
    check_refused({"agency", "create", "--owner", "x", "--email", "y"}, "--name is required");
    check_refused(
        {"agency", "create", "--name", "x", "--owner", "x", "--email", "y", "--plan", "gold"},
        "plan");
    check_refused({"agency", "create", "--name"}, "--name needs a value");
    check_refused({"agency", "create", "--colour", "red"}, "unexpected argument --colour");
    BOOST_TEST(shared().base.sql().number("SELECT count(*) FROM tenantry.agency") == before);
}

BOOST_AUTO_TEST_CASE(keys_are_made_listed_and_revoked) {
    auto owner = shared().owner();
    const auto company = owner.create_one("With an operator's key");
    const auto made =
        admin({"key", "create", "--agency", agency(), "--company", std::to_string(company),
               "--label", "support", "--scope", "read_only"});
    BOOST_TEST(made.status == 0, made.output);
    const auto key = found(made.output, "(ixk_[0-9A-Za-z]+)\n");
    const auto id = found(made.output, R"(key +(\d+)  ixk_)");
    auto holder = shared().as(key);
    BOOST_TEST(holder.get("/rest/v1/me").integer("/company/id") == company);
    BOOST_TEST(holder.get("/rest/v1/me").text("/key/scope") == "read_only");
    const auto list = admin({"key", "list", "--agency", agency()});
    BOOST_TEST(std::regex_search(list.output,
                                 std::regex{fmt::format(R"({} +{}  read_only +\S+Z  - +support\n)",
                                                        id, company)}),
               list.output);
    BOOST_TEST(!has(list.output, "ixk_"));
    const auto revoked = admin({"key", "revoke", "--agency", agency(), "--key", id});
    BOOST_TEST(revoked.status == 0);
    BOOST_TEST(revoked.output == fmt::format("key {} is revoked\n", id));
    BOOST_TEST(eventually([&] { return holder.get("/rest/v1/me").status == 401; }, 2s));
    BOOST_TEST(shared().base.sql().number(fmt::format(
                   "SELECT count(*) FROM tenantry.audit_event WHERE subject_id = {} AND action IN "
                   "('api_key.created', 'api_key.revoked') AND request_id = 'tenantry-admin'",
                   id)) == 2);
    check_refused({"key", "revoke", "--agency", agency(), "--key", id}, "no such thing");
}

BOOST_AUTO_TEST_CASE(a_key_for_nobody_is_refused) {
    check_refused({"key", "create", "--agency", "999999"}, "no such thing in this agency");
    check_refused({"key", "create", "--agency", agency(), "--company", "999999"},
                  "the agency has no such company");
    check_refused({"key", "create", "--agency", agency(), "--scope", "all"},
                  "--scope must be read_write or read_only");
    check_refused({"key", "create", "--agency", "x"}, "--agency must be a positive integer, not x");
}

BOOST_AUTO_TEST_CASE(jobs_are_listed_shown_and_retried) {
    auto owner = shared().owner();
    const auto company = owner.create_one("With a dead job");
    BOOST_REQUIRE(eventually([&] {
        return owner.get(fmt::format("/rest/v2/agency/jobs?state=done&company_id={}", company))
                   .size("/content") == 2;
    }));
    const auto job = shared().base.sql().execute(fmt::format(
        "UPDATE tenantry.job SET state = 'dead', last_error = 'hopeless', steps_done = 0 "
        "WHERE company_id = {} AND kind = 'billing' RETURNING job_id",
        company));
    const auto list = admin({"job", "list", "--agency", agency(), "--state", "dead"});
    BOOST_TEST(list.status == 0);
    BOOST_TEST(std::regex_search(list.output,
                                 std::regex{fmt::format(
                                     R"({}  billing +dead +{} +1 +0%  hopeless\n)", job, company)}),
               list.output);
    BOOST_TEST(has(list.output, "page 1 of 1, 1 jobs"));
    const auto shown = admin({"job", "show", "--agency", agency(), "--job", job});
    BOOST_TEST(has(shown.output, "state     dead\n"), shown.output);
    BOOST_TEST(has(shown.output, "steps     0 of 2\n"));
    BOOST_TEST(has(shown.output, "error     hopeless\n"));
    const auto retried = admin({"job", "retry", "--agency", agency(), "--job", job});
    BOOST_TEST(retried.output == fmt::format("job {} is due again\n", job));
    BOOST_TEST(eventually([&] {
        return has(admin({"job", "show", "--agency", agency(), "--job", job}).output,
                   "state     done");
    }));
    check_refused({"job", "retry", "--agency", agency(), "--job", job},
                  "only a dead or quarantined job can be retried");
    check_refused({"job", "show", "--agency", agency(), "--job", "999999"}, "no such thing");
    check_refused({"job", "cancel", "--agency", agency(), "--job", job},
                  "only a pending or running job can be cancelled");
    for (const auto* command : {"retry", "cancel"})
        check_refused({"job", command, "--agency", agency(), "--job", "999999"}, "no such thing");
    check_refused({"job", "add", "--agency", "999999", "--kind", "noop"}, "no such thing");
    check_refused({"job", "add", "--agency", agency(), "--kind", "billing", "--company", "999999"},
                  "no such thing");
    check_refused({"job", "add", "--agency", agency(), "--kind", "billing"}, "needs --company");
    BOOST_TEST(has(admin({"agency", "recount"}).output, "the companies of 0 agencies"));
    check_refused(
        {"job", "add", "--agency", agency(), "--kind", "noop", "--unique-key", "", "--window", "1"},
        "must not be empty");
    check_refused({"job", "list", "--agency", agency(), "--state", "lost"},
                  "--state must be the state of a job");
}

BOOST_AUTO_TEST_CASE(dead_jobs_are_replayed_by_a_filter_each_with_its_audit_event) {
    auto owner = shared().owner();
    for (const auto* name : {"Replayed 1", "Replayed 2"}) owner.create_one(name);
    auto& sql = shared().base.sql();
    BOOST_REQUIRE(every_job_gets_done(sql, patience));
    sql.execute(
        "UPDATE tenantry.job SET state = 'dead', steps_done = 0 WHERE company_id IN"
        " (SELECT company_id FROM tenantry.company WHERE name LIKE 'Replayed%')");
    const auto events = [&] {
        return sql.number(
            "SELECT count(*) FROM tenantry.audit_event e JOIN tenantry.company c USING"
            " (company_id) WHERE action = 'job.retried' AND name LIKE 'Replayed%'");
    };
    const auto of_billing = admin({"job", "replay", "--kind", "billing", "--agency", agency()});
    BOOST_TEST(of_billing.output == "2 jobs are due again\n");
    BOOST_TEST(events() == 2);
    BOOST_TEST(admin({"job", "replay", "--state", "quarantined"}).output ==
               "0 jobs are due again\n");
    const auto all = admin({"job", "replay", "--all"});
    BOOST_TEST(all.output == "2 jobs are due again\n");
    BOOST_TEST(events() == 4);
    BOOST_TEST(every_job_gets_done(sql, patience));

    // The operator's own jobs are agency 0's.
    const auto own = sql.execute(
        "INSERT INTO tenantry.job (agency_id, job_id, queue, kind, state, steps_total, created_at, "
        "run_at) VALUES (0, nextval('tenantry.job_id_seq'), 'maintenance', 'sweep_orphans', "
        "'dead', 1, now(), now()) RETURNING job_id");
    BOOST_TEST(has(admin({"job", "dead", "--agency", "0"}).output, own));
    BOOST_TEST(has(admin({"job", "show", "--agency", "0", "--job", own}).output, "state     dead"));
    BOOST_TEST(admin({"job", "retry", "--agency", "0", "--job", own}).output ==
               fmt::format("job {} is due again\n", own));
    BOOST_TEST(sql.number("SELECT count(*) FROM tenantry.audit_event WHERE agency_id = 0 AND "
                          "action = 'job.retried'") == 1);
    BOOST_TEST(every_job_gets_done(sql, patience));

    check_refused({"job", "replay"}, "say which jobs");
    check_refused({"job", "replay", "--all", "--kind", "billing"}, "say which jobs");
    check_refused({"job", "replay", "--state", "done"}, "only dead and quarantined jobs");
    check_refused({"job", "replay", "--queue", "nosuch"}, "there is no queue called nosuch");
    check_refused({"job", "dead", "--queue", "nosuch"}, "there is no queue called nosuch");
    check_refused({"job", "replay", "--kind", "nosuch"}, "there is no kind of job called nosuch");
}

BOOST_AUTO_TEST_CASE(a_queue_is_paused_listed_drained_and_resumed) {
    auto& sql = shared().base.sql();
    const auto paused = admin({"queue", "pause", "billing"});
    BOOST_TEST(has(paused.output, "billing is paused: no job of it starts; "), paused.output);
    auto owner = shared().owner();
    const auto company = owner.create_one("Not billed yet");
    const auto state = [&](const std::string& kind) {
        return sql.execute(fmt::format(
            "SELECT state FROM tenantry.job WHERE company_id = {} AND kind = '{}'", company, kind));
    };
    BOOST_TEST(eventually([&] { return state("provisioning") == "done"; }));
    // Its push came to nothing: the stream is empty, and the job where it was.
    redis_session redis{shared().base.redis().port()};
    BOOST_TEST(eventually([&] {
        return redis.command({"XLEN", "tenantry:jobs:billing"}) == ":0";
    }));
    BOOST_TEST(state("billing") == "pending");
    const auto list = admin({"queue", "list"});
    BOOST_TEST(std::regex_search(list.output,
                                 std::regex{R"(billing +1 +0 +0 +0 +0 +\d+\.\ds  \d{4}-.*Z\n)"}),
               list.output);
    BOOST_TEST(std::regex_search(list.output, std::regex{R"(provisioning +0 .* -  -\n)"}),
               list.output);
    BOOST_TEST(has(admin({"queue", "drain", "billing"}).output, "billing is drained\n"));

    BOOST_TEST(admin({"queue", "resume", "billing"}).output == "billing is open again\n");
    BOOST_TEST(has(admin({"queue", "drain", "billing"}).output, "billing is drained\n"));
    BOOST_TEST(state("billing") == "done");
    check_refused({"queue", "pause", "post"},
                  "there is no queue post; there are billing, maintenance, provisioning");
    check_refused({"queue", "drain"}, "queue is required");
    BOOST_TEST(has(admin({"queue", "pause", "provisioning"}).output, "is paused"));
    owner.create_one("Waits for a drain");
    BOOST_TEST(admin({"queue", "resume", "provisioning"}).status == 0);
    BOOST_TEST(every_job_gets_done(sql, patience));
}

BOOST_AUTO_TEST_CASE(a_keyring_is_made_once_for_its_owner_alone) {
    const temporary_directory directory;
    const auto file = directory.path() / "keyring";
    const auto init = [&](words more) {
        more.insert(more.begin(), {"--keyring", file.string(), "keyring", "init"});
        return run_program("tenantry-admin", more);
    };
    BOOST_TEST(init({}).status == 0);
    const auto first = read_file(file);
    BOOST_TEST((std::filesystem::status(file).permissions() == std::filesystem::perms{0600}));
    BOOST_TEST(init({}).status == 1);
    BOOST_TEST(init({"--if-absent"}).status == 0);
    BOOST_TEST(read_file(file) == first);
}

BOOST_AUTO_TEST_CASE(a_rotation_says_what_it_does_and_seals_every_key_anew) {
    stack base;
    base.make_agency("Dunder Mifflin");
    base.make_agency("Pawnee Parks");
    const auto rotated = base.admin({"keyring", "rotate", "--grace-seconds", "1"});
    BOOST_TEST(rotated.status == 0);
    BOOST_TEST(has(rotated.output, "2 stored keys are sealed with version 2"), rotated.output);
    BOOST_TEST(
        base.sql().number("SELECT count(*) FROM tenantry.api_key WHERE keyring_version <> 2") == 0);
}

BOOST_AUTO_TEST_CASE(health_is_the_exit_status) {
    const auto api = fmt::format("http://127.0.0.1:{}/readyz", shared().api.http_port());
    BOOST_TEST(admin({"health", "--url", api}).status == 0);
    const auto worker = fmt::format("http://127.0.0.1:{}/readyz", shared().worker.metrics_port());
    BOOST_TEST(admin({"health", "--url", worker}).status == 0);
    check_refused({"health", "--url", fmt::format("http://127.0.0.1:{}/x", free_port())},
                  "does not answer");
    check_refused(
        {"health", "--url", fmt::format("http://127.0.0.1:{}/x", shared().api.http_port())},
        "answers 404");
    check_refused({"health", "--url", "ftp://x"}, "not an http:// URL: ftp://x");
}

BOOST_AUTO_TEST_CASE(what_is_no_command_shows_the_commands_with_status_2) {
    for (const auto& wrong : {words{}, words{"agency"}, words{"agency", "destroy"}}) {
        const auto refused = admin(wrong);
        BOOST_TEST(refused.status == 2);
        BOOST_TEST(has(refused.output, "agency create"));
    }
    const auto unreachable =
        run_program("tenantry-admin",
                    {"--database-url", fmt::format("postgresql://a:b@127.0.0.1:{}/c", free_port()),
                     "agency", "list"});
    BOOST_TEST(unreachable.status == 1);
    BOOST_TEST(has(unreachable.output, "PostgreSQL cannot be reached"), unreachable.output);
}

BOOST_AUTO_TEST_CASE(periodic_jobs_are_listed_paused_resumed_run_and_rescheduled) {
    auto& sql = shared().base.sql();
    const auto list = [] { return admin({"schedule", "list"}).output; };
    const auto resumed = admin({"schedule", "resume", "sweep orphans"});
    BOOST_TEST(
        std::regex_search(resumed.output,
                          std::regex{R"(sweep orphans is scheduled again, next at \S+:17:00Z\n)"}),
        resumed.output);
    BOOST_TEST(
        std::regex_search(
            list(), std::regex{R"(sweep orphans +17 \* \* \* \* +UTC +\S+Z +\S+:17:00Z +- +-\n)"}),
        list());
    const auto run = admin({"schedule", "run", "sweep orphans"});
    BOOST_TEST(std::regex_search(run.output, std::regex{R"(job \d+ of sweep orphans is due\n)"}),
               run.output);
    BOOST_TEST(eventually([&] {
        return std::regex_search(list(), std::regex{R"(sweep orphans .*:17:00Z +\d+ done +-\n)"});
    }));
    const auto set = admin({"schedule", "set", "sweep orphans", "--schedule", "30 2 * * sun",
                            "--time-zone", "Europe/Berlin"});
    BOOST_TEST(
        std::regex_search(set.output, std::regex{"sweep orphans is due at 30 2 \\* \\* sun in "
                                                 "Europe/Berlin:\n(  \\S+:[03]0:00Z\n){3}"}),
        set.output);
    BOOST_TEST(
        sql.execute("SELECT schedule || ' ' || time_zone FROM tenantry.periodic_job WHERE name ="
                    " 'sweep orphans'") == "30 2 * * sun Europe/Berlin");
    const auto paused = admin({"schedule", "pause", "sweep orphans"});
    BOOST_TEST(paused.output == "sweep orphans is paused: no tick causes a job\n");
    BOOST_TEST(std::regex_search(list(), std::regex{R"(sweep orphans .*Z +- +\d+ done +\S+Z\n)"}),
               list());

    check_refused({"schedule", "set", "sweep orphans", "--schedule", "0 25 * * *"},
                  "hour: 25 is not in 0 to 23");
    check_refused({"schedule", "set", "sweep orphans", "--schedule", "0 0 30 2 *"},
                  "day of month: none of its months has such a day");
    check_refused(
        {"schedule", "set", "sweep orphans", "--schedule", "@daily", "--time-zone", "Mars/Olympus"},
        "time zone: the tz database has no 'Mars/Olympus'");
    check_refused({"schedule", "pause", "tidy up"},
                  "there is no periodic job 'tidy up'; there are expire idempotency records, ");
    sql.execute(
        "INSERT INTO tenantry.queue (queue) VALUES ('nobody''s') ON CONFLICT DO NOTHING;"
        " UPDATE tenantry.periodic_job SET queue = 'nobody''s' WHERE name = 'expire sessions'");
    BOOST_TEST(admin({"schedule", "run", "expire sessions"}).status == 0);
    check_refused({"schedule", "run", "expire sessions"}, "expire sessions is busy: its job ");
    sql.execute(
        "UPDATE tenantry.periodic_job SET queue = 'maintenance' WHERE queue = 'nobody''s';"
        " DELETE FROM tenantry.job WHERE queue = 'nobody''s';"
        " DELETE FROM tenantry.queue WHERE queue = 'nobody''s'");
}

BOOST_AUTO_TEST_SUITE_END()
