// Companies with a founder, and as contract 1 lists them.
#include "common/store/organizations.hpp"

#include <boost/test/unit_test.hpp>

#include "common/store/failure.hpp"
#include "common/store/locations.hpp"
#include "common/store/users.hpp"
#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using namespace tenantry::store;
using test::by;
using test::create;
using test::creation;
using test::names;
using test::soon;
using test::tenants;

namespace {

create_companies founding(tenants& t, const char* name, std::int64_t founder,
                          const char* external_id = "john") {
    auto command = creation(t, t.first, names(name));
    command.founder =
        company_founder{domain::user_id{founder}, {external_id, "john@example.com", "John"}};
    return command;
}

task<pg::result<std::vector<verdict>>> put(tenants& t, create_companies command) {
    co_return co_await test::insert_companies(t.api, {&command, 1}, soon());
}

task<std::vector<domain::organization>> list(tenants& t, const agency_ids& who,
                                             std::optional<domain::company_id> only = {}) {
    auto found = co_await list_organizations(t.api, who.agency, only, soon());
    co_return found.value();
}

std::string people_of(const domain::organization& organization) {
    std::string all;
    for (const auto& user : organization.users) {
        BOOST_TEST_REQUIRE(user.companies.size() == 1u);
        BOOST_TEST(user.companies[0].id == organization.id);
        all += user.name + " " + std::string{to_string(user.companies[0].role)} + ". ";
    }
    return all;
}

task<> bring_in_a_founder(tenants& t) {
    auto verdicts = co_await put(t, founding(t, "Acme", 500));
    BOOST_TEST((verdicts.value().front().what == verdict::kind::done));
    BOOST_TEST(t.db.execute("SELECT owner_id FROM tenantry.company") == "500");
    BOOST_TEST(t.db.execute("SELECT user_id || ' ' || role FROM tenantry.membership") ==
               "500 owner");
    BOOST_TEST(t.db.execute("SELECT string_agg(action || ' ' || user_id, ', ' ORDER BY action) FROM"
                            " tenantry.audit_event WHERE request_id = 'r-1'") ==
               fmt::format("company.created {0}, user.created {0}", t.first.owner));
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.job") == "2");
    // A company's first key is its maker's, who is shown it.
    BOOST_TEST(t.db.execute("SELECT user_id FROM tenantry.api_key") ==
               std::to_string(t.first.owner.value()));
}

task<> link_a_founder(tenants& t) {
    co_await put(t, founding(t, "Acme", 500));
    auto verdicts = co_await put(t, founding(t, "Beta", 500));
    BOOST_TEST((verdicts.value().front().what == verdict::kind::done));
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.app_user WHERE external_id = 'john'") ==
               "1");
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.membership WHERE user_id = 500") == "2");
}

task<> lose_a_race(tenants& t) {
    co_await put(t, founding(t, "Acme", 500));
    auto answer = co_await put(t, founding(t, "Beta", 501));
    BOOST_TEST_REQUIRE(!answer.has_value());
    BOOST_TEST(lost_a_race(answer.error()));
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.company") == "1");
}

task<> refuse_a_name_and_its_founder(tenants& t) {
    co_await put(t, founding(t, "Acme", 500));
    auto verdicts = co_await put(t, founding(t, "ACME", 501, "mary"));
    BOOST_TEST((verdicts.value().front().what == verdict::kind::refused));
    BOOST_TEST(verdicts.value().front().subject == "ACME");
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.app_user WHERE external_id = 'mary'") ==
               "0");
}

task<> list_many(tenants& t) {
    co_await put(t, founding(t, "Acme", 500));
    co_await put(t, founding(t, "Beta", 500));
    co_await put(t, founding(t, "Closed", 501, "mary"));
    co_await create(t, t.second, names("Theirs"));
    t.db.execute("UPDATE tenantry.company SET active = false WHERE name = 'Closed'");
    const auto all = co_await list(t, t.first);
    BOOST_TEST_REQUIRE(all.size() == 2u);
    BOOST_TEST(all[0].name == "Acme");
    BOOST_TEST((all[0].created_at == test::noon));
    BOOST_TEST(all[1].name == "Beta");
    create_user jane{by(t.first),
                     domain::user_id{600},
                     {"jane", "jane@example.com", "Jane"},
                     all[1].id,
                     domain::user_role::manager};
    auto placed = co_await insert_user(t.api, jane, soon());
    BOOST_TEST_REQUIRE(placed.has_value());
    create_location desk{by(t.first), domain::location_id{700}, all[0].id, {"Front desk", "415"}};
    desk.jobs.push_back({domain::job_id{700}, jobs::phone_number, all[0].id});
    auto opened = co_await run_alone(t.api, desk, soon());
    BOOST_TEST_REQUIRE(opened.has_value());

    const auto again = co_await list(t, t.first);
    BOOST_TEST(people_of(again[0]) == "John owner. ");
    BOOST_TEST(people_of(again[1]) == "John owner. Jane manager. ");
    BOOST_TEST_REQUIRE(again[0].locations.size() == 1u);
    BOOST_TEST(again[0].locations[0].name == "Front desk");
    BOOST_TEST(again[1].locations.empty());
    const auto one = co_await list(t, t.first, all[1].id);
    BOOST_TEST_REQUIRE(one.size() == 1u);
    BOOST_TEST(people_of(one[0]) == "John owner. Jane manager. ");
    const auto foreign = co_await list(t, t.second, all[0].id);
    BOOST_TEST(foreign.empty());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(organizations_test)

BOOST_AUTO_TEST_CASE(a_founder_is_brought_in_by_the_commit_that_creates_the_company) {
    test::with_tenants(bring_in_a_founder);
}
BOOST_AUTO_TEST_CASE(a_founder_whom_the_agency_knows_is_linked) {
    test::with_tenants(link_a_founder);
}
BOOST_AUTO_TEST_CASE(a_founder_whom_another_brought_in_meanwhile_is_a_lost_race) {
    test::with_tenants(lose_a_race);
}
BOOST_AUTO_TEST_CASE(a_refused_name_leaves_nothing_of_its_founder) {
    test::with_tenants(refuse_a_name_and_its_founder);
}
BOOST_AUTO_TEST_CASE(many_organizations_come_with_their_people_and_numbers) {
    test::with_tenants(list_many);
}

BOOST_AUTO_TEST_SUITE_END()
