// Two agencies with rows in every table: what each program's role sees and writes when a query
// forgets the agency, or names another one.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "common/store/job_queue.hpp"
#include "common/store/tenant.hpp"
#include "tests/integration/schema/catalogue.hpp"
#include "tests/integration/store/transaction.hpp"

using namespace tenantry;
using test::database;

namespace {

constexpr std::int64_t ours = 1001, theirs = 1002;

/// One row of each agency in every tenant table. Both agencies use the same ids: only agency_id
/// tells their rows apart.
const char* const fill = R"(
CREATE TEMP TABLE a AS SELECT unnest(ARRAY[1001, 1002])::bigint AS id;
INSERT INTO tenantry.agency SELECT id, 'Agency ' || id, 'demo', now() FROM a;
INSERT INTO tenantry.app_user SELECT id, 1, 'Michael Scott', 'm@example.com', now() FROM a;
INSERT INTO tenantry.company (agency_id, company_id, name, name_key, owner_id, created_at, updated_at)
    SELECT id, 1, 'Acme', 'acme', 1, now(), now() FROM a;
INSERT INTO tenantry.company_count SELECT id, 0, 1, 0 FROM a;
INSERT INTO tenantry.company_status SELECT id, 1, 1, 'COMPLIANCE_HOLD', now() FROM a;
INSERT INTO tenantry.membership SELECT id, 1, 1, 'owner', now() FROM a;
INSERT INTO tenantry.api_key SELECT id, 1, 1, 1, NULL, 'read_write', decode(repeat('00', 32), 'hex'), '', 1, now(), NULL FROM a;
INSERT INTO tenantry.idempotency_record SELECT id, 'e', 'k', decode(repeat('00', 32), 'hex'), 201, NULL, '', NULL, now(), now() + interval '1 hour' FROM a;
INSERT INTO tenantry.audit_event (agency_id, audit_event_id, at, action) SELECT id, 1, now(), 'x' FROM a;
INSERT INTO tenantry.job (agency_id, job_id, queue, kind, steps_total, created_at, run_at)
    SELECT id, 1, 'q', 'k', 1, now(), now() FROM a;
INSERT INTO tenantry.job_budget SELECT id, 1, now() FROM a;
INSERT INTO tenantry.unique_job SELECT id, 'k', 1, now() + interval '1 hour' FROM a;
INSERT INTO tenantry.workspace SELECT id, 1, now(), '{slots}' FROM a;
INSERT INTO tenantry.prospect_database SELECT id, 1, 'p', now() FROM a;
INSERT INTO tenantry.campaign SELECT id, 1, 1, 'c', 'draft', true, now() FROM a;
INSERT INTO tenantry.ledger_account SELECT id, x, 'debit' FROM a, unnest(ARRAY['r', 'v']) x;
INSERT INTO tenantry.ledger_posting SELECT id, 1, 'k', 1, 'r', 'v', 1, 'EUR', 'd', now() FROM a;
INSERT INTO tenantry.subscription SELECT id, 1, 'demo', 'active', now(), now() FROM a;
INSERT INTO tenantry.subscription_period SELECT id, 1, now(), now() + interval '1 day' FROM a;
INSERT INTO tenantry.location (agency_id, location_id, company_id, job_id, name, area_code, created_at, updated_at)
    SELECT id, 1, 1, 1, 'Front desk', '212', now(), now() FROM a;
UPDATE tenantry.phone_number SET holder_agency_id = 1001, location_id = 1 WHERE number = '+12125550100';
UPDATE tenantry.phone_number SET holder_agency_id = 1002, location_id = 1 WHERE number = '+12125550101';
INSERT INTO tenantry.contact SELECT id, 1, 1, 'Pam Beesly', NULL, '{}', NULL, NULL, now(), now() FROM a;
INSERT INTO tenantry.session SELECT id, 's', 1, 1, now(), now() + interval '1 hour', NULL FROM a;
)";

struct program {
    std::string role;
    std::string url;
};

class filled : public database {
public:
    filled() { execute(fill); }

    std::vector<program> programs() const {
        return {{"tenantry_api", api_url()}, {"tenantry_worker", worker_url()}};
    }

    bool may(const program& p, const std::string& right, const std::string& table) const {
        return execute(fmt::format("SELECT has_table_privilege('{}', 'tenantry.{}', '{}')", p.role,
                                   table, right)) == "t";
    }

    /// A column that the role may update; "" for none.
    std::string updatable(const program& p, const std::string& table) const {
        return execute(fmt::format(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'tenantry.{1}'::regclass AND"
            " attnum > 0 AND has_column_privilege('{0}', attrelid, attnum, 'UPDATE') LIMIT 1",
            p.role, table));
    }

    /// Inserts the row that the other agency has, as our own one would be.
    std::string insertion(const std::string& table, std::int64_t agency) const {
        return execute(fmt::format(
            "SELECT format('INSERT INTO tenantry.{0} SELECT * FROM"
            " jsonb_populate_record(NULL::tenantry.{0}, %L)', to_jsonb(t)) FROM tenantry.{0} t"
            " WHERE agency_id = {1} LIMIT 1",
            table, agency));
    }
};

