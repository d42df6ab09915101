// Each kind of command that shares commits: whatever is mixed, each ends as if it had come alone,
// and all or none of a statement is done when the server goes.
#include <rapidcheck.h>

#include <boost/test/unit_test.hpp>
#include <set>

#include "common/store/api_keys.hpp"
#include "common/store/company_count.hpp"
#include "common/store/contacts.hpp"
#include "common/store/locations.hpp"
#include "tests/integration/store/flight.hpp"
#include "tests/integration/store/open_transaction.hpp"

using namespace tenantry;
using namespace tenantry::store;
using test::by;
using test::creation;
using test::key_of;
using test::names;
using test::once;
using test::soon;
using test::tenants;

namespace {

/// A request of a random mixture.
struct request {
    int agency;              ///< 0 to 2
    std::vector<int> names;  ///< of 6; two may be the same for two requests, not within one
    int key;                 ///< of 4, or none beyond
    int variant;             ///< of what is asked for under that key
    bool fails;              ///< PostgreSQL refuses it for what it is

    /// Of those there are, or the one that is not there.
    int company() const { return names.front() % 3; }
};
using wave = std::vector<request>;  ///< all at once

std::ostream& operator<<(std::ostream& out, const request& r) {
    return out << fmt::format("{{agency {}, names {}, key {}/{}{}}}", r.agency,
                              fmt::join(r.names, " "), r.key, r.variant, r.fails ? ", fails" : "");
}

rc::Gen<request> any_request() {
    const auto few_names = rc::gen::resize(
        3, rc::gen::nonEmpty(rc::gen::unique<std::vector<int>>(rc::gen::inRange(0, 6))));
    return rc::gen::construct<request>(
        rc::gen::inRange(0, 3), few_names, rc::gen::inRange(0, 8), rc::gen::inRange(0, 2),
        rc::gen::map(rc::gen::inRange(0, 10), [](int n) { return n == 0; }));
}

/// An agency with two companies. Who takes an id that is there makes the statement fail.
struct home {
    agency_ids who;
    std::vector<domain::company_id> companies;
    domain::api_key_id key;
    domain::location_id location;

    domain::company_id company(const request& r) const {
        const auto at = static_cast<std::size_t>(r.company());
        return at < companies.size() ? companies[at] : domain::company_id{999'999'999};
    }
};

std::string name_of(int number) {
    return fmt::format("Name {}", number);
}

/// No id that is given otherwise.
constexpr std::int64_t first_founder = 900'000'000;

/// What the request commands, without its Idempotency-Key and response.
template<class Command>
Command made(tenants& t, const home& at, const request& r);

/// Half of them with one of two founders, whom the agency knows by one id, unless the request takes
/// them for somebody new.
template<>
create_companies made(tenants& t, const home& at, const request& r) {
    std::vector<std::string> wanted;
    for (const auto n : r.names) wanted.push_back(name_of(n));
    auto command = creation(t, at.who, wanted);
    if (r.fails) command.companies.back().id = at.companies.front();
    if (r.key % 2 == 0) return command;
    const auto person = r.names.back() % 2;
    const domain::user_id founder{r.key > 6 ? t.next_id() : first_founder + person};
    command.founder =
        company_founder{founder, {fmt::format("person {}", person), "p@example.com", "P"}};
    return command;
}

template<>
create_api_key made(tenants& t, const home& at, const request& r) {
    create_api_key command{by(at.who), at.company(r), key_of(t.next_id()),
                           name_of(r.names.front())};
    if (r.fails) command.key.id = at.key;
    return command;
}

template<>
create_contacts made(tenants&, const home& at, const request& r) {
    create_contacts command{by(at.who), at.company(r)};
    for (const auto n : r.names) command.contacts.push_back({.name = name_of(n)});
    if (r.fails) command.contacts.back().name = "no UTF-8: \xff";
    return command;
}

template<>
create_location made(tenants& t, const home& at, const request& r) {
    create_location command{by(at.who),
                            r.fails ? at.location : domain::location_id{t.next_id()},
                            at.company(r),
                            {name_of(r.names.front()), "415"}};
    command.jobs.push_back({domain::job_id{t.next_id()}, jobs::phone_number, command.company});
    return command;
}

task<home> make_home(tenants& t, std::string name) {
    const auto agency = test::agency_named(std::move(name));
    const auto who = (co_await insert_agency(t.owner, agency, test::noon, soon())).value();
    auto ids = co_await test::create(t, who, names("There before", "There too"));
    const home at{who, std::move(ids), domain::api_key_id{t.next_id()},
                  domain::location_id{t.next_id()}};
    const auto company = at.companies.front();
    const create_api_key key{by(who), company, key_of(at.key.value()), "There"};
    create_location location{by(who), at.location, company, {"There", "415"}};
    location.jobs.push_back({domain::job_id{t.next_id()}, jobs::phone_number, company});
    const auto key_made = co_await run_alone(t.api, key, soon());
    const auto location_made = co_await run_alone(t.api, location, soon());
    BOOST_TEST_REQUIRE((key_made.has_value() && location_made.has_value()));
    co_return at;
}

task<std::vector<home>> make_homes(tenants& t) {
    std::vector<home> all;
    for (const auto* name : {"One", "Two", "Three"}) all.push_back(co_await make_home(t, name));
    co_return all;
}

/// Three agencies and what is done to them.
template<class Command>
class mixture {
public:
    mixture(tenants& t, std::vector<home> homes) : t_{&t}, homes_{std::move(homes)} {}

