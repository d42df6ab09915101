// How PostgreSQL answers the queries of the hot paths: by stretches of an index, whatever the table
// has grown to.
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "common/store/api_keys.hpp"
#include "common/store/billing.hpp"
#include "common/store/company_count.hpp"
#include "common/store/contacts.hpp"
#include "common/store/job_queue.hpp"
#include "common/store/jobs.hpp"
#include "common/store/locations.hpp"
#include "common/store/principals.hpp"
#include "common/store/workspaces.hpp"
#include "tests/integration/store/tenants.hpp"
#include "tests/integration/store/transaction.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using test::soon;
using test::tenants;

namespace {

/// A program's role in a session that tells the plan of every statement it runs.
class watched {
public:
    static task<std::unique_ptr<watched>> as(tenants& t, std::string role) {
        std::unique_ptr<watched> made{new watched{t, co_await net::this_coro::executor}};
        const auto become = "SET ROLE " + role;
        const pg::statement setup[] = {{"", "LOAD 'auto_explain'"},
                                       {"", "SET auto_explain.log_min_duration = 0"},
                                       {"", "SET client_min_messages = log"},
                                       {"", become.c_str()}};
        for (const auto& each : setup) {
            auto done = co_await made->pool.run(each, {}, soon());
            BOOST_TEST_REQUIRE(done.has_value());
        }
        co_return made;
    }
    /// Of what has run since the last call, but for the tenant setting's own.
    std::string plans() {
        std::string told;
        std::swap(told, told_);
        return told;
    }

private:
    watched(tenants& t, executor ex)
        : pool{ex,
               {.connection = {.conninfo = t.db.owner_url(),
                               .on_notice =
                                   [this](std::string_view told) {
                                       if (told.find("set_config") == told.npos)
                                           told_.append(told) += "\n";
                                   }},
                .size = 1}} {}

