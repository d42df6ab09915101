// The checker sees what is wrong: a database that is as it must be is spoilt in every way, and each
// time it says so.
#include "tests/chaos/checker.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/chaos/clients.hpp"
#include "tests/support/effects.hpp"

namespace {

using namespace tenantry::chaos;
using namespace tenantry::test;
using namespace std::chrono_literals;

/// Some requests of every sort, answered while nobody disturbs, and their jobs done.
struct calm_world {
    running_stack servers{};
    temporary_directory directory{};
    std::vector<log_entry> log{};

    calm_world() {
        const auto file = directory.path() / "clients.log";
        client_log out{file};
        const auto taken = servers.owner().create_one(taken_name);
        out.add({.agency = servers.agency.id,
                 .names = {taken_name},
                 .answers = {{.status = 201, .ids = {taken}}}});
        clients load{1, {servers.agency}, 2, {servers.api.http_port()}, out};
        BOOST_REQUIRE(eventually([&] { return load.count().created >= 40; }));
        load.finish();
        BOOST_REQUIRE(every_job_gets_done(sql(), 30s));
        log = read_client_log(file);
    }

    sql_session& sql() { return servers.base.sql(); }
    log_entry& first_where(bool (*wanted)(const log_entry&)) {
        return *std::ranges::find_if(log, wanted);
    }
};

calm_world& shared() {
    static calm_world w;
    return w;
}

std::string all_of(const std::vector<std::string>& faults) {
    return fmt::format("{}", fmt::join(faults, "\n"));
}

bool has(const std::vector<std::string>& faults, const std::string& words) {
    return all_of(faults).find(words) != std::string::npos;
}

/// What the checker says of a database that a statement has spoilt; then it is whole again.
std::vector<std::string> faults_after(const std::string& change) {
    auto& sql = shared().sql();
    // Without foreign keys: what they forbid must be seen too.
    sql.execute("BEGIN; SET LOCAL session_replication_role = replica; " + change);
    auto faults = faults_of_database(sql, shared().log);
    sql.execute("ROLLBACK");
    return faults;
}

bool taken_with_key(const log_entry& e) {
    return e.created() && !e.key.empty();
}
bool taken_again(const log_entry& e) {
    return e.answers.size() == 2;
}
bool bad(const log_entry& e) {
    return e.bad;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checker_test)

BOOST_AUTO_TEST_CASE(what_nobody_disturbed_has_no_faults) {
    BOOST_TEST(all_of(faults_of_answers(shared().log)) == "");
    BOOST_TEST(all_of(faults_of_database(shared().sql(), shared().log)) == "");
}

BOOST_AUTO_TEST_CASE(a_company_that_is_lost_half_lost_or_too_much_is_seen) {
    BOOST_TEST(has(faults_after("DELETE FROM tenantry.company WHERE name = 'Taken'"),
                   "line 1: was answered 201, and company"));
    BOOST_TEST(
        has(faults_after("UPDATE tenantry.company SET name = name || '!'"), "was not asked for"));
    BOOST_TEST(has(faults_after("UPDATE tenantry.company SET company_id = company_id + 1000000"),
                   "is not there"));
}

BOOST_AUTO_TEST_CASE(effects_that_are_missing_twice_or_of_nobody_are_seen) {
    const std::string postings =
        "INSERT INTO tenantry.ledger_posting SELECT agency_id, posting_id + 1000000, charge_key || "
        "'/again', {}, debit_account, credit_account, amount_minor, currency, description, "
        "posted_at FROM tenantry.ledger_posting";
    for (const auto& [change, words] : std::vector<std::pair<std::string, std::string>>{
             {"DELETE FROM tenantry.workspace", "has 0 workspaces, not 1"},
             {"UPDATE tenantry.workspace SET steps = array_remove(steps, 'slots')",
              "has 3 steps, not 4"},
             {"DELETE FROM tenantry.membership", "has 0 memberships, not 1"},
             {"DELETE FROM tenantry.ledger_posting", "has 0 postings, not 1"},
             {"DELETE FROM tenantry.ledger_posting", "owes 0 for"},
             {"DELETE FROM tenantry.audit_event", "has 0 audit events, not 1"},
             {"DELETE FROM tenantry.job WHERE kind = 'billing'", "has 1 jobs, not 2"},
             {"UPDATE tenantry.ledger_posting SET amount_minor = 1", "fees of the plan"},
             {fmt::format(fmt::runtime(postings), "company_id"), "has 2 postings, not 1"},
             {fmt::format(fmt::runtime(postings), "NULL"), "company of no number has"},
             {"UPDATE tenantry.job SET company_id = 1000000 WHERE company_id = 1",
              "has 2 jobs, not 0"},
             {"UPDATE tenantry.job SET company_id = NULL WHERE company_id = 1",
              "company of no number has"},
             {"DELETE FROM tenantry.api_key", "has 0 keys, not 1"},
             {"UPDATE tenantry.job SET state = 'quarantined'", "is quarantined after"},
             {"UPDATE tenantry.api_key SET company_id = NULL", "keys of its own, not 1"}})
        BOOST_TEST(has(faults_after(change), words),
                   change << " gave " << all_of(faults_after(change)));
}

BOOST_AUTO_TEST_CASE(a_record_that_is_missing_or_too_much_is_seen) {
    BOOST_TEST(
        has(faults_after("DELETE FROM tenantry.idempotency_record"), "has 0 idempotency records"));
    BOOST_TEST(
        has(faults_after("UPDATE tenantry.idempotency_record SET idempotency_key = 'another' "
                         "WHERE idempotency_key = (SELECT min(idempotency_key) FROM "
                         "tenantry.idempotency_record)"),
            "key another has 1 idempotency records"));
}

BOOST_AUTO_TEST_CASE(what_a_refusal_or_a_lost_request_left_is_seen) {
    auto& world = shared();
    auto log = world.log;
    const auto refused_now = [](log_entry& e) { e.answers = {{.status = 422}}; };
    const auto lost_now = [](log_entry& e) { e.answers = {{.status = 0}}; };
    refused_now(log.front());
    BOOST_TEST(has(faults_of_database(world.sql(), log), "line 1: was refused, and left company"));
    // All of it may be there, and none; with a name that nobody has it is a part.
    lost_now(log.front());
    BOOST_TEST(all_of(faults_of_database(world.sql(), log)) == "");
    log.front().names.push_back("Never there");
    BOOST_TEST(has(faults_of_database(world.sql(), log),
                   "line 1: was not answered, and left 1 of 2 companies"));
    log.front().names = {"Never there"};
    BOOST_TEST(has(faults_of_database(world.sql(), log), "Taken, was not asked for"));
}

BOOST_AUTO_TEST_CASE(answers_that_contradict_each_other_are_seen) {
    const auto after = [](bool (*which)(const log_entry&), void (*change)(log_entry&)) {
        log_entry entry = shared().first_where(which);
        change(entry);
        return all_of(faults_of_answers({entry}));
    };
    BOOST_TEST(after(bad, [](log_entry& e) { e.bad = false; }).find("a good request was refused") !=
               std::string::npos);
    BOOST_TEST(after(taken_with_key, [](log_entry& e) { e.bad = true; }) ==
               "line 1: a bad request was taken");
    BOOST_TEST(after(taken_again, [](log_entry& e) { e.answers[1].replayed = false; }) ==
               "line 1: was done a second time");
    BOOST_TEST(after(taken_again, [](log_entry& e) { ++e.answers[1].ids[0]; }) ==
               "line 1: was answered 201 with other companies");
    BOOST_TEST(after(taken_with_key, [](log_entry& e) {
                   e.answers[0].ids.push_back(1);
               }).find("companies for") != std::string::npos);
    BOOST_TEST(after(taken_with_key, [](log_entry& e) { e.answers = {{.status = 0}}; }) ==
               "line 1: a request with a key never got an answer");
    BOOST_TEST(after(bad, [](log_entry& e) { e.answers = {{.status = 500}}; }) ==
               "line 1: was answered 500");
}

BOOST_AUTO_TEST_SUITE_END()
