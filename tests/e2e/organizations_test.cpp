// Contract 1's organizations: created with their owner in one commit, the same companies as on
// every other surface, and gone here once they are closed.
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/support/at_once.hpp"
#include "tests/support/effects.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

constexpr std::string_view organizations = "/api/v1/organizations";

running_stack& shared() {
    static running_stack s;
    return s;
}

std::string path_of(std::int64_t id) {
    return fmt::format("{}/{}", organizations, id);
}

std::string organization(const std::string& name, const std::string& owner) {
    return fmt::format(
        R"({{"name":"{0}","owner":{{"external_id":"{1}","email":"{1}@example.com","name":"{1}"}}}})",
        name, owner);
}

http_reply found(client& by, const std::string& name, const std::string& owner) {
    auto reply = by.post(organizations, organization(name, owner));
    BOOST_REQUIRE(reply.status == 201);
    return reply;
}

std::int64_t number(const std::string& sql) {
    return shared().base.sql().number(sql);
}

std::int64_t users_called(const std::string& external_id) {
    return number(fmt::format("SELECT count(*) FROM tenantry.app_user WHERE external_id = '{}'",
                              external_id));
}

std::string born_key(client& owner, std::int64_t company) {
    return owner.get(company_path(company, "/api_keys")).text("/content/0/api_key");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(organizations_test)

BOOST_AUTO_TEST_CASE(an_organization_is_there_with_its_owner_at_once) {
    stack base;  // without a worker: nothing but the commit
    const auto agency = base.make_agency("Dunder Mifflin");
    const auto api = base.start_api();
    client owner{api.http_port(), agency.key};
    const auto made = found(owner, "Acme", "acme-owner");
    const auto id = made.integer("/organization/id");
    BOOST_TEST(made.header("Location") == path_of(id));
    const auto read = owner.get(path_of(id));
    BOOST_TEST(read.status == 200);
    BOOST_TEST(read.json() == made.json().at("organization"));
    BOOST_TEST(owner.get("/api/v1/users/acme-owner").json() == made.json().at("owner"));
    BOOST_TEST(read.json().at_pointer("/users/0") == made.json().at("owner"));
    BOOST_TEST(made.text("/owner/organizations/0/role") == "owner");
    BOOST_TEST(owner.get(organizations).json().at_pointer("/0") == read.json());
    BOOST_TEST(base.sql().execute("SELECT u.external_id FROM tenantry.company c JOIN"
                                  " tenantry.app_user u USING (agency_id) WHERE u.user_id ="
                                  " c.owner_id") == "acme-owner");
}

BOOST_AUTO_TEST_CASE(an_organization_is_the_same_company_on_every_surface_and_costs_the_same) {
    auto owner = shared().owner();
    const auto id = found(owner, "Everywhere", "everywhere").integer("/organization/id");
    BOOST_REQUIRE(every_job_gets_done(shared().base.sql(), 15s));
    const auto company = owner.get(company_path(id));
    BOOST_TEST(company.text("/name") == "Everywhere");
    BOOST_TEST(company.text("/owner") == "everywhere");
    BOOST_TEST(company.text("/provisioning") == "ready");
    BOOST_TEST(faults_of_companies(shared().base.sql()) == "");
    const auto elsewhere = owner.create_one("Made elsewhere");
    BOOST_REQUIRE(every_job_gets_done(shared().base.sql(), 15s));
    const auto seen = owner.get(path_of(elsewhere));
    BOOST_TEST(seen.text("/name") == "Made elsewhere");
    BOOST_TEST(seen.text("/users/0/name") == "Michael Scott");
    BOOST_TEST(seen.json().at_pointer("/users/0/external_id").is_null());
}

BOOST_AUTO_TEST_CASE(a_known_owner_is_linked_and_not_doubled) {
    auto owner = shared().owner();
    const auto first = found(owner, "First of two", "twice");
    const auto second = found(owner, "Second of two", "twice");
    BOOST_TEST(second.integer("/owner/id") == first.integer("/owner/id"));
    BOOST_TEST(second.size("/owner/organizations") == 2);
    BOOST_TEST(owner.get("/api/v1/users/twice").json() == second.json().at("owner"));
    // Within an organization a user is shown with its place there.
    BOOST_TEST(second.size("/organization/users/0/organizations") == 1);
    BOOST_TEST(users_called("twice") == 1);
}

BOOST_AUTO_TEST_CASE(many_that_bring_in_one_owner_at_once_share_that_user) {
    for (int round = 0; round < 10; ++round) {
        const auto owner = fmt::format("shared-{}", round);
        const auto replies = at_once(6, [&](int i) {
            return shared().owner().post(
                organizations, organization(fmt::format("Shared {} {}", round, i), owner));
        });
        for (const auto& reply : replies) {
            BOOST_TEST(reply.status == 201, reply.body);
            BOOST_TEST(reply.integer("/owner/id") == replies[0].integer("/owner/id"));
        }
        BOOST_TEST(users_called(owner) == 1);
    }
}

BOOST_AUTO_TEST_CASE(of_many_that_want_one_name_one_gets_it_and_the_others_leave_nothing) {
    for (int round = 0; round < 10; ++round) {
        const auto name = fmt::format("Wanted {}", round);
        const auto replies = at_once(6, [&](int i) {
            return shared().owner().post(organizations,
                                         organization(name, fmt::format("wants-{}-{}", round, i)));
        });
        BOOST_TEST(std::ranges::count(replies, 201u, &http_reply::status) == 1);
        BOOST_TEST(std::ranges::count(replies, 422u, &http_reply::status) == 5);
        for (const auto& reply : replies)
            if (reply.status == 422)
                BOOST_TEST(reply.text("/errors/name/0") ==
                           "An organization of this name already exists.");
        BOOST_TEST(number(fmt::format("SELECT count(*) FROM tenantry.app_user WHERE external_id"
                                      " LIKE 'wants-{}-%'",
                                      round)) == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_repeated_request_gets_the_first_ones_answer) {
    auto owner = shared().owner();
    const http_headers once{{"Idempotency-Key", "organization-once"}};
    const auto first = owner.post(organizations, organization("Once", "once"), once);
    const auto second = owner.post(organizations, organization("Once", "once"), once);
    BOOST_TEST(first.status == 201);
    BOOST_TEST(second.status == 201);
    BOOST_TEST(second.header("Idempotent-Replayed") == "true");
    BOOST_TEST(second.body == first.body);
    BOOST_TEST(owner.post(organizations, organization("Twice", "once"), once).status == 422);
    BOOST_TEST(number("SELECT count(*) FROM tenantry.company WHERE name IN ('Once', 'Twice')") ==
               1);
}

BOOST_AUTO_TEST_CASE(phone_numbers_and_users_stand_with_their_organization) {
    auto owner = shared().owner();
    const auto first = found(owner, "With numbers", "numbers").integer("/organization/id");
    const auto second = found(owner, "Without numbers", "numbers").integer("/organization/id");
    const auto at = fmt::format("/api/v1/locations?organization_id={}", first);
    BOOST_TEST(owner.post(at, R"({"name":"Front desk","area_code":"415"})").status == 201);
    BOOST_TEST(owner.post(at, R"({"name":"Nowhere","area_code":"999"})").status == 201);
    BOOST_REQUIRE(every_job_gets_done(shared().base.sql(), 15s));
    BOOST_TEST(owner.get(path_of(first)).json().at("phone_numbers") == owner.get(at).json());
    BOOST_TEST(owner.get(path_of(second)).size("/phone_numbers") == 0);
    const auto all = owner.get(organizations).json();
    for (const auto& each : all.as_array())
        BOOST_TEST(each == owner.get(path_of(each.at("id").as_int64())).json());
}

BOOST_AUTO_TEST_CASE(a_change_renames_and_describes) {
    auto owner = shared().owner();
    const auto id = found(owner, "Before", "renamer").integer("/organization/id");
    found(owner, "Taken", "renamer");
    BOOST_TEST(owner.patch(path_of(id), R"({"name":"After"})").text("/name") == "After");
    BOOST_TEST(owner.get(path_of(id)).text("/name") == "After");
    const auto taken = owner.patch(path_of(id), R"({"name":"tAKEN"})");
    BOOST_TEST(taken.status == 422);
    BOOST_TEST(taken.size("/errors/name") == 1);
    BOOST_TEST(owner.patch(path_of(id), R"({"description":"What it does"})").status == 200);
    const auto description = fmt::format(
        "SELECT profile ->> 'description' FROM tenantry.company WHERE company_id = {}", id);
    BOOST_TEST(shared().base.sql().execute(description) == "What it does");
    BOOST_TEST(owner.patch(path_of(id), R"({"description":null})").status == 200);
    BOOST_TEST(shared().base.sql().execute(description) == "");
    BOOST_TEST(owner.patch(path_of(id), "{}").status == 422);
}

BOOST_AUTO_TEST_CASE(a_closed_organization_is_not_found_here_and_its_keys_are_refused) {
    auto owner = shared().owner();
    const auto id = found(owner, "Closed", "closer").integer("/organization/id");
    auto company = shared().as(born_key(owner, id));
    BOOST_TEST(company.get(path_of(id)).status == 200);
    const auto closed = owner.erase(path_of(id));
    BOOST_TEST(closed.status == 204);
    BOOST_TEST(closed.body == "");
    BOOST_TEST(owner.get(path_of(id)).status == 404);
    BOOST_TEST(owner.patch(path_of(id), R"({"name":"x"})").status == 404);
    BOOST_TEST(owner.erase(path_of(id)).status == 404);
    BOOST_TEST(owner.get("/api/v1/users/closer").size("/organizations") == 0);
    BOOST_TEST(company.get(path_of(id)).status == 403);
    const auto listed = owner.get(organizations).json();
    for (const auto& each : listed.as_array()) BOOST_TEST(each.at("id").as_int64() != id);
    BOOST_TEST(!owner.get(company_path(id)).boolean("/active"));
}

BOOST_AUTO_TEST_CASE(another_agency_sees_none_of_them) {
    auto owner = shared().owner();
    const auto id = found(owner, "Not theirs", "not-theirs").integer("/organization/id");
    const auto other = shared().base.make_agency("Pawnee Parks", "Leslie Knope");
    auto stranger = shared().as(other.key);
    BOOST_TEST(stranger.get(path_of(id)).status == 404);
    BOOST_TEST(stranger.patch(path_of(id), R"({"name":"x"})").status == 404);
    BOOST_TEST(stranger.erase(path_of(id)).status == 404);
    BOOST_TEST(stranger.get(organizations).body == "[]");
    // Names and external ids are each agency's own.
    BOOST_TEST(stranger.post(organizations, organization("Not theirs", "not-theirs")).status ==
               201);
}

BOOST_AUTO_TEST_CASE(a_companys_key_sees_its_own_and_changes_none) {
    auto owner = shared().owner();
    const auto mine = found(owner, "Mine", "both").integer("/organization/id");
    const auto sibling = found(owner, "Sibling", "both").integer("/organization/id");
    auto company = shared().as(born_key(owner, mine));
    BOOST_TEST(company.get(organizations).size("") == 1);
    BOOST_TEST(company.get(path_of(mine)).status == 200);
    BOOST_TEST(company.get(path_of(sibling)).status == 404);
    BOOST_TEST(company.patch(path_of(mine), R"({"name":"x"})").status == 403);
    BOOST_TEST(company.patch(path_of(sibling), R"({"name":"x"})").status == 404);
    BOOST_TEST(company.erase(path_of(mine)).status == 403);
    BOOST_TEST(company.post(organizations, organization("Nested", "both")).status == 403);
}

BOOST_AUTO_TEST_CASE(a_read_only_key_reads_and_changes_nothing) {
    auto owner = shared().owner();
    const auto id = found(owner, "Read only", "reader").integer("/organization/id");
    auto reader = shared().as(shared().base.make_key(shared().agency.id, {"--scope", "read_only"}));
    BOOST_TEST(reader.get(path_of(id)).status == 200);
    BOOST_TEST(reader.get(organizations).status == 200);
    BOOST_TEST(reader.post(organizations, organization("By a reader", "reader")).status == 403);
    BOOST_TEST(reader.patch(path_of(id), R"({"name":"x"})").status == 403);
    BOOST_TEST(reader.erase(path_of(id)).status == 403);
}

BOOST_AUTO_TEST_SUITE_END()