    Command command(const request& r) const {
        auto command = made<Command>(*t_, homes_[static_cast<std::size_t>(r.agency)], r);
        if (r.key < 4)
            command.idempotency = once(fmt::format("key {}", r.key), r.variant ? "a" : "b");
        command.response.body = fmt::format("{} of {}", fmt::join(r.names, ","), r.variant);
        return command;
    }

    /// What of them is in the database, without the ids.
    std::string state() const {
        std::string all;
        for (const auto& at : homes_) all += t_->db.execute(state_of(at.who)) + "\n";
        return all;
    }

    /// One after the other, alone; but who repeats a key within a wave is told that its first use
    /// is still running.
    task<std::vector<std::string>> run_each(const wave& all) {
        std::vector<std::string> endings;
        std::set<std::pair<int, int>> keys;
        for (const auto& r : all) {
            if (r.key < 4 && !keys.emplace(r.agency, r.key).second) {
                endings.push_back("in progress");
                continue;
            }
            const auto one = command(r);
            auto ended = co_await run_alone(t_->api, one, soon());
            endings.push_back(test::ending_of(ended));
        }
        co_return endings;
    }

    task<std::vector<std::string>> run_together(const wave& all, commit_queue<Command>& through) {
        test::flight<Command> together{co_await net::this_coro::executor, through};
        for (const auto& r : all) together.begin(command(r));
        co_await together.await_all();
        co_return together.endings();
    }

private:
    static std::string state_of(const agency_ids& who) {
        std::string columns;
        const auto add = [&](std::string_view what, std::string_view table) {
            columns += fmt::format(", (SELECT {} FROM tenantry.{} WHERE agency_id = {})", what,
                                   table, who.agency);
        };
        add("string_agg(name, ',' ORDER BY name)", "company");
        add("string_agg(external_id, ',' ORDER BY external_id)", "app_user");
        add("string_agg(role, ',' ORDER BY role)", "membership");
        add("count(*) || ':' || string_agg(label, ',' ORDER BY label)", "api_key");
        add("string_agg(name, ',' ORDER BY name)", "contact");
        add("string_agg(name, ',' ORDER BY name)", "location");
        add("count(*)", "job");
        add("string_agg(action, ',' ORDER BY action)", "audit_event");
        add("string_agg(idempotency_key || encode(body, 'escape'), ',' ORDER BY idempotency_key)",
            "idempotency_record");
        return "SELECT concat_ws(' | '" + columns + ")";
    }

