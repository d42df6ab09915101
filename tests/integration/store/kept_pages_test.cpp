// Lists that are answered from memory: as they are in the database, after whatever changes them.
#include "common/store/kept_pages.hpp"

#include <boost/test/unit_test.hpp>

#include "common/store/company_count.hpp"
#include "common/store/job_queue.hpp"
#include "common/store/workspaces.hpp"
#include "tests/integration/store/open_transaction.hpp"
#include "tests/integration/store/tenants.hpp"
#include "tests/integration/store/transaction.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using test::by;
using test::create;
using test::names;
using test::noon;
using test::soon;
using test::tenants;

namespace {

wanted_companies first_page(domain::agency_id agency) {
    return {agency, {.with_status_changes = true}, domain::window::page(1)};
}

/// All that a list tells of its companies.
std::string text_of(const domain::page<domain::company>& page) {
    auto all = fmt::format("{} of {}:", page.content.size(), page.total_elements);
    for (const auto& c : page.content)
        all += fmt::format(" [{} {} {} {} {} {} {} {} {} {}]", c.name, c.active, c.provisioned,
                           c.held, c.email_slots, c.linkedin_slots,
                           c.updated_at.time_since_epoch().count(), c.profile->custom_fields,
                           c.profile->description.value_or("none"), c.status_changes.size());
    return all;
}

task<std::string> listed(company_reads& reads, domain::agency_id agency) {
    auto wanted = first_page(agency);
    auto page = co_await list_companies(reads, std::move(wanted), soon());
    co_return text_of(*page.value());
}

/// By whoever has read nothing yet.
task<std::string> listed_anew(tenants& t) {
    test::own_reads own{t.api};
    auto& reads = own.companies;
    co_return co_await listed(reads, t.first.agency);
}

task<> change(tenants& t, domain::company_id id, domain::company_change change) {
    auto changed =
        co_await update_company(t.api, by(t.first, noon + 1h), id, std::move(change), soon());
    BOOST_TEST(changed.has_value());
}

task<> hold(tenants& t, domain::company_id id, domain::company_status to) {
    auto found = co_await test::find_company(t.api, t.first.agency, id);
    change_company_status command{by(t.first, noon + 2h), id, to, found.value().updated_at};
    auto done = co_await set_company_status(t.api, command, soon());
    BOOST_TEST((done.value().what == verdict::kind::done));
}

task<> provision(tenants& t, domain::company_id id) {
    auto connection = co_await t.worker.acquire(soon());
    std::vector<std::int64_t> agencies(1, t.first.agency.value());
    co_await test::begin_for(**connection, std::move(agencies), soon());
    const company_reference companies[] = {{t.first.agency, id}};
    auto built = co_await build_workspaces(**connection, companies, soon());
    BOOST_TEST(built.has_value());
    co_await commit(**connection, soon());
}

/// Whoever kept a page sees each change at once, and the page is another one each time.
task<> tell_of_every_change(tenants& t) {
    const auto ids = co_await create(t, t.first, names("A", "B"));
    test::own_reads own{t.api};
    auto& reads = own.companies;
    auto before = co_await listed(reads, t.first.agency);
    const auto check = [&](std::string_view what) -> task<> {
        const auto now = co_await listed(reads, t.first.agency);
        const auto anew = co_await listed_anew(t);
        BOOST_TEST(now == anew, what);
        BOOST_TEST(now != before, what);
        before = now;
    };
    co_await create(t, t.first, names("C"));
    co_await check("a creation");
    domain::company_change renamed;
    renamed.name = domain::company_name::parse("D").value();
    co_await change(t, ids[0], renamed);
    co_await check("a rename");
    domain::company_change closed;
    closed.active = false;
    co_await change(t, ids[1], closed);
    co_await check("an end");
    domain::company_change patched;
    patched.profile.custom_fields_patch = R"({"a":1})";
    co_await change(t, ids[0], patched);
    co_await check("a patch");
    co_await hold(t, ids[0], domain::company_status::compliance_hold);
    co_await check("a hold");
    co_await hold(t, ids[0], domain::company_status::active);
    co_await check("a release");
    co_await provision(t, ids[0]);
    co_await check("a workspace");
    t.db.execute("UPDATE tenantry.company_count SET active = active + 5");
    BOOST_TEST((co_await recount_companies(t.owner, soon())).value() == 1);
    before.clear();  // it is as it was, in the database
    co_await check("a count anew");
}

/// What is changed behind the version's back is not seen: the page was not read again.
task<> read_nothing_twice(tenants& t) {
    co_await create(t, t.first, names("A"));
    co_await create(t, t.second, names("Z"));
    test::own_reads own{t.api};
    auto& reads = own.companies;
    const auto before = co_await listed(reads, t.first.agency);
    const auto others = co_await listed(reads, t.second.agency);
    t.db.execute("UPDATE tenantry.company SET name = name || '!'");
    BOOST_TEST(co_await listed(reads, t.first.agency) == before);
    co_await create(t, t.first, names("B"));
    BOOST_TEST(co_await listed(reads, t.first.agency) != before);
    BOOST_TEST(co_await listed(reads, t.second.agency) == others);  // nobody changed that one's
}

/// A commit that was not answered yet may be seen or not; one that was answered is.
task<> see_no_change_before_its_commit(tenants& t) {
    co_await create(t, t.first, names("A"));
    test::own_reads own{t.api};
    auto& reads = own.companies;
    const auto before = co_await listed(reads, t.first.agency);
    auto open = co_await test::open_transaction::of(
        t.owner, "UPDATE tenantry.company_count SET changes = changes + 1");
    BOOST_TEST(co_await listed(reads, t.first.agency) == before);
    t.db.execute("UPDATE tenantry.company SET name = 'Seen'");
    BOOST_TEST(co_await listed(reads, t.first.agency) == before);
    co_await open.commit();
    BOOST_TEST(co_await listed(reads, t.first.agency) == co_await listed_anew(t));
}

/// One statement that takes its time and holds a connection until it is told.
task<> search(company_reads& reads, domain::agency_id agency, int& ended,
              deadline until = deadline_in(60s)) {
    wanted_companies wanted{agency, {.name_part = "a"}, domain::window::page(1)};
    co_await list_companies(reads, std::move(wanted), until);
    ++ended;
}

int waiting_for_locks(tenants& t) {
    return std::stoi(
        t.db.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = "
                     "'Lock' AND datname = current_database()"));
}

