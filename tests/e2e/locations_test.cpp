// Contract 1's locations: pending, then on a number of their area that nobody else has, which rests
// before it comes back.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <set>

#include "tests/support/at_once.hpp"
#include "tests/support/effects.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

constexpr std::string_view locations = "/api/v1/locations";

running_stack& shared() {
    static running_stack s;
    return s;
}

std::string in(std::int64_t organization) {
    return fmt::format("{}?organization_id={}", locations, organization);
}

std::string location_path(std::int64_t id) {
    return fmt::format("{}/{}", locations, id);
}

std::string desk(std::string_view area_code, std::string_view name = "Front desk") {
    return fmt::format(R"({{"name":"{}","area_code":"{}"}})", name, area_code);
}

std::int64_t make(client& owner, std::int64_t company, std::string_view area_code) {
    const auto made = owner.post(in(company), desk(area_code));
    BOOST_REQUIRE(made.status == 201);
    BOOST_TEST(made.text("/status") == "pending");
    BOOST_TEST(made.json().at_pointer("/phone_number").is_null());
    return made.integer("/id");
}

/// The location once its number was looked for.
http_reply settled(client& owner, std::int64_t id) {
    http_reply reply;
    BOOST_REQUIRE(eventually([&] {
        reply = owner.get(location_path(id));
        return reply.text("/status") != "pending";
    }));
    return reply;
}

/// Leaves so many numbers of the area, free at once.
void leave(stack& base, const std::string& area_code, int count) {
    base.sql().execute(fmt::format(
        "UPDATE tenantry.phone_number SET free_from = CASE WHEN number < '+1{0}5550{1}' THEN now()"
        " ELSE 'infinity' END, holder_agency_id = NULL, location_id = NULL WHERE area_code = '{0}'",
        area_code, 100 + count));
}

/// Numbers that two locations have, or that the inventory and the location do not agree on.
std::int64_t discord(stack& base) {
    return base.sql().number(
        "SELECT count(*) FROM (SELECT agency_id, location_id, phone_number FROM tenantry.location"
        " WHERE status = 'active' AND deleted_at IS NULL) l FULL JOIN (SELECT * FROM"
        " tenantry.phone_number WHERE holder_agency_id IS NOT NULL) p ON (p.holder_agency_id,"
        " p.location_id, p.number) = (l.agency_id, l.location_id, l.phone_number)"
        " WHERE l.location_id IS NULL OR p.number IS NULL");
}

std::string born_key(client& owner, std::int64_t company) {
    return owner.get(company_path(company, "/api_keys")).text("/content/0/api_key");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(locations_test)

BOOST_AUTO_TEST_CASE(a_location_gets_a_number_of_its_area) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Called");
    const auto at = make(owner, id, "415");
    const auto found = settled(owner, at);
    BOOST_TEST(found.text("/status") == "active");
    BOOST_TEST(found.text("/phone_number").starts_with("+14155550"));
    BOOST_TEST(!found.json().as_object().contains("reason"));
    BOOST_TEST(owner.get(in(id)).body == "[" + found.body + "]");
}

BOOST_AUTO_TEST_CASE(an_area_code_that_has_no_numbers_fails_with_its_reason) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Nowhere");
    const auto failed = settled(owner, make(owner, id, "999"));
    BOOST_TEST(failed.text("/status") == "failed");
    BOOST_TEST(failed.text("/reason") == "No phone number is available in area code 999.");
    BOOST_TEST(failed.json().at_pointer("/phone_number").is_null());
    BOOST_REQUIRE(every_job_gets_done(shared().base.sql(), 15s));
    const auto jobs =
        owner.get(fmt::format("/rest/v2/agency/jobs?company_id={}&kind=phone_number", id));
    BOOST_TEST(jobs.size("/content") == 1);
    BOOST_TEST(jobs.text("/content/0/state") == "done");
    BOOST_TEST(jobs.integer("/content/0/attempts") == 1);
}

BOOST_AUTO_TEST_CASE(numbers_run_out_and_come_back_after_their_rest) {
    auto owner = shared().owner();
    leave(shared().base, "212", 1);
    const auto id = owner.create_one("Run out");
    const auto first = make(owner, id, "212");
    BOOST_TEST(settled(owner, first).text("/phone_number") == "+12125550100");
    BOOST_TEST(settled(owner, make(owner, id, "212")).text("/status") == "failed");

    BOOST_TEST(owner.erase(location_path(first)).status == 204);
    BOOST_TEST(owner.get(location_path(first)).status == 404);
    BOOST_TEST(owner.erase(location_path(first)).status == 404);
    BOOST_TEST(shared().base.sql().execute(
                   "SELECT round(extract(epoch FROM free_from - now()) / 86400) FROM"
                   " tenantry.phone_number WHERE number = '+12125550100'") == "30");
    BOOST_TEST(settled(owner, make(owner, id, "212")).text("/status") == "failed");
    // The month passes: PostgreSQL's clock cannot be moved, so its end is.
    shared().base.sql().execute(
        "UPDATE tenantry.phone_number SET free_from = now()"
        " WHERE number = '+12125550100'");
    BOOST_TEST(settled(owner, make(owner, id, "212")).text("/phone_number") == "+12125550100");
    BOOST_TEST(discord(shared().base) == 0);
}

BOOST_AUTO_TEST_CASE(many_locations_at_once_get_as_many_numbers) {
    auto owner = shared().owner();
    leave(shared().base, "312", 30);
    const auto id = owner.create_one("Busy");
    const auto replies =
        at_once(40, [&](int) { return shared().owner().post(in(id), desk("312")); });
    std::set<std::string> numbers;
    int failed = 0;
    for (const auto& reply : replies) {
        BOOST_REQUIRE(reply.status == 201);
        const auto location = settled(owner, reply.integer("/id"));
        if (location.text("/status") == "failed")
            ++failed;
        else
            numbers.insert(location.text("/phone_number"));
    }
    BOOST_TEST(numbers.size() == 30u);
    BOOST_TEST(failed == 10);
    BOOST_TEST(discord(shared().base) == 0);
}

