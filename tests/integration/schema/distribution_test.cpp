// Holds the catalogue against the rules that let the schema be sharded by agency, and that keep one
// agency from another: each rule is a query for its offenders, and a table that offends it.
#include <boost/test/unit_test.hpp>

#include "tests/integration/schema/catalogue.hpp"

using namespace tenantry;
using test::database;

namespace {

struct rule {
    const char* sentence;
    const char* offenders;  ///< SQL: one text, NULL when all is well
    const char* offence;    ///< SQL that makes one
};

/// Of the schema: every table with the number of its agency_id column, NULL without one.
#define TABLES                                                                                \
    "WITH t AS (SELECT c.oid, c.relname, c.relrowsecurity, a.attnum AS agency, a.attnotnull," \
    " a.atttypid FROM pg_class c LEFT JOIN pg_attribute a"                                    \
    " ON a.attrelid = c.oid AND a.attname = 'agency_id' AND NOT a.attisdropped"               \
    " WHERE c.relnamespace = 'tenantry'::regnamespace AND c.relkind IN ('r', 'p')),"          \
    " tenant AS (SELECT * FROM t WHERE agency IS NOT NULL) "

constexpr const char* without_agency = "CREATE TABLE tenantry.planted (name text PRIMARY KEY)";

const rule rules[] = {
    // phone_number: a free number is nobody's yet, so that no agency can lead its key.
    {"a table without agency_id is a reference table that is known here",
     TABLES "SELECT string_agg(relname, ' ') FROM t WHERE agency IS NULL AND relname NOT IN"
            " ('plan', 'plan_rate_limit', 'phone_number', 'queue', 'periodic_job')",
     without_agency},

    {"agency_id is a bigint and never null",
     TABLES "SELECT string_agg(relname, ' ') FROM tenant"
            " WHERE NOT attnotnull OR atttypid <> 'bigint'::regtype",
     "CREATE TABLE tenantry.planted (agency_id integer, id bigint)"},

    {"every tenant table has a primary key",
     TABLES "SELECT string_agg(relname, ' ') FROM tenant WHERE NOT EXISTS"
            " (SELECT FROM pg_index WHERE indrelid = tenant.oid AND indisprimary)",
     "CREATE TABLE tenantry.planted (agency_id bigint NOT NULL)"},

    {"agency_id leads every primary key and every unique index",
     TABLES "SELECT string_agg(i.indexrelid::regclass::text, ' ') FROM tenant"
            " JOIN pg_index i ON i.indrelid = tenant.oid AND i.indisunique"
            " WHERE i.indkey[0] <> tenant.agency",
     "CREATE TABLE tenantry.planted (agency_id bigint, id bigint UNIQUE, PRIMARY KEY (agency_id, "
     "id))"},

    {"a foreign key between tenant tables pairs agency_id with agency_id",
     TABLES "SELECT string_agg(k.conname, ' ') FROM pg_constraint k"
            " JOIN tenant a ON a.oid = k.conrelid JOIN tenant b ON b.oid = k.confrelid"
            " WHERE k.contype = 'f' AND NOT EXISTS (SELECT FROM unnest(k.conkey, k.confkey)"
            " AS pair(here, there) WHERE here = a.agency AND there = b.agency)",
     "CREATE TABLE tenantry.planted (agency_id bigint, id bigint, parent_agency bigint,"
     " PRIMARY KEY (agency_id, id),"
     " FOREIGN KEY (parent_agency, id) REFERENCES tenantry.company)"},

    {"a foreign key leads to a tenant table or to a reference table, never back",
     TABLES "SELECT string_agg(k.conname, ' ') FROM pg_constraint k"
            " JOIN t a ON a.oid = k.conrelid JOIN tenant b ON b.oid = k.confrelid"
            " WHERE k.contype = 'f' AND a.agency IS NULL",
     "CREATE TABLE tenantry.planted (favourite bigint REFERENCES tenantry.agency)"},

    {"no tenant table has a trigger",
     TABLES "SELECT string_agg(tgname, ' ') FROM tenant JOIN pg_trigger ON tgrelid = tenant.oid"
            " WHERE NOT tgisinternal",
     "CREATE TRIGGER planted BEFORE UPDATE ON tenantry.company FOR EACH ROW"
     " EXECUTE FUNCTION suppress_redundant_updates_trigger()"},

    {"row-level security is on for every tenant table",
     TABLES "SELECT string_agg(relname, ' ') FROM tenant WHERE NOT relrowsecurity",
     "ALTER TABLE tenantry.company DISABLE ROW LEVEL SECURITY"},

    {"every tenant table has the policy that names the tenant setting, for all roles and commands",
     TABLES "SELECT string_agg(relname, ' ') FROM tenant WHERE NOT EXISTS"
            " (SELECT FROM pg_policy p WHERE p.polrelid = tenant.oid AND p.polname = 'tenant'"
            " AND p.polcmd = '*' AND p.polroles = '{0}' AND p.polwithcheck IS NULL AND"
            " pg_get_expr(p.polqual, p.polrelid) = '((agency_id = ANY (( SELECT (NULLIF("
            "current_setting(''tenantry.agencies''::text, true), ''''::text))::bigint[]"
            " AS \"nullif\")::bigint[])) IS TRUE)')",
     "ALTER POLICY tenant ON tenantry.company USING (agency_id ="
     " current_setting('tenantry.agencies')::bigint)"},

    {"no other policy widens it, but for the worker's overviews and the free phone numbers",
     "SELECT string_agg(polrelid::regclass || '.' || polname, ' ') FROM pg_policy"
     " WHERE polname <> 'tenant' AND NOT (polname = 'overview' AND polcmd = 'r' AND"
     " polroles = ARRAY['tenantry_worker'::regrole::oid] AND"
     " (polrelid::regclass, pg_get_expr(polqual, polrelid)) IN"
     " (('tenantry.job'::regclass, 'true'),"
     " ('tenantry.idempotency_record'::regclass, '(expires_at <= now())'),"
     " ('tenantry.session'::regclass, '(expires_at <= now())'),"
     " ('tenantry.unique_job'::regclass, '(until <= now())'),"
     " ('tenantry.phone_number'::regclass, '(holder_agency_id IS NOT NULL)')))"
     " AND NOT (polname = 'inventory' AND polrelid = 'tenantry.phone_number'::regclass)",
     "CREATE POLICY planted ON tenantry.company TO tenantry_api USING (true)"},

    {"of the phone numbers an agency sees the free ones and its own",
     "SELECT CASE WHEN count(*) = 0 THEN 'phone_number' END FROM pg_policy p JOIN pg_class c ON"
     " c.oid = p.polrelid WHERE c.oid = 'tenantry.phone_number'::regclass AND c.relrowsecurity"
     " AND polname = 'inventory' AND polcmd = '*' AND polroles = '{0}' AND polwithcheck IS NULL AND"
     " pg_get_expr(polqual, polrelid) = '(((holder_agency_id IS NULL) OR (holder_agency_id = ANY"
     " ((NULLIF(current_setting(''tenantry.agencies''::text, true), ''''::text))::bigint[])))"
     " IS TRUE)'",
     "ALTER TABLE tenantry.phone_number DISABLE ROW LEVEL SECURITY"},

    {"a view reads with the rights of its reader",
     "SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = 'tenantry'::regnamespace"
     " AND (relkind = 'm' OR (relkind = 'v' AND NOT coalesce(reloptions, '{}') @>"
     " '{security_invoker=true}'))",
     "CREATE VIEW tenantry.planted AS SELECT * FROM tenantry.company"},

    {"no function runs with its owner's rights",
     "SELECT string_agg(proname, ' ') FROM pg_proc"
     " WHERE pronamespace = 'tenantry'::regnamespace AND prosecdef",
     "CREATE FUNCTION tenantry.planted() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
     " AS 'SELECT count(*) FROM tenantry.company'"},

    {"the application roles own nothing",
     "SELECT string_agg(objid::text, ' ') FROM pg_shdepend WHERE deptype = 'o' AND refobjid IN"
     " ('tenantry_api'::regrole, 'tenantry_worker'::regrole)",
     "CREATE TABLE tenantry.planted (x int); GRANT CREATE ON SCHEMA tenantry TO tenantry_api;"
     " ALTER TABLE tenantry.planted OWNER TO tenantry_api"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(distribution_test)

BOOST_AUTO_TEST_CASE(the_schema_keeps_every_rule) {
    const database db;
    BOOST_TEST(test::tenant_tables(db).size() >= 15u);
    for (const auto& rule : rules) BOOST_TEST(db.execute(rule.offenders) == "", rule.sentence);
}

BOOST_AUTO_TEST_CASE(every_rule_notices_its_offence) {
    for (const auto& rule : rules) {
        const database db;
        db.execute(rule.offence);
        BOOST_TEST(db.execute(rule.offenders) != "", rule.sentence);
    }
}

BOOST_AUTO_TEST_CASE(a_new_tenant_table_that_is_not_isolated_is_an_offence) {
    const database db;
    db.execute("CREATE TABLE tenantry.planted (id bigint PRIMARY KEY, agency_id bigint)");
    int offended = 0;
    for (const auto& rule : rules) offended += db.execute(rule.offenders).empty() ? 0 : 1;
    BOOST_TEST(offended == 4);  // nullable agency_id, key, row-level security, policy

    db.execute("DROP TABLE tenantry.planted");
    db.execute(
        "CREATE TABLE tenantry.planted (agency_id bigint, id bigint, PRIMARY KEY (agency_id, id));"
        " CALL tenantry.isolate('planted')");
    for (const auto& rule : rules) BOOST_TEST(db.execute(rule.offenders) == "", rule.sentence);
}

BOOST_AUTO_TEST_SUITE_END()
