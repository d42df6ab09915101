// Locations, and the numbers they get: each once, whoever asks, and back after a rest.
#include "common/store/locations.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/integration/store/tenants.hpp"
#include "tests/integration/store/transaction.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using domain::location_status;
using test::by;
using test::create;
using test::names;
using test::once;
using test::soon;
using test::tenants;

namespace {

struct place {
    agency_ids who;
    domain::location_id id;
    domain::job_id job;
};

create_location front_desk(tenants& t, const agency_ids& who, domain::company_id company,
                           std::string area_code = "415") {
    create_location command{by(who),
                            domain::location_id{t.next_id()},
                            company,
                            {"Front desk", std::move(area_code), "1 Main St", std::nullopt}};
    command.jobs.push_back({domain::job_id{t.next_id()}, jobs::phone_number, company});
    return command;
}

task<verdict> put(tenants& t, create_location command) {
    auto answer = co_await run_alone(t.api, command, soon());
    co_return answer.value();
}

task<place> open_at(tenants& t, const agency_ids& who, domain::company_id company,
                    std::string area_code = "415") {
    auto command = front_desk(t, who, company, std::move(area_code));
    const place made{who, command.id, command.jobs.front().id};
    const auto v = co_await put(t, std::move(command));
    BOOST_TEST_REQUIRE((v.what == verdict::kind::done));
    co_return made;
}

std::vector<claimed_job> jobs_of(const std::vector<place>& places) {
    std::vector<claimed_job> jobs;
    for (const auto& each : places) jobs.push_back({{each.who.agency, each.job}});
    return jobs;
}

task<> assign_in(pg::connection& connection, const std::vector<place>& places) {
    std::vector<std::int64_t> agencies;
    for (const auto& each : places) agencies.push_back(each.who.agency.value());
    co_await test::begin_for(connection, std::move(agencies), soon());
    const auto jobs = jobs_of(places);
    auto done = co_await assign_phone_numbers(connection, jobs, soon());
    BOOST_TEST_REQUIRE(done.has_value(), (done ? "" : done.error().message));
}

task<> assign(tenants& t, std::vector<place> places) {
    auto connection = co_await t.worker.acquire(soon());
    co_await assign_in(**connection, places);
    auto committed = co_await commit(**connection, soon());
    BOOST_TEST(committed.has_value());
}

task<> assign_one(tenants& t, place at) {
    std::vector<place> one{at};
    co_await assign(t, std::move(one));
}

task<domain::location> read(tenants& t, place at) {
    auto found = co_await find_location(t.api, at.who.agency, std::nullopt, at.id, soon());
    co_return found.value();
}

task<std::string> number_of(tenants& t, place at) {
    const auto location = co_await read(t, at);
    co_return location.phone_number.value_or(std::string{to_string(location.status)});
}

/// Leaves so many free numbers of the area.
void leave(tenants& t, const std::string& area_code, int count) {
    t.db.execute(fmt::format(
        "UPDATE tenantry.phone_number SET free_from = 'infinity' WHERE area_code = '{0}' AND number"
        " NOT IN (SELECT number FROM tenantry.phone_number WHERE area_code = '{0}'"
        " ORDER BY number LIMIT {1})",
        area_code, count));
}

task<> read_back(tenants& t) {
    const auto ids = co_await create(t, t.first, names("Acme", "Beta"));
    const auto first = co_await open_at(t, t.first, ids[0]);
    const auto second = co_await open_at(t, t.first, ids[1]);
    const auto location = co_await read(t, first);
    BOOST_TEST(location.company == ids[0]);
    BOOST_TEST(location.name == "Front desk");
    BOOST_TEST(location.address.value() == "1 Main St");
    BOOST_TEST(!(location.google_place_id || location.phone_number || location.reason));
    BOOST_TEST((location.status == location_status::pending));
    BOOST_TEST((location.created_at == test::noon));
    auto all = co_await list_locations(t.api, t.first.agency, std::nullopt, soon());
    BOOST_TEST(all.value().locations.size() == 2u);
    auto of_second = co_await list_locations(t.api, t.first.agency, ids[1], soon());
    BOOST_TEST_REQUIRE(of_second.value().locations.size() == 1u);
    BOOST_TEST(of_second.value().company_exists);
    BOOST_TEST(of_second.value().locations[0].id == second.id);
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.job WHERE kind = 'phone_number' AND"
                            " state = 'pending'") == "2");
}

