// Users and their places in companies, in the database.
#include "common/store/users.hpp"

#include <boost/test/unit_test.hpp>

#include "common/store/failure.hpp"
#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using namespace tenantry::store;
using domain::user_role;
using test::by;
using test::create;
using test::names;
using test::once;
using test::soon;
using test::tenants;

namespace {

create_user john(const agency_ids& who, std::int64_t id,
                 std::optional<domain::company_id> company = {},
                 std::optional<user_role> role = {}) {
    return {by(who), domain::user_id{id}, {"john", "john@example.com", "John"}, company, role};
}

task<verdict> put(tenants& t, create_user command) {
    auto answer = co_await insert_user(t.api, command, soon());
    co_return answer.value();
}

task<std::string> outcome(tenants& t, create_user command) {
    const auto v = co_await put(t, std::move(command));
    if (v.what == verdict::kind::refused) co_return "refused: " + v.subject;
    co_return v.what == verdict::kind::done ? "done" : "neither";
}

task<found_users> look(tenants& t, const agency_ids& who, user_filter filter = {},
                       std::optional<domain::company_id> company = {}) {
    auto found = co_await find_users(t.api, who.agency, filter, company, soon());
    co_return found.value();
}

/// "company role, …" of the agency's John.
task<std::string> places(tenants& t, const agency_ids& who) {
    const user_filter of_john{.external_id = "john"};
    const auto found = co_await look(t, who, of_john);
    std::string all;
    for (const auto& place : found.users.at(0).companies)
        all += (all.empty() ? "" : ", ") + place.name + " " + std::string{to_string(place.role)};
    co_return all;
}

task<> read_back(tenants& t) {
    const auto ids = co_await create(t, t.first, names("Acme"));
    const auto made = co_await outcome(t, john(t.first, 500, ids[0], user_role::manager));
    BOOST_TEST(made == "done");
    const auto all = co_await look(t, t.first, user_filter(), ids[0]);
    BOOST_TEST_REQUIRE(all.users.size() == 2u);
    BOOST_TEST(all.company_name.value() == "Acme");
    BOOST_TEST(!all.users[0].external_id.has_value());  // the agency's owner
    const auto& user = all.users[1];
    BOOST_TEST(user.id.value() == 500);
    BOOST_TEST(user.external_id.value() == "john");
    BOOST_TEST(user.email == "john@example.com");
    BOOST_TEST(user.name == "John");
    BOOST_TEST((user.created_at == test::noon));
    BOOST_TEST_REQUIRE(user.companies.size() == 1u);
    BOOST_TEST(user.companies[0].id == ids[0]);
    BOOST_TEST((user.companies[0].role == user_role::manager));
    BOOST_TEST(t.db.execute("SELECT action || ' ' || details FROM tenantry.audit_event WHERE"
                            " subject_id = 500") == R"(user.created {"role": "manager"})");
}

task<> keep_apart(tenants& t) {
    const auto ours = co_await create(t, t.first, names("Ours"));
    const auto made = co_await outcome(t, john(t.first, 500, ours[0]));
    BOOST_TEST(made == "done");
    // The same external id is somebody else in another agency.
    const auto theirs = co_await outcome(t, john(t.second, 501));
    BOOST_TEST(theirs == "done");
    const auto foreign = co_await outcome(t, john(t.second, 501, ours[0]));
    BOOST_TEST(foreign == "refused: company");
    const auto seen = co_await look(t, t.second, user_filter(), ours[0]);
    BOOST_TEST(seen.users.size() == 2u);
    BOOST_TEST(!seen.company_name.has_value());
    const user_filter of_ours{.members_of = ours[0]};
    const auto members = co_await look(t, t.second, of_ours);
    BOOST_TEST(members.users.empty());
}

task<> link(tenants& t) {
    const auto ids = co_await create(t, t.first, names("Acme", "Beta", "Gamma"));
    co_await put(t, john(t.first, 500, ids[0]));
    co_await put(t, john(t.first, 500, ids[1], user_role::owner));
    const auto both = co_await places(t, t.first);
    BOOST_TEST(both == "Acme user, Beta owner");
    const user_filter narrow{.external_id = "john", .places_in = ids[1]};
    const auto in_one = co_await look(t, t.first, narrow);
    BOOST_TEST(in_one.users.at(0).companies.size() == 1u);
    co_await put(t, john(t.first, 500, ids[0], user_role::manager));
    co_await put(t, john(t.first, 500, ids[0]));  // without a role the one he has stays
    t.db.execute("UPDATE tenantry.company SET active = false WHERE name = 'Beta'");
    const auto active = co_await places(t, t.first);
    BOOST_TEST(active == "Acme manager");
    const auto inactive = co_await outcome(t, john(t.first, 500, ids[1]));
    BOOST_TEST(inactive == "refused: company");
    const user_filter of_acme{.members_of = ids[0]}, of_gamma{.members_of = ids[2]};
    const auto acme = co_await look(t, t.first, of_acme);
    BOOST_TEST(acme.users.size() == 1u);
    const auto gamma = co_await look(t, t.first, of_gamma);
    BOOST_TEST(gamma.users.empty());
}

task<> refuse(tenants& t) {
    const auto ids = co_await create(t, t.first, names("Acme"));
    co_await put(t, john(t.first, 500));
    const auto again = co_await outcome(t, john(t.first, 501));
    BOOST_TEST(again == "refused: known");
    const auto as_another = co_await outcome(t, john(t.first, 501, ids[0]));
    BOOST_TEST(as_another == "refused: other");
    const auto nowhere = co_await outcome(t, john(t.first, 500, domain::company_id{999}));
    BOOST_TEST(nowhere == "refused: company");
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.app_user WHERE external_id = 'john'") ==
               "1");
}