    std::string told_;

public:
    pg::pool pool;
};

/// So many that no plan but one by an index is to be considered.
void fill(tenants& t) {
    t.db.execute(
        fmt::format("INSERT INTO tenantry.company (agency_id, company_id, name, name_key, "
                    "owner_id, active, created_at, updated_at)"
                    " SELECT a, n, 'C ' || n, 'c ' || n, CASE a WHEN {0} THEN {1} ELSE {3} END, n "
                    "% 10 > 0, now(), now()"
                    " FROM unnest(ARRAY[{0}, {2}]) AS a, generate_series(1, 200000) AS n;"
                    " INSERT INTO tenantry.app_user SELECT {0}, n, 'U', 'u@example.com', now()"
                    " FROM generate_series(1000000, 1005000) AS n;"
                    " INSERT INTO tenantry.agency SELECT n, 'Agency ' || n, 'demo', now()"
                    " FROM generate_series(10001, 10500) AS n;"
                    " INSERT INTO tenantry.company_count SELECT agency_id, s, 1000, 100"
                    " FROM tenantry.agency, generate_series(0, 15) AS s;"
                    " INSERT INTO tenantry.job (agency_id, job_id, queue, kind, steps_total, "
                    "state, created_at, run_at)"
                    " SELECT {0}, n, 'provisioning', 'noop', 1, CASE WHEN n % 4 = 0 THEN 'pending' "
                    "ELSE 'done' END, now(), now()"
                    " FROM generate_series(1, 40000) AS n;",
                    t.first.agency, t.first.owner, t.second.agency, t.second.owner));
    for (const auto* table : {"company", "company_count", "job", "app_user"})
        t.db.execute(fmt::format("VACUUM (ANALYZE) tenantry.{}", table));
}

int count_of(const std::string& text, std::string_view part) {
    int count = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
    return count;
}

/// The tables that are small by nature may be read as a whole.
void check_no_table_is_read_whole(const std::string& plan) {
    for (const auto* table : {"company", "company_count", "job", "api_key", "idempotency_record"})
        BOOST_TEST(count_of(plan, fmt::format("Seq Scan on {} ", table)) == 0, plan);
    BOOST_TEST(count_of(plan, "Hash") == 0, plan);
    BOOST_TEST(count_of(plan, "Bitmap Heap Scan on company ") == 0, plan);
}

/// What an index is read for has to be looked for in it: without a condition it is read whole.
void check_each_index_is_asked_for_something(const std::string& plan) {
    BOOST_TEST(count_of(plan, "Scan using ") > 0, plan);
    std::istringstream lines{plan};
    for (std::string line, next; std::getline(lines, line);) {
        if (line.find(" Scan ") == line.npos || line.find(" using ") == line.npos) continue;
        std::getline(lines, next);
        BOOST_TEST(next.find("Index Cond: ") != next.npos, line << next);
    }
}

task<> find_one_by_its_key(tenants& t) {
    fill(t);
    const auto session = co_await watched::as(t, "tenantry_api");
    std::vector<wanted_company> wanted(1, {t.first.agency, domain::company_id{77}});
    const auto found = co_await find_companies(session->pool, wanted, soon());
    BOOST_TEST_REQUIRE((found.value().at(0).has_value()));
    const auto plan = session->plans();
    BOOST_TEST(count_of(plan, "Index Scan using company_pkey on company own ") == 1, plan);
    BOOST_TEST(count_of(plan, " on company own ") == 1, plan);
    check_no_table_is_read_whole(plan);
    session->pool.stop();
}

task<> find_a_key_by_its_hash(tenants& t) {
    fill(t);
    t.db.execute(fmt::format(
        "INSERT INTO tenantry.api_key (agency_id, api_key_id, user_id, scope, lookup_hash, "
        "sealed_key,"
        " keyring_version, created_at) SELECT {}, n, {}, 'read_write', sha256(n::text::bytea),"
        " 'sealed', 1, now() FROM generate_series(1, 20000) AS n",
        t.first.agency, t.first.owner));
    t.db.execute("VACUUM (ANALYZE) tenantry.api_key");
    const auto session = co_await watched::as(t, "tenantry_api");
    std::vector<wanted_key> wanted(1, {t.first.agency, crypto::sha256("77")});
    wanted.push_back({t.first.agency, crypto::sha256("none")});
    const auto found = co_await find_key_holders(session->pool, wanted, soon());
    BOOST_TEST_REQUIRE(found.value().at(0).has_value());
    BOOST_TEST(found.value().at(0)->principal.key == domain::api_key_id{77});
    BOOST_TEST(!found.value().at(1).has_value());
    const auto plan = session->plans();
    BOOST_TEST(count_of(plan, " on api_key own ") == 1, plan);
    check_no_table_is_read_whole(plan);
    session->pool.stop();
}

task<> find_versions_by_their_key(tenants& t) {
    fill(t);
    const auto session = co_await watched::as(t, "tenantry_api");
    std::vector<domain::agency_id> wanted{t.first.agency, t.second.agency};
    BOOST_TEST((co_await find_versions(session->pool, wanted, soon())).value().size() == 2u);
    const auto plan = session->plans();
    BOOST_TEST(count_of(plan, "Index Scan using company_count_pkey on company_count ") == 1, plan);
    check_no_table_is_read_whole(plan);
    check_each_index_is_asked_for_something(plan);
    session->pool.stop();
}

task<> read_a_page_off_an_index(tenants& t) {
    fill(t);
    const auto session = co_await watched::as(t, "tenantry_api");
    const std::pair<domain::company_filter, std::string> lists[] = {
        {{}, "Index Only Scan using company_pkey on company "},
        {{.active = true}, "Index Only Scan using company_activity on company "}};
    for (const auto& [filter, scan] : lists) {
        for (const auto& part : {domain::window::page(300), domain::window::following(900, 50)}) {
            auto page = co_await test::list_companies(session->pool, t.first.agency, filter, part);
            BOOST_TEST(page.value()->content.size() == 50u);
            const auto plan = session->plans();
            BOOST_TEST(count_of(plan, scan) == 1, plan);
            BOOST_TEST(count_of(plan, "Index Scan using ") >= 3,
                       plan);  // the page, owners, statuses
            check_no_table_is_read_whole(plan);
        }
    }
    session->pool.stop();
}

/// Companies of the first agency, of which the statistics of an empty table know nothing.
void fill_behind_the_statistics(tenants& t) {
    t.db.execute("VACUUM (ANALYZE) tenantry.company");
    t.db.execute(fmt::format(
        "ALTER TABLE tenantry.company SET (autovacuum_enabled = off);"
        "INSERT INTO tenantry.company (agency_id, company_id, name, name_key, owner_id, created_at,"
        " updated_at) SELECT {}, n, 'C ' || n, 'c ' || n, {}, now(), now()"
        " FROM generate_series(1, 20000) AS n",
        t.first.agency, t.first.owner));
}

/// With the statistics of an empty table, as on the first day.
task<> read_a_page_off_an_index_whatever_the_statistics(tenants& t) {
    fill_behind_the_statistics(t);
    const auto session = co_await watched::as(t, "tenantry_api");
    const domain::company_filter everyone;
    auto page = co_await test::list_companies(session->pool, t.first.agency, everyone,
                                              domain::window::page(1));
    BOOST_TEST(page.value()->content.size() == 50u);
    const auto plan = session->plans();
    BOOST_TEST(count_of(plan, "Index Only Scan using company_pkey on company ") == 1, plan);
    BOOST_TEST(count_of(plan, "Bitmap") == 0, plan);
    BOOST_TEST(count_of(plan, "Seq Scan on company ") == 0, plan);
    session->pool.stop();
}

/// One for each n up to so many; the agency is SQL.
void add_jobs(tenants& t, std::string_view agency, int count) {
    t.db.execute(fmt::format(
        "INSERT INTO tenantry.job (agency_id, job_id, queue, kind, steps_total, created_at, run_at)"
        " SELECT {}, n, 'provisioning', 'noop', 1, now(), now() FROM generate_series(1, {}) AS n",
        agency, count));
}

/// Of the first agency.
task<std::vector<claimed_job>> claim_fifty(tenants& t, watched& session) {
    const std::vector<lane_demand> demands(1, {{t.first.agency, "provisioning"}, 50});
    auto claims = co_await claim_due_jobs(session.pool, demands, 30s, "w", soon());
    auto jobs = std::move(claims.value().lanes.at(0).jobs);
    BOOST_TEST(jobs.size() == 50u);
    co_return jobs;
}

task<> claim_off_an_index(tenants& t) {
    fill(t);
    const auto session = co_await watched::as(t, "tenantry_worker");
    co_await claim_fifty(t, *session);
    auto plan = session->plans();
    BOOST_TEST(count_of(plan, "using job_due on job") == 1, plan);
    BOOST_TEST(count_of(plan, "Seq Scan on job ") == 0, plan);
    const lane beginning{domain::agency_id{-1}, ""};
    auto lanes = co_await find_waiting_lanes(session->pool, beginning, 10, soon());
    BOOST_TEST(lanes.value().size() == 1u);
    plan = session->plans();
    BOOST_TEST(count_of(plan, "Seq Scan on job ") == 0, plan);
    session->pool.stop();
}

/// By the statistics each agency has one job.
task<> claim_of_many_where_others_have_few(tenants& t) {
    add_jobs(t, "1000 + n", 10'000);
    t.db.execute("ANALYZE tenantry.job");
    add_jobs(t, std::to_string(t.first.agency.value()), 5000);
    const auto session = co_await watched::as(t, "tenantry_worker");
    co_await claim_fifty(t, *session);
    const auto plan = session->plans();
    BOOST_TEST(count_of(plan, "((agency_id = due_1.agency_id) AND (job_id = due_1.job_id))") == 1,
               plan);
    session->pool.stop();
}

/// With the statistics of an empty table, as on the first day.
task<> complete_by_the_key_whatever_the_statistics(tenants& t) {
    t.db.execute("VACUUM (ANALYZE) tenantry.job");
    add_jobs(t, std::to_string(t.first.agency.value()), 5000);
    const auto session = co_await watched::as(t, "tenantry_worker");
    const auto claimed = co_await claim_fifty(t, *session);
    session->plans();
    auto connection = co_await session->pool.acquire(soon());
    auto done = co_await complete_jobs(**connection, claimed, soon());
    BOOST_TEST(done.value().done.size() == 50u);
    co_await commit(**connection, soon());
    const auto plan = session->plans();
    BOOST_TEST(count_of(plan, "Index Scan using job_pkey on job ") == 1, plan);
    BOOST_TEST(count_of(plan, "job_running") == 0, plan);
    check_each_index_is_asked_for_something(plan);
    connection = pg::result<pg::lease>{pg::lease{}};
    session->pool.stop();
}

/// Tables that become empty again, when all in them has expired or is done.
void look_at_empty_tables(tenants& t) {
    for (const auto* table : {"idempotency_record", "session", "job"})
        t.db.execute(fmt::format("VACUUM (ANALYZE) tenantry.{}", table));
}

/// On the first day, when the tables that only grow have no statistics yet.
task<> write_by_indexes_on_the_first_day(tenants& t) {
    look_at_empty_tables(t);
    const auto session = co_await watched::as(t, "tenantry_api");
    auto command = test::creation(t, t.first, test::names("Acme", "Initech"));
    command.idempotency = test::once("k-1");
    const auto done = co_await run_alone(session->pool, command, soon());
    BOOST_TEST((done.value().what == verdict::kind::done));
    const auto plan = session->plans();
    BOOST_TEST(count_of(plan, "Index Only Scan using company_name_taken on company own ") == 1,
               plan);
    BOOST_TEST(count_of(plan, "Index Scan using idempotency_record_pkey ") == 1, plan);
    check_each_index_is_asked_for_something(plan);
    session->pool.stop();
}

template<class Command>
task<> run_by_indexes(watched& session, Command command, std::string key) {
    command.idempotency = test::once(std::move(key));
    const auto done = co_await run_alone(session.pool, command, soon());
    BOOST_TEST((done.value().what == verdict::kind::done));
    const auto plan = session.plans();
    BOOST_TEST(count_of(plan, "Seq Scan on ") == 0, plan);
    check_each_index_is_asked_for_something(plan);
}

/// One whose founder is known, and one whose is not.
task<> found_by_indexes_on_the_first_day(tenants& t) {
    t.db.execute("VACUUM (ANALYZE) tenantry.app_user");
    look_at_empty_tables(t);
    const auto session = co_await watched::as(t, "tenantry_api");
    for (const auto* name : {"Acme", "Initech"}) {
        auto command = test::creation(t, t.first, test::names(name));
        domain::new_person john{"john", "john@example.com", "John"};
        command.founder = company_founder{domain::user_id{500}, std::move(john)};
        co_await run_by_indexes(*session, std::move(command), name);
    }
    session->pool.stop();
}

task<> write_what_belongs_to_a_company_by_indexes(tenants& t) {
    const auto company = (co_await test::create(t, t.first, test::names("Acme"))).front();
    look_at_empty_tables(t);
    const auto session = co_await watched::as(t, "tenantry_api");
    const auto by = test::by(t.first);
    const auto key = test::key_of(t.next_id());
    create_api_key issued{by, company, key, std::nullopt};
    co_await run_by_indexes(*session, std::move(issued), "k-1");
    domain::new_contact pam{.name = "Pam"};
    std::vector<domain::new_contact> people(2, pam);
    create_contacts contacts{by, company, std::move(people)};
    co_await run_by_indexes(*session, std::move(contacts), "k-2");
    domain::new_location place{.name = "Scranton", .area_code = "570"};
    create_location location{by, domain::location_id{t.next_id()}, company, std::move(place)};
    location.jobs.push_back({domain::job_id{t.next_id()}, jobs::phone_number, company});
    co_await run_by_indexes(*session, std::move(location), "k-3");
    session->pool.stop();
}

/// What a worker looks for again and again, when there is none of it among many jobs that are done.
task<> look_for_jobs_without_reading_those_that_are_done(tenants& t) {
    t.db.execute(
        fmt::format("INSERT INTO tenantry.job (agency_id, job_id, queue, kind, "
                    "steps_total, state, created_at, run_at)"
                    " SELECT {}, n, 'provisioning', 'noop', 1, 'done', now(), now()"
                    " FROM generate_series(1, 200000) AS n",
                    t.first.agency));
    t.db.execute("VACUUM (ANALYZE) tenantry.job");
    const auto session = co_await watched::as(t, "tenantry_worker");
    std::vector<std::string> queues(1, "provisioning");
    const auto suspects = co_await find_suspects(session->pool, queues, 10, soon());
    BOOST_TEST(suspects.value().empty());
    lane first{domain::agency_id{0}, ""};
    const auto lanes = co_await find_waiting_lanes(session->pool, first, 10, soon());
    BOOST_TEST(lanes.value().empty());
    const auto expired = co_await sweep_expired_leases(session->pool, soon());
    BOOST_TEST(expired.value().returned == 0u);
    const auto dead = co_await list_dead_jobs(session->pool, {}, {}, 10, soon());
    BOOST_TEST(dead.value().empty());
    const auto plan = session->plans();
    for (const auto* index : {"job_suspect", "job_due", "job_running", "job_dead"})
        BOOST_TEST(count_of(plan, fmt::format(" using {} on job", index)) > 0, plan);
    for (const auto* whole : {"job_pkey", "Seq Scan", "Parallel"})
        BOOST_TEST(count_of(plan, whole) == 0, plan);
    session->pool.stop();
}

using effects = task<pg::result<void>> (*)(pg::connection&, std::span<const company_reference>,
                                           deadline);

/// What jobs leave, with the statistics of the first day.
task<> do_jobs_by_indexes(tenants& t) {
    for (const auto* table : {"workspace", "subscription", "ledger_posting"})
        t.db.execute(fmt::format("VACUUM (ANALYZE) tenantry.{}", table));
    fill_behind_the_statistics(t);
    const auto session = co_await watched::as(t, "tenantry_worker");
    std::vector<company_reference> companies;
    for (std::int64_t id = 1; id <= 50; ++id)
        companies.push_back({t.first.agency, domain::company_id{id}});
    for (const effects each : {effects{build_workspaces}, effects{post_activation_fees}}) {
        auto connection = co_await session->pool.acquire(soon());
        std::vector<std::int64_t> agencies(1, t.first.agency.value());
        co_await test::begin_for(**connection, std::move(agencies), soon());
        session->plans();
        BOOST_TEST((co_await each(**connection, companies, soon())).has_value());
        co_await commit(**connection, soon());
        const auto plan = session->plans();
        BOOST_TEST(count_of(plan, "Seq Scan on company ") == 0, plan);
        check_each_index_is_asked_for_something(plan);
        connection = pg::result<pg::lease>{pg::lease{}};
    }
    session->pool.stop();
}

task<> read_by_indexes_on_the_first_day(tenants& t) {
    const auto created = co_await test::create(t, t.first, test::names("Acme"));
    const auto session = co_await watched::as(t, "tenantry_api");
    std::vector<wanted_company> wanted(2, {t.first.agency, created.front()});
    BOOST_TEST((co_await find_companies(session->pool, wanted, soon())).value().size() == 2u);
    auto plan = session->plans();
    BOOST_TEST(count_of(plan, "Index Scan using company_pkey on company own ") == 1, plan);
    check_each_index_is_asked_for_something(plan);
    std::vector<wanted_key> keys(2, {t.first.agency, crypto::sha256("none")});
    BOOST_TEST((co_await find_key_holders(session->pool, keys, soon())).value().size() == 2u);
    plan = session->plans();
    BOOST_TEST(count_of(plan, "using api_key_agency_id_lookup_hash_key on api_key own ") == 1,
               plan);
    check_each_index_is_asked_for_something(plan);
    session->pool.stop();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plans_test)

BOOST_AUTO_TEST_CASE(a_company_is_found_by_its_key) {
    test::with_tenants(find_one_by_its_key);
}
BOOST_AUTO_TEST_CASE(a_key_is_found_by_its_hash) {
    test::with_tenants(find_a_key_by_its_hash);
}
BOOST_AUTO_TEST_CASE(versions_are_found_by_their_key) {
    test::with_tenants(find_versions_by_their_key);
}
BOOST_AUTO_TEST_CASE(keys_contacts_and_locations_are_created_by_indexes_on_the_first_day) {
    test::with_tenants(write_what_belongs_to_a_company_by_indexes);
}
BOOST_AUTO_TEST_CASE(jobs_leave_their_effects_by_indexes_whatever_the_statistics_say) {
    test::with_tenants(do_jobs_by_indexes);
}
BOOST_AUTO_TEST_CASE(a_page_is_a_stretch_of_an_index) {
    test::with_tenants(read_a_page_off_an_index);
}
BOOST_AUTO_TEST_CASE(a_page_is_a_stretch_of_an_index_whatever_the_statistics) {
    test::with_tenants(read_a_page_off_an_index_whatever_the_statistics);
}
BOOST_AUTO_TEST_CASE(companies_are_created_by_indexes_on_the_first_day) {
    test::with_tenants(write_by_indexes_on_the_first_day);
}
BOOST_AUTO_TEST_CASE(organizations_are_founded_by_indexes_on_the_first_day) {
    test::with_tenants(found_by_indexes_on_the_first_day);
}
BOOST_AUTO_TEST_CASE(a_company_and_a_key_are_found_by_indexes_on_the_first_day) {
    test::with_tenants(read_by_indexes_on_the_first_day);
}
BOOST_AUTO_TEST_CASE(jobs_that_are_done_are_not_read_to_look_for_others) {
    test::with_tenants(look_for_jobs_without_reading_those_that_are_done);
}
BOOST_AUTO_TEST_CASE(jobs_are_claimed_off_an_index) {
    test::with_tenants(claim_off_an_index);
}
BOOST_AUTO_TEST_CASE(jobs_of_an_agency_that_has_many_are_claimed_by_their_keys) {
    test::with_tenants(claim_of_many_where_others_have_few);
}
BOOST_AUTO_TEST_CASE(jobs_are_completed_by_their_keys_whatever_the_statistics_say) {
    test::with_tenants(complete_by_the_key_whatever_the_statistics);
}

BOOST_AUTO_TEST_SUITE_END()
