// Contract 1's users: brought in once, placed in several organizations, and never the last owner
// lost.
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/support/at_once.hpp"
#include "tests/support/effects.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

constexpr std::string_view users = "/api/v1/users";

running_stack& shared() {
    static running_stack s;
    return s;
}

std::string in(std::int64_t organization) {
    return fmt::format("{}?organization_id={}", users, organization);
}

std::string user_path(std::string_view external_id) {
    return fmt::format("{}/{}", users, external_id);
}

std::string person(std::string_view external_id, std::string_view role = "") {
    const auto told = role.empty() ? "" : fmt::format(R"(,"role":"{}")", role);
    return fmt::format(R"({{"external_id":"{0}","email":"{0}@example.com","name":"{0}"{1}}})",
                       external_id, told);
}

/// An organization whose workspace is ready.
std::int64_t ready_company(const std::string& name) {
    const auto id = shared().owner().create_one(name);
    BOOST_REQUIRE(every_job_gets_done(shared().base.sql(), 15s));
    return id;
}

/// An organization with that one owner.
std::int64_t company_of(const std::string& name, const std::string& owner) {
    const auto id = ready_company(name);
    shared().base.sql().execute(
        fmt::format("UPDATE tenantry.membership SET role = 'user' WHERE company_id = {}", id));
    BOOST_REQUIRE(shared().owner().post(in(id), person(owner, "owner")).status == 201);
    return id;
}

std::int64_t owners_of(std::int64_t company) {
    return shared().base.sql().number(fmt::format(
        "SELECT count(*) FROM tenantry.membership WHERE company_id = {} AND role = 'owner'",
        company));
}

std::int64_t count_of(const std::string& external_id) {
    return shared().base.sql().number(fmt::format(
        "SELECT count(*) FROM tenantry.app_user WHERE external_id = '{}'", external_id));
}