    tenants* t_;
    std::vector<home> homes_;
};

/// Companies, keys and locations of other runs on the same database are in nobody's way.
std::int64_t beyond_all_ids(const test::database& db) {
    return std::stoll(
        db.execute("SELECT 1000 + greatest((SELECT max(greatest(api_key_id, company_id)) FROM "
                   "tenantry.api_key), (SELECT max(job_id) FROM tenantry.job), (SELECT "
                   "max(location_id) FROM tenantry.location), 0)"));
}

template<class Command>
task<std::string> compare(executor ex, const test::database& db, sharing_limits limits,
                          std::vector<wave> waves) {
    tenants t{ex, db};
    t.last_id = beyond_all_ids(db);
    mixture<Command> apart{t, co_await make_homes(t)};
    mixture<Command> shared{t, co_await make_homes(t)};
    std::string difference;
    {
        commit_queue<Command> through{t.api, limits};
        for (const auto& each : waves) {
            const auto expected = co_await apart.run_each(each);
            const auto seen = co_await shared.run_together(each, through);
            for (std::size_t i = 0; i < each.size(); ++i)
                if (expected[i] != seen[i])
                    difference += fmt::format("{}: alone {}, shared {}\n", i, expected[i], seen[i]);
        }
    }
    if (const auto a = apart.state(), b = shared.state(); a != b) difference += a + "is not\n" + b;
    const auto counted_wrong = co_await recount_companies(t.owner, soon());
    if (counted_wrong.value() > 0) difference += "companies are counted wrong\n";
    t.owner.stop();
    t.api.stop();
    t.worker.stop();
    co_return difference;
}

/// Whether they end as they do alone, whatever the mixture.
template<class Command>
bool ends_as_alone() {
    const test::database db;
    return rc::check([&] {
        sharing_limits limits;
        limits.commands = *rc::gen::inRange<std::size_t>(1, 12);
        limits.rows = *rc::gen::inRange<std::size_t>(1, 20);
        const auto waves =
            *rc::gen::resize(6, rc::gen::container<std::vector<wave>>(
                                    rc::gen::resize(20, rc::gen::container<wave>(any_request()))));
        const auto difference =
            test::run_on_io([&](executor ex) { return compare<Command>(ex, db, limits, waves); });
        if (!difference.empty()) RC_FAIL(difference);
    });
}

/// Their statement waits for a row when its backend is killed.
template<class Command>
task<> lose_all_or_nothing_with_the_server(tenants& t) {
    mixture<Command> kept{t, co_await make_homes(t)};
    const auto before = kept.state();
    auto held = co_await test::open_transaction::of(
        t.owner,
        "SELECT FROM tenantry.app_user JOIN tenantry.company USING (agency_id) FOR UPDATE");
    commit_queue<Command> through{t.api, {}};
    const wave six{{0, {0}, 9, 0, false}, {1, {1}, 0, 0, false}, {2, {1}, 9, 0, false},
                   {0, {3}, 1, 0, false}, {1, {4}, 9, 0, false}, {2, {4}, 2, 0, false}};
    test::flight<Command> all{co_await net::this_coro::executor, through};
    for (const auto& r : six) all.begin(kept.command(r));
    // Until all have ended: on a slow machine a statement may have parted by then, and its parts
    // wait one after the other.
    co_await test::until([&] {
        t.db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
            "AND datname = current_database()");
        return all.has_ended();
    });
    co_await all.await_all();
    for (const auto& ending : all.endings()) BOOST_TEST(ending.starts_with("failure"), ending);
    BOOST_TEST(kept.state() == before);
    co_await held.commit();
    const auto again = co_await kept.run_together(six, through);
    BOOST_TEST(again == std::vector<std::string>(6, "done"), boost::test_tools::per_element());
}

using every_kind = std::tuple<create_companies, create_api_key, create_contacts, create_location>;

}  // namespace

BOOST_AUTO_TEST_SUITE(shared_commits_test)

BOOST_AUTO_TEST_CASE_TEMPLATE(whatever_is_mixed_each_ends_as_if_it_had_come_alone, Command,
                              every_kind) {
    BOOST_TEST(ends_as_alone<Command>());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_server_that_goes_in_the_middle_leaves_nothing_of_any, Command,
                              every_kind) {
    test::with_tenants(lose_all_or_nothing_with_the_server<Command>);
}

BOOST_AUTO_TEST_SUITE_END()