/// The answer's first column as text, or the SQLSTATE; rows touched when there is no column.
std::string outcome(const pg::result<std::vector<pg::rows>>& answer) {
    if (!answer) return answer.error().sqlstate;
    const auto& rows = answer->back();
    if (rows.empty()) return std::to_string(rows.affected());
    return rows[0].get<std::optional<std::string>>(0).value_or("none");
}

task<std::string> run_as_of(executor ex, std::string url, std::vector<std::int64_t> agencies,
                            std::string sql) {
    const pg::connection_settings settings{std::move(url)};
    auto c = co_await pg::connection::connect(ex, settings, deadline_in(test::patience));
    const pg::statement statement{"", sql.c_str()};
    std::vector<pg::query> queries;
    if (!agencies.empty()) queries.push_back(store::acting_for(agencies));
    queries.push_back({&statement});
    auto answer = co_await c.value()->run(queries, deadline_in(test::patience));
    co_return outcome(answer);
}

std::string run_as(const program& p, std::vector<std::int64_t> agencies, const std::string& sql) {
    return test::run_on_io(
        [&](executor ex) { return run_as_of(ex, p.url, std::move(agencies), sql); });
}

std::string count(const std::string& table) {
    return "SELECT count(*)::text FROM tenantry." + table;
}

std::string agencies_in(const std::string& table) {
    return "SELECT string_agg(DISTINCT agency_id::text, ' ') FROM tenantry." + table;
}

bool is_the_overview(const program& p, const std::string& table) {
    return p.role == "tenantry_worker" && table == "job";
}

task<std::string> companies_seen(pg::connection& c, std::optional<domain::agency_id> by) {
    const pg::statement statement{"", "SELECT count(*)::text FROM tenantry.company"};
    std::vector<pg::query> queries;
    if (by) queries.push_back(store::acting_for(*by));
    queries.push_back({&statement});
    auto answer = co_await c.run(queries, deadline_in(test::patience));
    co_return outcome(answer);
}

