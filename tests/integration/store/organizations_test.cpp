// Companies with a founder, and as contract 1 lists them.
#include "common/store/organizations.hpp"

#include <boost/test/unit_test.hpp>

#include "common/store/locations.hpp"
#include "common/store/users.hpp"
#include "tests/integration/store/flight.hpp"

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

task<verdict> put(tenants& t, create_companies command) {
    auto verdict = co_await run_alone(t.api, command, soon());
    co_return verdict.value();
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
    const auto ended = co_await put(t, founding(t, "Acme", 500));
    BOOST_TEST((ended.what == verdict::kind::done));
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
    const auto ended = co_await put(t, founding(t, "Beta", 500));
    BOOST_TEST((ended.what == verdict::kind::done));
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.app_user WHERE external_id = 'john'") ==
               "1");
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.membership WHERE user_id = 500") == "2");
}

task<> be_told_to_look_again(tenants& t) {
    co_await put(t, founding(t, "Acme", 500));
    const auto ended = co_await put(t, founding(t, "Beta", 501));
    BOOST_TEST((ended.what == verdict::kind::refused));
    BOOST_TEST(ended.subject == founder_has_another_id);
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.company") == "1");
}

task<> share_a_commit(tenants& t) {
    auto theirs = founding(t, "Theirs", 500, "mary");
    theirs.agency = t.second.agency;
    theirs.user = t.second.owner;
    commit_queue<create_companies> through{t.api, {}};
    test::flight<create_companies> all{co_await net::this_coro::executor, through};
    all.begin(founding(t, "Acme", 500, "john"));
    all.begin(founding(t, "Beta", 501, "mary"));
    all.begin(founding(t, "Gamma", 502, "john"));  // who is brought in by the first
    all.begin(std::move(theirs));
    all.begin(creation(t, t.second, names("Unfounded")));
    co_await all.await_all();
    const std::vector<std::string> expected{"done", "done", "refused ", "done", "done"};
    BOOST_TEST(all.endings() == expected, boost::test_tools::per_element());
    BOOST_TEST(all.order().back() == 2u);
    BOOST_TEST(t.db.execute("SELECT string_agg(name || ' ' || owner_id, ', ' ORDER BY name) FROM "
                            "tenantry.company") ==
               fmt::format("Acme 500, Beta 501, Theirs 500, Unfounded {}", t.second.owner));
    BOOST_TEST(t.db.execute("SELECT count(DISTINCT xmin::text) FROM tenantry.company") == "1");
    BOOST_TEST(t.db.execute("SELECT string_agg(subject_id::text, ' ' ORDER BY agency_id, "
                            "subject_id) FROM tenantry.audit_event WHERE action = "
                            "'user.created' AND request_id = 'r-1'") == "500 501 500");
}

task<> refuse_a_name_and_its_founder(tenants& t) {
    co_await put(t, founding(t, "Acme", 500));
    const auto ended = co_await put(t, founding(t, "ACME", 501, "mary"));
    BOOST_TEST((ended.what == verdict::kind::refused));
    BOOST_TEST(ended.subject == "ACME");
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
BOOST_AUTO_TEST_CASE(who_was_brought_in_meanwhile_is_to_be_looked_for_again) {
    test::with_tenants(be_told_to_look_again);
}
BOOST_AUTO_TEST_CASE(foundings_that_come_together_share_a_commit) {
    test::with_tenants(share_a_commit);
}
BOOST_AUTO_TEST_CASE(a_refused_name_leaves_nothing_of_its_founder) {
    test::with_tenants(refuse_a_name_and_its_founder);
}
BOOST_AUTO_TEST_CASE(many_organizations_come_with_their_people_and_numbers) {
    test::with_tenants(list_many);
}

BOOST_AUTO_TEST_SUITE_END()