std::string born_key(client& owner, std::int64_t company) {
    return owner.get(company_path(company, "/api_keys")).text("/content/0/api_key");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(users_test)

BOOST_AUTO_TEST_CASE(a_user_reads_back_as_it_was_answered) {
    auto owner = shared().owner();
    const auto id = ready_company("Read back");
    const auto made = owner.post(in(id), person("read-back", "manager"));
    BOOST_TEST(made.status == 201);
    BOOST_TEST(owner.get(user_path("read-back")).body == made.body);
    const auto listed = owner.get(in(id));
    BOOST_TEST(listed.size("") == 2);
    BOOST_TEST(listed.text("/1/external_id") == "read-back");
    BOOST_TEST(listed.text("/1/organizations/0/role") == "manager");
}

BOOST_AUTO_TEST_CASE(an_external_id_may_hold_what_a_path_must_escape) {
    auto owner = shared().owner();
    const auto made = owner.post(users, R"({"external_id":"a b/c%\u00e9","email":"a@b.example"})");
    BOOST_TEST(made.status == 201);
    BOOST_TEST(made.header("Location") == "/api/v1/users/a%20b%2Fc%25%C3%A9");
    BOOST_TEST(owner.get(made.header("Location")).body == made.body);
}

BOOST_AUTO_TEST_CASE(a_known_user_is_placed_in_another_organization_and_not_doubled) {
    auto owner = shared().owner();
    const auto first = ready_company("Linked first"), second = ready_company("Linked second");
    const auto made = owner.post(in(first), person("linked", "owner"));
    const auto again = owner.post(users, person("linked"));
    BOOST_TEST(again.status == 422);
    BOOST_TEST(again.text("/errors/external_id/0") == "A user of this external_id already exists.");
    const auto placed = owner.post(in(second), person("linked"));
    BOOST_TEST(placed.status == 201);
    BOOST_TEST(placed.integer("/id") == made.integer("/id"));
    BOOST_TEST(placed.text("/organizations/0/role") == "owner");
    BOOST_TEST(placed.text("/organizations/1/name") == "Linked second");
    BOOST_TEST(placed.text("/organizations/1/role") == "user");
    BOOST_TEST(owner.get(user_path("linked")).body == placed.body);
    BOOST_TEST(count_of("linked") == 1);
}

BOOST_AUTO_TEST_CASE(a_role_changes_when_it_is_told_and_stays_when_it_is_not) {
    auto owner = shared().owner();
    const auto id = ready_company("Roles");
    owner.post(in(id), person("roles", "manager"));
    BOOST_TEST(owner.post(in(id), person("roles")).text("/organizations/0/role") == "manager");
    BOOST_TEST(owner.post(in(id), person("roles", "user")).text("/organizations/0/role") == "user");
    BOOST_TEST(owner.get(user_path("roles")).text("/organizations/0/role") == "user");
}

BOOST_AUTO_TEST_CASE(the_last_owner_stays_one) {
    auto owner = shared().owner();
    const auto id = company_of("Owned", "sole");
    for (const auto* role : {"manager", "user"}) {
        const auto refused = owner.post(in(id), person("sole", role));
        BOOST_TEST(refused.status == 422);
        BOOST_TEST(refused.text("/errors/role/0") == "An organization keeps at least one owner.");
    }
    BOOST_TEST(owner.post(in(id), person("second", "owner")).status == 201);
    BOOST_TEST(owner.post(in(id), person("sole", "user")).status == 201);
    BOOST_TEST(owners_of(id) == 1);
}

BOOST_AUTO_TEST_CASE(of_two_owners_that_step_down_at_once_one_stays) {
    auto owner = shared().owner();
    const auto id = company_of("Contended", "one");
    for (int round = 0; round < 20; ++round) {
        for (const auto* each : {"one", "two"})
            BOOST_REQUIRE(owner.post(in(id), person(each, "owner")).status == 201);
        const auto replies = at_once(2, [&](int i) {
            return shared().owner().post(in(id), person(i == 0 ? "one" : "two", "user"));
        });
        BOOST_TEST(std::min(replies[0].status, replies[1].status) == 201u);
        BOOST_TEST(std::max(replies[0].status, replies[1].status) == 422u);
        BOOST_TEST(owners_of(id) == 1);
    }
}

BOOST_AUTO_TEST_CASE(of_many_that_bring_in_one_user_one_does) {
    for (int round = 0; round < 10; ++round) {
        const auto id = fmt::format("wanted-{}", round);
        const auto replies =
            at_once(6, [&](int) { return shared().owner().post(users, person(id)); });
        const auto made = std::ranges::count(replies, 201u, &http_reply::status);
        const auto refused = std::ranges::count(replies, 422u, &http_reply::status);
        BOOST_TEST(made == 1);
        BOOST_TEST(refused == 5);
        BOOST_TEST(count_of(id) == 1);
    }
}

BOOST_AUTO_TEST_CASE(many_that_place_one_new_user_place_the_same) {
    const auto id = ready_company("Placed at once");
    for (int round = 0; round < 10; ++round) {
        const auto name = fmt::format("placed-{}", round);
        const auto replies =
            at_once(6, [&](int) { return shared().owner().post(in(id), person(name, "user")); });
        for (const auto& reply : replies) {
            BOOST_TEST(reply.status == 201, reply.body);
            BOOST_TEST(reply.integer("/id") == replies[0].integer("/id"));
        }
        BOOST_TEST(count_of(name) == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_repeated_request_gets_the_first_ones_answer) {
    auto owner = shared().owner();
    const http_headers once{{"Idempotency-Key", "user-once"}};
    const auto first = owner.post(users, person("once"), once);
    const auto second = owner.post(users, person("once"), once);
    BOOST_TEST(first.status == 201);
    BOOST_TEST(second.status == 201);
    BOOST_TEST(second.header("Idempotent-Replayed") == "true");
    BOOST_TEST(second.body == first.body);
    BOOST_TEST(second.header("Location") == first.header("Location"));
    BOOST_TEST(owner.post(users, person("another"), once).status == 422);
    BOOST_TEST(count_of("another") == 0);
}

BOOST_AUTO_TEST_CASE(another_agency_sees_none_of_them) {
    auto owner = shared().owner();
    const auto id = ready_company("Not theirs");
    owner.post(in(id), person("ours", "user"));
    const auto other = shared().base.make_agency("Pawnee Parks", "Leslie Knope");
    auto stranger = shared().as(other.key);
    BOOST_TEST(stranger.get(user_path("ours")).status == 404);
    BOOST_TEST(stranger.get(in(id)).status == 404);
    BOOST_TEST(stranger.post(in(id), person("ours", "owner")).status == 404);
    BOOST_TEST(stranger.get(users).size("") == 1);
    // The same external id there is somebody else.
    BOOST_TEST(stranger.post(users, person("ours")).status == 201);
    BOOST_TEST(count_of("ours") == 2);
}

BOOST_AUTO_TEST_CASE(a_companys_key_sees_its_users_and_their_places_in_it_alone) {
    auto owner = shared().owner();
    const auto mine = ready_company("Mine alone"), sibling = ready_company("Sibling");
    owner.post(in(mine), person("both", "user"));
    owner.post(in(sibling), person("both", "user"));
    owner.post(in(sibling), person("elsewhere", "user"));
    auto company = shared().as(born_key(owner, mine));
    const auto both = company.get(user_path("both"));
    BOOST_TEST(both.size("/organizations") == 1);
    BOOST_TEST(both.integer("/organizations/0/id") == mine);
    BOOST_TEST(company.get(user_path("elsewhere")).status == 404);
    BOOST_TEST(company.get(users).size("") == 2);
    BOOST_TEST(company.get(in(mine)).body == company.get(users).body);
    BOOST_TEST(company.get(in(sibling)).status == 404);
    BOOST_TEST(company.post(in(mine), person("new", "user")).status == 403);
    BOOST_TEST(company.post(users, person("new")).status == 403);
}

BOOST_AUTO_TEST_CASE(a_read_only_key_brings_nobody_in) {
    auto reader = shared().as(shared().base.make_key(shared().agency.id, {"--scope", "read_only"}));
    BOOST_TEST(reader.get(users).status == 200);
    BOOST_TEST(reader.post(users, person("by-reader")).status == 403);
    BOOST_TEST(count_of("by-reader") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
