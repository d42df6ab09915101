// What the application roles may not do, asked of the catalogue and tried for real.
#include <boost/test/unit_test.hpp>

#include "tests/integration/schema/catalogue.hpp"

using namespace tenantry;
using test::database;

namespace {

/// The SQLSTATE that the statement ends with; "" when it succeeds.
task<std::string> state_of(executor ex, std::string url, const char* sql) {
    const pg::connection_settings settings{std::move(url)};
    auto c = co_await pg::connection::connect(ex, settings, deadline_in(test::patience));
    auto answer = co_await test::run_sql(*c.value(), sql);
    if (answer) co_return "";
    co_return answer.error().sqlstate;
}

std::string state_at(const std::string& url, const char* sql) {
    return test::run_on_io([&](executor ex) { return state_of(ex, url, sql); });
}

constexpr const char* insufficient_privilege = "42501";

/// Which of the tables the role may touch so, by a right to the table or to any of its columns.
std::string may(const database& db, const std::string& role, const std::string& rights) {
    return db.execute(
        "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class c"
        " WHERE relnamespace = 'tenantry'::regnamespace AND relkind IN ('r', 'p', 'v')"
        " AND (has_table_privilege('" +
        role + "', c.oid, '" + rights + "')" +
        (rights == "UPDATE" || rights == "SELECT"
             ? " OR has_any_column_privilege('" + role + "', c.oid, '" + rights + "')"
             : "") +
        ")");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(privileges_test)

BOOST_AUTO_TEST_CASE(an_application_role_is_no_more_than_its_grants) {
    const database db;
    BOOST_TEST(db.execute("SELECT count(*) FROM pg_roles WHERE rolname IN"
                          " ('tenantry_api', 'tenantry_worker') AND NOT (rolsuper OR rolbypassrls"
                          " OR rolcreaterole OR rolcreatedb OR rolreplication)") == "2");
    BOOST_TEST(db.execute("SELECT count(*) FROM pg_auth_members WHERE member IN"
                          " ('tenantry_api'::regrole, 'tenantry_worker'::regrole)") == "0");
    for (const auto* role : test::application_roles) {
        const auto has = [&](const std::string& what) { return db.execute("SELECT has_" + what); };
        const auto named = "'" + std::string{role} + "', ";
        BOOST_TEST(has("schema_privilege(" + named + "'tenantry', 'CREATE')") == "f");
        BOOST_TEST(has("schema_privilege(" + named + "'public', 'CREATE')") == "f");
        BOOST_TEST(has("function_privilege(" + named + "'tenantry.isolate(text)', 'EXECUTE')") ==
                   "f");
    }
}

BOOST_AUTO_TEST_CASE(nobody_rewrites_the_audit_or_the_ledger) {
    const database db;
    for (const auto* role : test::application_roles)
        for (const auto* table : {"audit_event", "ledger_posting"})
            for (const auto* right : {"UPDATE", "DELETE", "TRUNCATE"}) {
                const auto tables = test::words_of(may(db, role, right));
                BOOST_TEST((std::find(tables.begin(), tables.end(), table) == tables.end()),
                           role << " may " << right << " " << table);
            }
    for (const auto& url : {db.api_url(), db.worker_url()})
        for (const auto* sql :
             {"UPDATE tenantry.audit_event SET action = 'x'", "DELETE FROM tenantry.audit_event",
              "TRUNCATE tenantry.audit_event",
              "UPDATE tenantry.ledger_posting SET amount_minor = 1",
              "DELETE FROM tenantry.ledger_posting", "TRUNCATE tenantry.ledger_posting"})
            BOOST_TEST(state_at(url, sql) == insufficient_privilege, sql);
}

BOOST_AUTO_TEST_CASE(the_worker_has_no_business_with_keys) {
    const database db;
    for (const auto* right : {"SELECT", "INSERT", "UPDATE", "DELETE"}) {
        const auto tables = test::words_of(may(db, "tenantry_worker", right));
        BOOST_TEST((std::find(tables.begin(), tables.end(), "api_key") == tables.end()), right);
    }
    BOOST_TEST(state_at(db.worker_url(), "SELECT 1 FROM tenantry.api_key") ==
               insufficient_privilege);
    BOOST_TEST(state_at(db.worker_url(), "SELECT lookup_hash FROM tenantry.api_key") ==
               insufficient_privilege);
}

BOOST_AUTO_TEST_CASE(the_only_rows_a_program_removes_are_those_that_expire) {
    const database db;
    BOOST_TEST(may(db, "tenantry_api", "DELETE") == "");
    BOOST_TEST(may(db, "tenantry_worker", "DELETE") == "idempotency_record session unique_job");
    for (const auto* role : test::application_roles) BOOST_TEST(may(db, role, "TRUNCATE") == "");
}

BOOST_AUTO_TEST_CASE(each_program_changes_only_what_it_has_to) {
    const database db;
    BOOST_TEST(
        may(db, "tenantry_api", "UPDATE") ==
        "api_key company company_count idempotency_record job location membership phone_number "
        "session");
    BOOST_TEST(
        may(db, "tenantry_worker", "UPDATE") ==
        "company company_count job job_budget location periodic_job phone_number unique_job");
    BOOST_TEST(state_at(db.api_url(), "UPDATE tenantry.api_key SET sealed_key = ''") ==
               insufficient_privilege);
    BOOST_TEST(state_at(db.api_url(), "UPDATE tenantry.company SET agency_id = 1") ==
               insufficient_privilege);
    BOOST_TEST(state_at(db.worker_url(), "UPDATE tenantry.company SET name = 'x'") ==
               insufficient_privilege);
}

BOOST_AUTO_TEST_CASE(no_program_switches_its_isolation_off) {
    const database db;
    for (const auto& url : {db.api_url(), db.worker_url()})
        for (const auto* sql : {"ALTER TABLE tenantry.company DISABLE ROW LEVEL SECURITY",
                                "DROP POLICY tenant ON tenantry.company",
                                "CREATE POLICY mine ON tenantry.company USING (true)",
                                "CALL tenantry.isolate('plan')", "SET ROLE pg_read_all_data",
                                "CREATE TABLE tenantry.mine (x int)"})
            BOOST_TEST(state_at(url, sql) == insufficient_privilege, sql);
}

BOOST_AUTO_TEST_SUITE_END()