task<> hide_from_others(tenants& t) {
    const auto ids = co_await create(t, t.first, names("Acme", "Beta"));
    const auto ours = co_await open_at(t, t.first, ids[0]);
    const auto hidden = [](const auto& r) { return !r && r.error().code == errc::not_found; };
    auto theirs = co_await find_location(t.api, t.second.agency, std::nullopt, ours.id, soon());
    BOOST_TEST(hidden(theirs));
    auto siblings = co_await find_location(t.api, t.first.agency, ids[1], ours.id, soon());
    BOOST_TEST(hidden(siblings));
    auto deleted =
        co_await delete_location(t.api, by(t.second), std::nullopt, ours.id, test::noon, soon());
    BOOST_TEST(hidden(deleted));
    const auto in_foreign = co_await put(t, front_desk(t, t.second, ids[0]));
    BOOST_TEST((in_foreign.what == verdict::kind::refused));
    t.db.execute("UPDATE tenantry.company SET active = false WHERE name = 'Acme'");
    auto inactive = co_await find_location(t.api, t.first.agency, std::nullopt, ours.id, soon());
    BOOST_TEST(hidden(inactive));
    const auto in_inactive = co_await put(t, front_desk(t, t.first, ids[0]));
    BOOST_TEST((in_inactive.what == verdict::kind::refused));
    auto listed = co_await list_locations(t.api, t.first.agency, ids[0], soon());
    BOOST_TEST(!listed.value().company_exists);
    BOOST_TEST(listed.value().locations.empty());
}

task<> change(tenants& t) {
    const auto ids = co_await create(t, t.first, names("Acme"));
    const auto at = co_await open_at(t, t.first, ids[0]);
    domain::location_change change;
    change.name = "Back office";
    change.address.emplace();
    auto changed = co_await update_location(t.api, by(t.first, test::noon + 1min), std::nullopt,
                                            at.id, change, soon());
    BOOST_TEST(changed.value().name == "Back office");
    BOOST_TEST(!changed.value().address.has_value());
    BOOST_TEST((changed.value().updated_at == test::noon + 1min));
    domain::location_change place_id;
    place_id.google_place_id = "p";
    auto again = co_await update_location(t.api, by(t.first, test::noon + 2min), std::nullopt,
                                          at.id, place_id, soon());
    BOOST_TEST(again.value().name == "Back office");
    BOOST_TEST(again.value().google_place_id.value() == "p");
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.audit_event WHERE action ="
                            " 'location.updated'") == "2");
}

task<> assign_a_batch(tenants& t) {
    const auto ours = co_await create(t, t.first, names("Acme"));
    const auto theirs = co_await create(t, t.second, names("Acme"));
    std::vector<place> places;
    for (const auto* area : {"415", "415", "212"})
        places.push_back(co_await open_at(t, t.first, ours[0], area));
    places.push_back(co_await open_at(t, t.second, theirs[0]));
    places.push_back(co_await open_at(t, t.second, theirs[0], "999"));
    for (int time = 0; time < 2; ++time) {  // a job that is done again changes nothing
        co_await assign(t, places);
        std::string numbers;
        for (const auto& each : places) numbers += (co_await number_of(t, each)) + " ";
        BOOST_TEST(numbers == "+14155550100 +14155550101 +12125550100 +14155550102 failed ");
    }
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.phone_number p JOIN tenantry.location l"
                            " ON l.agency_id = p.holder_agency_id AND l.location_id = p.location_id"
                            " AND l.phone_number = p.number AND l.area_code = p.area_code") == "4");
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.phone_number WHERE holder_agency_id IS"
                            " NOT NULL") == "4");
    const auto failed = co_await read(t, places.back());
    BOOST_TEST(failed.reason.value() == "No phone number is available in area code 999.");
}

task<> run_out(tenants& t) {
    leave(t, "415", 2);
    const auto ids = co_await create(t, t.first, names("Acme"));
    std::vector<place> places;
    for (int i = 0; i < 3; ++i) places.push_back(co_await open_at(t, t.first, ids[0]));
    co_await assign(t, places);
    const auto last = co_await number_of(t, places[2]);
    BOOST_TEST(last == "failed");
    const auto second = co_await number_of(t, places[1]);
    BOOST_TEST(second == "+14155550101");
}