BOOST_AUTO_TEST_CASE(workers_that_are_killed_give_no_number_twice_and_forget_none) {
    stack base;
    const auto agency = base.make_agency("Dunder Mifflin");
    auto api = base.start_api();
    client owner{api.http_port(), agency.key};
    const auto id = owner.create_one("Kept");
    for (const auto* failpoint :
         {"executor.after_complete", "executor.before_commit", "executor.after_commit"}) {
        std::vector<std::int64_t> all;
        for (int i = 0; i < 5; ++i) all.push_back(make(owner, id, "512"));
        auto armed = base.start_worker({}, "", {{"TENANTRY_FAILPOINT", failpoint}});
        BOOST_TEST((armed.running().wait(20s) == std::optional{128 + SIGKILL}));
        const auto one = base.start_worker(), two = base.start_worker();
        for (const auto each : all)
            BOOST_TEST(settled(owner, each).text("/status") == "active", failpoint);
        BOOST_REQUIRE(every_job_gets_done(base.sql(), 15s));
        BOOST_TEST(discord(base) == 0, failpoint);
    }
    BOOST_TEST(base.sql().number("SELECT count(*) FROM tenantry.phone_number WHERE"
                                 " holder_agency_id IS NOT NULL") == 15);
}

BOOST_AUTO_TEST_CASE(a_location_that_is_deleted_at_any_moment_keeps_no_number) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Short-lived");
    for (int round = 0; round < 20; ++round) {
        const auto at = make(owner, id, "206");
        BOOST_TEST(owner.erase(location_path(at)).status == 204);
    }
    BOOST_REQUIRE(every_job_gets_done(shared().base.sql(), 15s));
    BOOST_TEST(shared().base.sql().number("SELECT count(*) FROM tenantry.phone_number WHERE"
                                          " area_code = '206' AND holder_agency_id IS NOT NULL") ==
               0);
    BOOST_TEST(owner.get(in(id)).body == "[]");
}

BOOST_AUTO_TEST_CASE(a_change_sets_what_it_names_and_removes_what_is_null) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Changed");
    const auto made = owner.post(
        in(id), R"({"name":"x","area_code":"415","address":"1 Main St","google_place_id":"p"})");
    const auto path = location_path(made.integer("/id"));
    settled(owner, made.integer("/id"));
    const auto changed = owner.patch(path, R"({"name":"Back office","address":null})");
    BOOST_TEST(changed.status == 200);
    BOOST_TEST(changed.text("/name") == "Back office");
    BOOST_TEST(changed.json().at_pointer("/address").is_null());
    BOOST_TEST(changed.text("/google_place_id") == "p");
    BOOST_TEST(owner.get(path).body == changed.body);
    BOOST_TEST(owner.patch(path, "{}").status == 422);
}

BOOST_AUTO_TEST_CASE(a_repeated_request_gets_the_first_ones_answer_and_one_number) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Once");
    const http_headers once{{"Idempotency-Key", "location-once"}};
    const auto first = owner.post(in(id), desk("415"), once);
    const auto second = owner.post(in(id), desk("415"), once);
    BOOST_TEST(second.header("Idempotent-Replayed") == "true");
    BOOST_TEST(second.body == first.body);
    BOOST_TEST(owner.get(in(id)).size("") == 1);
    BOOST_TEST(owner.post(in(id), desk("212"), once).status == 422);
}

BOOST_AUTO_TEST_CASE(another_agency_and_another_company_see_none_of_them) {
    auto owner = shared().owner();
    const auto mine = owner.create_one("Mine to call"), sibling = owner.create_one("Not mine");
    const auto at = make(owner, sibling, "415");
    const auto other = shared().base.make_agency("Pawnee Parks", "Leslie Knope");
    for (const auto& key : {other.key, born_key(owner, mine)}) {
        auto stranger = shared().as(key);
        BOOST_TEST(stranger.get(location_path(at)).status == 404);
        BOOST_TEST(stranger.patch(location_path(at), R"({"name":"x"})").status == 404);
        BOOST_TEST(stranger.erase(location_path(at)).status == 404);
        BOOST_TEST(stranger.get(in(sibling)).status == 404);
        BOOST_TEST(stranger.post(in(sibling), desk("415")).status == 404);
        BOOST_TEST(stranger.get(locations).body == "[]");
    }
    auto company = shared().as(born_key(owner, mine));
    BOOST_TEST(company.post(in(mine), desk("415")).status == 201);
    BOOST_TEST(company.get(locations).size("") == 1);
}

BOOST_AUTO_TEST_CASE(a_read_only_key_and_an_inactive_organization_change_nothing) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Closed");
    const auto at = make(owner, id, "415");
    auto reader = shared().as(shared().base.make_key(shared().agency.id, {"--scope", "read_only"}));
    BOOST_TEST(reader.get(location_path(at)).status == 200);
    BOOST_TEST(reader.post(in(id), desk("415")).status == 403);
    BOOST_TEST(reader.patch(location_path(at), R"({"name":"x"})").status == 403);
    BOOST_TEST(reader.erase(location_path(at)).status == 403);
    owner.patch(company_path(id), R"({"active":false})");
    BOOST_TEST(owner.get(location_path(at)).status == 404);
    BOOST_TEST(owner.get(in(id)).status == 404);
    BOOST_TEST(owner.post(in(id), desk("415")).status == 404);
    BOOST_TEST(owner.erase(location_path(at)).status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