/// While the table is locked each statement about it takes its time.
task<> keep_connections_free(tenants& t) {
    constexpr int searches = store::agency_turns::slow_that_wait + 1;
    test::own_reads own{t.api};
    auto& reads = own.companies;
    auto held = co_await test::open_transaction::of(t.owner, "LOCK TABLE tenantry.company");
    int ended = 0;
    const auto ex = co_await net::this_coro::executor;
    for (int i = 0; i < searches; ++i)
        net::co_spawn(ex, search(reads, t.first.agency, ended), net::detached);
    co_await test::until([&] { return waiting_for_locks(t) == 1; });
    net::co_spawn(ex, search(reads, t.second.agency, ended), net::detached);
    co_await test::until([&] { return waiting_for_locks(t) == 2; });
    BOOST_TEST(reads.slow.waiting() > 0u);
    BOOST_TEST((co_await reads.versions.run(t.first.agency, soon())).has_value());
    BOOST_TEST(waiting_for_locks(t) == 2);
    co_await held.commit();
    co_await test::until([&] { return ended == searches + 1; });
}

/// A little before the request does, unless the machine is busy just then.
task<> end_with_the_deadline(tenants& t) {
    test::own_reads own{t.api};
    auto& reads = own.companies;
    auto held = co_await test::open_transaction::of(t.owner, "LOCK TABLE tenantry.company");
    bool has_ended = false;
    for (int tries = 0; tries < 5 && !has_ended; ++tries) {
        int ended = 0;
        co_await search(reads, t.first.agency, ended, deadline_in(1s));
        has_ended = waiting_for_locks(t) == 0;
    }
    BOOST_TEST(has_ended);
    co_await held.commit();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kept_pages_test)

BOOST_AUTO_TEST_CASE(a_kept_page_tells_of_every_change) {
    test::with_tenants(tell_of_every_change);
}
BOOST_AUTO_TEST_CASE(a_page_is_read_once_until_its_agencys_companies_change) {
    test::with_tenants(read_nothing_twice);
}
BOOST_AUTO_TEST_CASE(a_change_counts_from_its_commit_on) {
    test::with_tenants(see_no_change_before_its_commit);
}
BOOST_AUTO_TEST_CASE(a_search_ends_in_the_database_when_nobody_waits_for_it_any_more) {
    test::with_tenants(end_with_the_deadline);
}
BOOST_AUTO_TEST_CASE(searches_of_one_agency_leave_connections_to_the_others) {
    test::with_tenants(keep_connections_free);
}

BOOST_AUTO_TEST_SUITE_END()
