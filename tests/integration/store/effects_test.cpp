// What the jobs leave in the database: agencies to start from, workspaces, ledger, subscriptions.
#include <boost/test/unit_test.hpp>

#include "common/store/agencies.hpp"
#include "common/store/billing.hpp"
#include "common/store/job_queue.hpp"
#include "common/store/workspaces.hpp"
#include "tests/integration/store/tenants.hpp"
#include "tests/integration/store/transaction.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using test::create;
using test::names;
using test::soon;
using test::tenants;

namespace {

using step = task<pg::result<void>> (*)(pg::connection&, std::span<const company_reference>,
                                        deadline);

task<> in_transaction(tenants& t, step work, std::vector<company_reference> companies) {
    auto connection = co_await t.worker.acquire(soon());
    std::vector<std::int64_t> agencies;
    for (const auto& c : companies) agencies.push_back(c.agency.value());
    co_await test::begin_for(**connection, std::move(agencies), soon());
    auto done = co_await work(**connection, companies, soon());
    BOOST_TEST_REQUIRE(done.has_value(), (done ? "" : done.error().message));
    auto committed = co_await commit(**connection, soon());
    BOOST_TEST(committed.has_value());
}

/// One company of each agency.
task<std::vector<company_reference>> one_each(tenants& t) {
    const auto first = co_await create(t, t.first, names("Acme"));
    const auto second = co_await create(t, t.second, names("Acme"));
    co_return std::vector<company_reference>{{t.first.agency, first[0]},
                                             {t.second.agency, second[0]}};
}

task<> build_twice(tenants& t) {
    const auto companies = co_await one_each(t);
    for (int time = 0; time < 2; ++time) co_await in_transaction(t, build_workspaces, companies);
    for (const auto* table : {"workspace", "prospect_database", "campaign", "membership"})
        BOOST_TEST(t.db.execute(std::string{"SELECT count(*) FROM tenantry."} + table) == "2",
                   table);
    BOOST_TEST(t.db.execute("SELECT DISTINCT steps FROM tenantry.workspace") ==
               "{prospect_database,default_campaign,team_access,slots}");
    BOOST_TEST(t.db.execute("SELECT string_agg(DISTINCT name, ', ') FROM"
                            " tenantry.prospect_database") == "Acme: prospects");
    auto found = co_await test::find_company(t.api, t.first.agency, companies[0].company);
    BOOST_TEST(found.value().provisioned);
    BOOST_TEST(found.value().email_slots == 5);
    BOOST_TEST(found.value().linkedin_slots == 2);
}

/// Two workers that were given the same companies: one builds, the other waits and finds it done.
task<> build_at_the_same_time(tenants& t) {
    const auto companies = co_await one_each(t);
    std::vector<company_reference> backwards(companies.rbegin(), companies.rend());
    const auto ex = co_await net::this_coro::executor;
    int ended = 0;
    const auto count = [&ended](std::exception_ptr thrown) {
        if (thrown) std::rethrow_exception(thrown);
        ++ended;
    };
    constexpr int workers = 4;
    for (int i = 0; i < workers; ++i) {
        auto mine = i % 2 == 0 ? companies : backwards;
        net::co_spawn(ex, in_transaction(t, build_workspaces, std::move(mine)), count);
    }
    co_await test::until([&ended] { return ended == workers; });
    for (const auto* table : {"workspace", "prospect_database", "campaign", "membership"})
        BOOST_TEST(t.db.execute(std::string{"SELECT count(*) FROM tenantry."} + table) == "2",
                   table);
}

/// What was built in part, as earlier versions could leave it, is completed.
task<> complete_what_is_there(tenants& t) {
    const auto companies = co_await one_each(t);
    for (const auto* table : {"prospect_database", "campaign", "membership"}) {
        co_await in_transaction(t, build_workspaces, companies);
        t.db.execute(fmt::format(
            "UPDATE tenantry.company SET provisioning = 'pending'; DELETE FROM tenantry.{}",
            table));
        co_await in_transaction(t, build_workspaces, companies);
        BOOST_TEST(t.db.execute(std::string{"SELECT count(*) FROM tenantry."} + table) == "2",
                   table);
        t.db.execute("UPDATE tenantry.company SET provisioning = 'pending'");
    }
}

task<> build_for_none(tenants& t) {
    auto companies = co_await one_each(t);
    companies.push_back({t.first.agency, domain::company_id{999'999}});
    auto connection = co_await t.worker.acquire(soon());
    std::vector<std::int64_t> agencies{t.first.agency.value(), t.second.agency.value()};
    co_await test::begin_for(**connection, std::move(agencies), soon());
    auto built = co_await build_workspaces(**connection, companies, soon());
    BOOST_TEST_REQUIRE(!built.has_value());
    BOOST_TEST(built.error().sqlstate == "23503");  // a foreign key
    co_await roll_back(**connection, soon());
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.workspace") == "0");
}

task<> rename_to_ajax(tenants& t, domain::company_id id) {
    domain::company_change change{.name = domain::company_name::parse("Ajax").value()};
    auto renamed = co_await update_company(t.api, test::by(t.first), id, std::move(change), soon());
    BOOST_TEST(renamed.has_value());
}

task<> rename_meanwhile(tenants& t) {
    const auto companies = co_await one_each(t);
    auto connection = co_await t.worker.acquire(soon());
    std::vector<std::int64_t> agencies{t.first.agency.value(), t.second.agency.value()};
    co_await test::begin_for(**connection, std::move(agencies), soon());
    // As a row that refers to the company does.
    constexpr pg::statement refer{"", "SELECT FROM tenantry.company FOR KEY SHARE"};
    co_await (**connection).run(refer, {}, soon());

    bool has_ended = false;
    net::co_spawn(co_await net::this_coro::executor, rename_to_ajax(t, companies[0].company),
                  [&has_ended](std::exception_ptr) { has_ended = true; });
    co_await test::until(
        [&t] { return t.db.execute("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0"; });
    constexpr pg::statement hurry{"", "SET LOCAL lock_timeout = '300 ms'"};
    co_await (**connection).run(hurry, {}, soon());
    auto updated = co_await build_workspaces(**connection, companies, soon());
    BOOST_TEST_REQUIRE(updated.has_value(), (updated ? "" : updated.error().message));
    co_await commit(**connection, soon());
    co_await test::until([&] { return has_ended; });
    auto found = co_await test::find_company(t.api, t.first.agency, companies[0].company);
    BOOST_TEST(found.value().name == "Ajax");
    BOOST_TEST(found.value().provisioned);
}

task<> charge_twice(tenants& t) {
    const auto companies = co_await one_each(t);
    for (int time = 0; time < 2; ++time)
        co_await in_transaction(t, post_activation_fees, companies);
    BOOST_TEST(t.db.execute("SELECT string_agg(concat_ws(' ', charge_key, debit_account,"
                            " credit_account, amount_minor, currency), ', ' ORDER BY agency_id)"
                            " FROM tenantry.ledger_posting") ==
               fmt::format("activation/{} receivable activation_revenue 2900 EUR, activation/{}"
                           " receivable activation_revenue 2900 EUR",
                           companies[0].company, companies[1].company));
    BOOST_TEST(t.db.execute("SELECT sum(debit_minor) - sum(credit_minor) FROM"
                            " tenantry.ledger_entry") == "0");
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.ledger_entry") == "4");
}

task<> charge_nothing(tenants& t) {
    t.db.execute("UPDATE tenantry.plan SET activation_fee_minor = 0");
    const auto companies = co_await one_each(t);
    co_await in_transaction(t, post_activation_fees, companies);
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.ledger_posting") == "0");
}

task<pg::result<void>> open(pg::connection& c, std::span<const company_reference> companies,
                            deadline until) {
    auto birthdays = co_await find_birthdays(c, companies, until);
    if (!birthdays) co_return birthdays.error();
    std::vector<domain::period> periods;
    for (const auto day : *birthdays) periods.push_back(domain::period_containing(day, day));
    co_return co_await open_subscriptions(c, companies, periods, until);
}

task<> subscribe_twice(tenants& t) {
    const auto companies = co_await one_each(t);
    for (int time = 0; time < 2; ++time) co_await in_transaction(t, open, companies);
    BOOST_TEST(t.db.execute("SELECT string_agg(concat_ws(' ', plan_code, state, anchor,"
                            " period_start, period_end), ', ') FROM tenantry.subscription"
                            " JOIN tenantry.subscription_period USING (agency_id, company_id)") ==
               "demo active 2025-03-05 2025-03-05 2025-04-05, demo active 2025-03-05 2025-03-05"
               " 2025-04-05");
}

task<> birthdays_in_order(tenants& t) {
    const auto ids = co_await create(t, t.first, names("A", "B", "C"));
    for (std::size_t i = 0; i < 3; ++i)
        t.db.execute(
            fmt::format("UPDATE tenantry.company SET created_at = '2024-02-2{}T23:59:59Z'"
                        " WHERE company_id = {}",
                        7 + i, ids[i]));
    std::vector<company_reference> backwards;
    for (int i = 2; i >= 0; --i) backwards.push_back({t.first.agency, ids[i]});
    auto connection = co_await t.worker.acquire(soon());
    co_await test::begin_for(**connection, std::vector<std::int64_t>(1, t.first.agency.value()),
                             soon());
    auto days = co_await find_birthdays(**connection, backwards, soon());
    using namespace std::chrono;
    BOOST_TEST_REQUIRE(days.value().size() == 3u);
    for (unsigned i = 0; i < 3; ++i)
        BOOST_TEST((days.value()[i] == year{2024} / February / day{29 - i}));
    co_await roll_back(**connection, soon());
}

task<> found_an_agency(tenants& t) {
    auto agencies = co_await list_agencies(t.owner, soon());
    BOOST_TEST_REQUIRE(agencies.value().size() == 2u);
    BOOST_TEST(agencies.value()[0].name == "First agency");
    BOOST_TEST(agencies.value()[0].plan == "demo");
    BOOST_TEST(agencies.value()[0].companies == 0);
    auto user = co_await find_first_user(t.owner, t.first.agency, soon());
    BOOST_TEST(user.value() == t.first.owner);
    auto nobody = co_await find_first_user(t.owner, domain::agency_id{999}, soon());
    BOOST_TEST((nobody.error().code == errc::not_found));
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.ledger_account") == "4");

    const auto unknown_plan = test::agency_named("Third", "golden");
    auto refused = co_await insert_agency(t.owner, unknown_plan, test::noon, soon());
    BOOST_TEST((refused.error().code == errc::invalid_value));
    BOOST_TEST(refused.error().subject == "plan");
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.app_user") == "2");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(effects_test)

BOOST_AUTO_TEST_CASE(a_workspace_that_is_built_again_stays_as_it_is) {
    test::with_tenants(build_twice);
}
BOOST_AUTO_TEST_CASE(a_workspace_is_built_once_by_workers_at_the_same_time) {
    test::with_tenants(build_at_the_same_time);
}
BOOST_AUTO_TEST_CASE(a_workspace_that_is_there_in_part_is_completed) {
    test::with_tenants(complete_what_is_there);
}
BOOST_AUTO_TEST_CASE(a_workspace_of_no_company_is_an_error_and_builds_none) {
    test::with_tenants(build_for_none);
}
BOOST_AUTO_TEST_CASE(a_rename_waits_for_a_job_that_works_for_the_company_and_not_the_job_for_it) {
    test::with_tenants(rename_meanwhile);
}
BOOST_AUTO_TEST_CASE(an_activation_is_charged_once_and_the_ledger_balances) {
    test::with_tenants(charge_twice);
}
BOOST_AUTO_TEST_CASE(a_plan_without_a_fee_posts_nothing) {
    test::with_tenants(charge_nothing);
}
BOOST_AUTO_TEST_CASE(a_subscription_is_opened_once_with_its_first_month) {
    test::with_tenants(subscribe_twice);
}
BOOST_AUTO_TEST_CASE(birthdays_come_in_the_order_that_was_asked_for) {
    test::with_tenants(birthdays_in_order);
}
BOOST_AUTO_TEST_CASE(an_agency_starts_with_its_user_and_its_ledger_accounts) {
    test::with_tenants(found_an_agency);
}

BOOST_AUTO_TEST_SUITE_END()