task<> keep_an_owner(tenants& t) {
    const auto ids = co_await create(t, t.first, names("Acme"));
    t.db.execute("DELETE FROM tenantry.membership");
    co_await put(t, john(t.first, 500, ids[0], user_role::owner));
    for (const auto role : {user_role::manager, user_role::user}) {
        const auto last = co_await outcome(t, john(t.first, 500, ids[0], role));
        BOOST_TEST(last == "refused: owner");
    }
    const auto stays = co_await outcome(t, john(t.first, 500, ids[0], user_role::owner));
    BOOST_TEST(stays == "done");
    create_user second{by(t.first),
                       domain::user_id{501},
                       {"mary", "m@example.com", "Mary"},
                       ids[0],
                       user_role::owner};
    co_await put(t, second);
    const auto one_of_two = co_await outcome(t, john(t.first, 500, ids[0], user_role::user));
    BOOST_TEST(one_of_two == "done");
    second.role = user_role::user;
    const auto now_last = co_await outcome(t, second);
    BOOST_TEST(now_last == "refused: owner");
}

task<> once_for_a_key(tenants& t) {
    auto command = john(t.first, 500);
    command.idempotency = once("k");
    const auto first = co_await put(t, command);
    BOOST_TEST((first.what == verdict::kind::done));
    command.id = domain::user_id{501};
    const auto second = co_await put(t, command);
    BOOST_TEST((second.what == verdict::kind::replayed));
    BOOST_TEST(second.replay.body == "made");
}

task<> take_an_id_twice(tenants& t) {
    co_await put(t, john(t.first, 500));
    auto mary = john(t.first, 500);
    mary.person.external_id = "mary";
    auto answer = co_await insert_user(t.api, mary, soon());
    BOOST_TEST_REQUIRE(!answer.has_value());
    BOOST_TEST(answer.error().sqlstate == "23505");
    BOOST_TEST(!lost_a_race(answer.error()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(users_test)

BOOST_AUTO_TEST_CASE(a_user_reads_back_as_it_was_brought_in) {
    test::with_tenants(read_back);
}
BOOST_AUTO_TEST_CASE(agencies_know_their_own_users_alone) {
    test::with_tenants(keep_apart);
}
BOOST_AUTO_TEST_CASE(a_known_user_is_placed_and_not_doubled) {
    test::with_tenants(link);
}
BOOST_AUTO_TEST_CASE(what_cannot_be_done_is_refused_with_its_reason) {
    test::with_tenants(refuse);
}
BOOST_AUTO_TEST_CASE(a_company_keeps_an_owner) {
    test::with_tenants(keep_an_owner);
}
BOOST_AUTO_TEST_CASE(a_user_is_brought_in_once_for_its_idempotency_key) {
    test::with_tenants(once_for_a_key);
}
BOOST_AUTO_TEST_CASE(an_id_that_is_taken_is_no_lost_race) {
    test::with_tenants(take_an_id_twice);
}

BOOST_AUTO_TEST_SUITE_END()