task<> give_back(tenants& t) {
    leave(t, "415", 1);
    const auto ids = co_await create(t, t.first, names("Acme"));
    const auto first = co_await open_at(t, t.first, ids[0]);
    co_await assign_one(t, first);
    const auto rest = test::noon + domain::number_quarantine;
    auto gone = co_await delete_location(t.api, by(t.first), std::nullopt, first.id, rest, soon());
    BOOST_TEST(gone.has_value());
    auto again = co_await delete_location(t.api, by(t.first), std::nullopt, first.id, rest, soon());
    BOOST_TEST((again.error().code == errc::not_found));
    BOOST_TEST(t.db.execute("SELECT (holder_agency_id IS NULL AND location_id IS NULL AND free_from"
                            " = '2025-04-04 12:00Z')::text FROM tenantry.phone_number WHERE"
                            " number = '+14155550100'") == "true");
    // Noon is long ago: from now on it rests until tomorrow.
    t.db.execute(
        "UPDATE tenantry.phone_number SET free_from = now() + interval '1 day' WHERE"
        " number = '+14155550100'");
    const auto early = co_await open_at(t, t.first, ids[0]);
    co_await assign_one(t, early);
    const auto none = co_await number_of(t, early);
    BOOST_TEST(none == "failed");
    t.db.execute(
        "UPDATE tenantry.phone_number SET free_from = now() WHERE"
        " number = '+14155550100'");
    const auto late = co_await open_at(t, t.first, ids[0]);
    co_await assign_one(t, late);
    const auto number = co_await number_of(t, late);
    BOOST_TEST(number == "+14155550100");
}

task<> delete_while_pending(tenants& t) {
    const auto ids = co_await create(t, t.first, names("Acme"));
    const auto at = co_await open_at(t, t.first, ids[0]);
    auto gone =
        co_await delete_location(t.api, by(t.first), std::nullopt, at.id, test::noon, soon());
    BOOST_TEST(gone.has_value());
    co_await assign_one(t, at);
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.phone_number WHERE holder_agency_id IS"
                            " NOT NULL") == "0");
}

/// The first worker holds the last number and has not committed when the second asks.
task<> contend(tenants& t, bool first_commits) {
    leave(t, "415", 1);
    const auto ids = co_await create(t, t.first, names("Acme"));
    const auto one = co_await open_at(t, t.first, ids[0]);
    const auto two = co_await open_at(t, t.first, ids[0]);
    auto holder = co_await t.worker.acquire(soon());
    const std::vector<place> first{one};
    co_await assign_in(**holder, first);
    const executor here = co_await net::this_coro::executor;
    bool second_done = false;
    net::co_spawn(here, assign_one(t, two), [&](std::exception_ptr e) {
        second_done = true;
        BOOST_TEST(!e);
    });
    while (t.db.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND wait_event_type = 'Lock'") == "0") {
        steady_timer pause{here, 5ms};
        co_await pause.async_wait(use_task);
    }
    BOOST_TEST(!second_done);
    if (first_commits)
        co_await commit(**holder, soon());
    else
        co_await roll_back(**holder, soon());
    while (!second_done) {
        steady_timer pause{here, 5ms};
        co_await pause.async_wait(use_task);
    }
    const auto of_one = co_await number_of(t, one), of_two = co_await number_of(t, two);
    BOOST_TEST(of_one == (first_commits ? "+14155550100" : "pending"));
    BOOST_TEST(of_two == (first_commits ? "failed" : "+14155550100"));
}

task<> once_for_a_key(tenants& t) {
    const auto ids = co_await create(t, t.first, names("Acme"));
    auto command = front_desk(t, t.first, ids[0]);
    command.idempotency = once("k");
    const auto first = co_await put(t, command);
    BOOST_TEST((first.what == verdict::kind::done));
    const auto second = co_await put(t, command);
    BOOST_TEST((second.what == verdict::kind::replayed));
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.location") == "1");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(locations_test)

BOOST_AUTO_TEST_CASE(a_location_reads_back_as_it_was_created) {
    test::with_tenants(read_back);
}
BOOST_AUTO_TEST_CASE(another_agencys_or_companys_or_an_inactive_companys_does_not_exist) {
    test::with_tenants(hide_from_others);
}
BOOST_AUTO_TEST_CASE(a_change_sets_what_it_names) {
    test::with_tenants(change);
}
BOOST_AUTO_TEST_CASE(a_batch_of_two_agencies_gets_its_numbers_once) {
    test::with_tenants(assign_a_batch);
}
BOOST_AUTO_TEST_CASE(who_comes_after_the_last_number_fails) {
    test::with_tenants(run_out);
}
BOOST_AUTO_TEST_CASE(a_number_comes_back_after_its_rest) {
    test::with_tenants(give_back);
}
BOOST_AUTO_TEST_CASE(a_location_that_is_deleted_while_it_waits_gets_none) {
    test::with_tenants(delete_while_pending);
}
BOOST_AUTO_TEST_CASE(of_two_workers_that_want_the_last_number_one_gives_it) {
    test::with_tenants([](tenants& t) { return contend(t, true); });
}
BOOST_AUTO_TEST_CASE(a_number_that_another_worker_did_not_give_after_all_is_there) {
    test::with_tenants([](tenants& t) { return contend(t, false); });
}
BOOST_AUTO_TEST_CASE(a_location_is_created_once_for_its_idempotency_key) {
    test::with_tenants(once_for_a_key);
}

BOOST_AUTO_TEST_SUITE_END()