task<> leave_no_trace(executor ex, std::string url) {
    const pg::connection_settings settings{std::move(url)};
    auto opened = co_await pg::connection::connect(ex, settings, deadline_in(test::patience));
    auto& c = *opened.value();
    std::vector<std::string> seen;
    const auto look = [&] { return companies_seen(c, std::nullopt); };
    seen.push_back(co_await look());
    seen.push_back(co_await companies_seen(c, domain::agency_id{ours}));
    seen.push_back(co_await look());
    for (const auto end : {store::commit, store::roll_back}) {
        co_await test::begin_for(c, std::vector<std::int64_t>(1, ours),
                                 deadline_in(test::patience));
        seen.push_back(co_await look());
        auto ended = co_await end(c, deadline_in(test::patience));
        BOOST_TEST(ended.has_value());
        seen.push_back(co_await look());
    }
    const std::vector<std::string> expected{"0", "1", "0", "1", "0", "1", "0"};
    BOOST_TEST(seen == expected, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(isolation_test)

BOOST_AUTO_TEST_CASE(both_agencies_have_rows_in_every_tenant_table) {
    const filled db;
    for (const auto& table : test::tenant_tables(db))
        BOOST_TEST(db.execute(agencies_in(table)) == "1001 1002", table);
}

BOOST_AUTO_TEST_CASE(a_query_that_forgets_the_agency_sees_nothing) {
    const filled db;
    int seen = 0;
    for (const auto& p : db.programs())
        for (const auto& table : test::tenant_tables(db)) {
            if (!db.may(p, "SELECT", table)) continue;
            ++seen;
            const auto* expected = is_the_overview(p, table) ? "2" : "0";
            BOOST_TEST(run_as(p, {}, count(table)) == expected, p.role << " " << table);
        }
    BOOST_TEST(seen >= 28);
    BOOST_TEST(run_as(db.programs()[0], {}, count("ledger_entry")) == "0");
}

BOOST_AUTO_TEST_CASE(an_agency_sees_its_own_rows_alone) {
    const filled db;
    for (const auto& p : db.programs())
        for (const auto& table : test::tenant_tables(db)) {
            if (!db.may(p, "SELECT", table)) continue;
            const auto* expected = is_the_overview(p, table) ? "1001 1002" : "1001";
            BOOST_TEST(run_as(p, {ours}, agencies_in(table)) == expected, p.role << " " << table);
            BOOST_TEST(run_as(p, {ours, theirs}, agencies_in(table)) == "1001 1002");
        }
    BOOST_TEST(run_as(db.programs()[0], {ours}, agencies_in("ledger_entry")) == "1001");
}

BOOST_AUTO_TEST_CASE(an_agency_changes_its_own_rows_alone) {
    const filled db;
    int tried = 0;
    for (const auto& p : db.programs())
        for (const auto& table : test::tenant_tables(db)) {
            const auto column = db.updatable(p, table);
            if (column.empty()) continue;
            ++tried;
            const auto update = fmt::format("UPDATE tenantry.{0} SET {1} = {1}", table, column);
            BOOST_TEST(run_as(p, {}, update) == "0", p.role << " " << table);
            BOOST_TEST(run_as(p, {ours}, update) == "1", p.role << " " << table);
            BOOST_TEST(run_as(p, {ours}, update + " WHERE agency_id = 1002") == "0");
        }
    BOOST_TEST(tried == 14);
}

BOOST_AUTO_TEST_CASE(an_agency_removes_its_own_rows_alone) {
    const filled db;
    const auto worker = db.programs()[1];
    for (const std::string table : {"idempotency_record", "session", "unique_job"}) {
        const auto removal = "DELETE FROM tenantry." + table;
        BOOST_TEST(run_as(worker, {}, removal) == "0", table);
        BOOST_TEST(run_as(worker, {theirs}, removal) == "1", table);
        BOOST_TEST(db.execute(agencies_in(table)) == "1001", table);
    }
}

BOOST_AUTO_TEST_CASE(the_worker_sees_what_has_expired_whose_ever_it_is_and_changes_no_more) {
    const filled db;
    db.execute(
        "UPDATE tenantry.idempotency_record SET expires_at = now();"
        " UPDATE tenantry.session SET created_at = now() - interval '1 day', expires_at = now();"
        " UPDATE tenantry.unique_job SET until = now()");
    const auto api = db.programs()[0], worker = db.programs()[1];
    for (const std::string table : {"idempotency_record", "session", "unique_job"}) {
        BOOST_TEST(run_as(worker, {}, agencies_in(table)) == "1001 1002", table);
        const auto removal = "DELETE FROM tenantry." + table;
        BOOST_TEST(run_as(worker, {}, removal) == "0", table);
        BOOST_TEST(run_as(worker, {ours}, removal + " WHERE agency_id = 1002") == "0", table);
        if (db.may(api, "SELECT", table))
            BOOST_TEST(run_as(api, {ours}, agencies_in(table)) == "1001", table);
    }
}

BOOST_AUTO_TEST_CASE(a_row_for_another_agency_is_refused) {
    const filled db;
    int tried = 0;
    for (const auto& p : db.programs())
        for (const auto& table : test::tenant_tables(db)) {
            if (!db.may(p, "INSERT", table)) continue;
            ++tried;
            const auto row = db.insertion(table, theirs);
            BOOST_TEST(run_as(p, {ours}, row) == "42501", p.role << " " << table);
            BOOST_TEST(run_as(p, {}, row) == "42501", p.role << " " << table);
            // The row's own agency gets as far as the key that it repeats.
            BOOST_TEST(run_as(p, {theirs}, row) == "23505", p.role << " " << table);
        }
    BOOST_TEST(tried >= 14);
}

BOOST_AUTO_TEST_CASE(an_agency_sees_and_changes_the_free_numbers_and_its_own) {
    const filled db;
    const std::string held =
        "SELECT coalesce(string_agg(number, ' ' ORDER BY number), 'none') FROM"
        " tenantry.phone_number WHERE holder_agency_id IS NOT NULL";
    const std::string free =
        "SELECT count(*)::text FROM tenantry.phone_number WHERE holder_agency_id IS NULL"
        " AND area_code = '212'";
    for (const auto& p : db.programs()) {
        // Who holds which number is in the worker's overview.
        const bool sees_all = p.role == "tenantry_worker";
        const std::string both = "+12125550100 +12125550101";
        BOOST_TEST(run_as(p, {}, held) == (sees_all ? both : "none"), p.role);
        BOOST_TEST(run_as(p, {ours}, held) == (sees_all ? both : "+12125550100"), p.role);
        BOOST_TEST(run_as(p, {ours, theirs}, held) == both, p.role);
        for (const auto& agencies : {std::vector<std::int64_t>{}, std::vector{ours}})
            BOOST_TEST(run_as(p, agencies, free) == "98", p.role);
        const std::string release =
            "UPDATE tenantry.phone_number SET holder_agency_id = NULL, location_id = NULL"
            " WHERE number = '+12125550101'";
        BOOST_TEST(run_as(p, {ours}, release) == "0", p.role);
        const std::string give_away =
            "UPDATE tenantry.phone_number SET holder_agency_id = 1002, location_id = 2"
            " WHERE number = '+12125550102'";
        BOOST_TEST(run_as(p, {ours}, give_away) == "42501", p.role);
    }
}

BOOST_AUTO_TEST_CASE(the_setting_ends_with_its_transaction) {
    const filled db;
    for (const auto& p : db.programs())
        test::run_on_io([&](executor ex) { return leave_no_trace(ex, p.url); });
}

BOOST_AUTO_TEST_SUITE_END()
