// Commands that share a statement: each ends as if it had come alone.
#include <rapidcheck.h>

#include <boost/test/unit_test.hpp>

#include "common/store/company_count.hpp"
#include "tests/integration/store/open_transaction.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using kind = verdict::kind;
using test::creation;
using test::names;
using test::once;
using test::soon;
using test::tenants;

namespace {

using queue = commit_queue<create_companies>;

/// How a command ended, in a word.
std::string ending_of(const pg::result<verdict>& v) {
    if (!v) return "failure " + v.error().sqlstate + std::to_string(int(v.error().kind));
    switch (v->what) {
        case kind::done:
            return "done";
        case kind::replayed:
            return "replayed " + v->replay.body;
        case kind::mismatch:
            return "mismatch";
        case kind::in_progress:
            return "in progress";
        case kind::refused:
            return "refused " + v->subject;
        case kind::lost_race:
            return "lost race";
    }
    return "";
}

/// Commands on their way through a queue, all begun before the first has ended.
class flight {
public:
    flight(executor ex, queue& through) : ex_{ex}, through_{through}, landed_{ex} {}

    void begin(create_companies command, deadline until = soon()) {
        const auto at = endings_.size();
        endings_.emplace_back();
        net::co_spawn(ex_, run_one(through_, std::move(command), until),
                      [this, at](std::exception_ptr, std::string ending) {
                          order_.push_back(at);
                          endings_[at] = std::move(ending);
                          landed_.cancel();
                      });
    }
    /// Until so many have ended.
    task<> await(std::size_t count) {
        while (order_.size() < count) {
            landed_.expires_at(soon());
            co_await landed_.async_wait(use_task);
        }
    }
    task<> await_all() { co_await await(endings_.size()); }
    const std::vector<std::string>& endings() const { return endings_; }
    const std::vector<std::size_t>& order() const { return order_; }

private:
    static task<std::string> run_one(queue& through, create_companies command, deadline until) {
        auto ended = co_await through.run(command, until);
        co_return ending_of(ended);
    }

    executor ex_;
    queue& through_;
    steady_timer landed_;
    std::vector<std::string> endings_;
    std::vector<std::size_t> order_;
};

/// The transactions that created companies.
std::string transactions(const tenants& t) {
    return t.db.execute("SELECT count(DISTINCT xmin::text) FROM tenantry.company");
}

task<> share_one_commit(tenants& t) {
    queue through{t.api, {}};
    flight all{co_await net::this_coro::executor, through};
    for (int i = 0; i < 20; ++i)
        all.begin(creation(t, i % 2 ? t.first : t.second, names(fmt::format("Company {}", i))));
    co_await all.await_all();
    BOOST_TEST(all.endings() == std::vector<std::string>(20, "done"),
               boost::test_tools::per_element());
    BOOST_TEST(transactions(t) == "1");
    BOOST_TEST(t.db.execute("SELECT count(DISTINCT agency_id) FROM tenantry.company") == "2");
}

task<> keep_to_the_limits(tenants& t) {
    queue by_commands{t.api, {.commands = 5}}, by_rows{t.api, {.rows = 6}},
        by_bytes{t.api, {.bytes = 1}};
    std::int64_t before = 0;
    for (auto* through : {&by_commands, &by_rows, &by_bytes}) {
        flight all{co_await net::this_coro::executor, *through};
        for (int i = 0; i < 15; ++i) {
            const auto name = [&](int n) { return fmt::format("{} {} {}", t.last_id, i, n); };
            all.begin(creation(t, t.first, names(name(1), name(2))));
        }
        co_await all.await_all();
        const auto now = std::stoll(transactions(t));
        BOOST_TEST(now - before == (through == &by_bytes ? 15 : through == &by_rows ? 5 : 3));
        before = now;
    }
}

task<> take_turns(tenants& t) {
    queue through{t.api, {.commands = 4}};
    flight all{co_await net::this_coro::executor, through};
    for (int i = 0; i < 40; ++i) all.begin(creation(t, t.first, names(fmt::format("Busy {}", i))));
    all.begin(creation(t, t.second, names("Lone")));
    co_await all.await_all();
    const auto& order = all.order();
    const auto place = std::ranges::find(order, 40U) - order.begin();
    BOOST_TEST(place < 4);
}

task<> leave_out_what_fails(tenants& t) {
    queue through{t.api, {}};
    const auto ids = co_await test::create(t, t.first, names("Taken"));
    flight all{co_await net::this_coro::executor, through};
    for (int i = 0; i < 9; ++i) {
        auto command = creation(t, t.first, names(fmt::format("Sound {}", i)));
        if (i == 4) command.companies.front().id = ids.front();
        all.begin(std::move(command));
    }
    all.begin(creation(t, t.first, names("Fine", "Taken")));
    co_await all.await_all();
    for (std::size_t i = 0; i < 9; ++i)
        BOOST_TEST(all.endings()[i] == (i == 4 ? "failure 235050" : "done"));
    BOOST_TEST(all.endings()[9] == "refused Taken");
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.company") == "9");
}

task<> refuse_a_second_use_at_once(tenants& t) {
    queue through{t.api, {}};
    flight all{co_await net::this_coro::executor, through};
    for (const auto* name : {"First", "Second"}) {
        auto command = creation(t, t.first, names(name));
        command.idempotency = once("key", name);
        all.begin(std::move(command));
    }
    co_await all.await_all();
    BOOST_TEST(all.endings() == (std::vector<std::string>{"done", "in progress"}),
               boost::test_tools::per_element());
    auto late = creation(t, t.first, names("Third"));
    late.idempotency = once("key", "First");
    flight again{co_await net::this_coro::executor, through};
    again.begin(std::move(late));
    co_await again.await_all();
    BOOST_TEST(again.endings().front() == "replayed made");
}

task<> refuse_what_is_too_many(tenants& t) {
    queue through{t.api, {.waiting = 3}};
    flight all{co_await net::this_coro::executor, through};
    for (int i = 0; i < 5; ++i)
        all.begin(creation(t, t.first, names(fmt::format("Company {}", i))));
    co_await all.await_all();
    const auto too_many = fmt::format("failure {}", int(pg::failure::kind::pool_exhausted));
    BOOST_TEST(std::ranges::count(all.endings(), too_many) == 2);
    BOOST_TEST(std::ranges::count(all.endings(), "done") == 3);
}

/// Holds a row that every company of the first agency needs.
task<test::open_transaction> stand_in_the_way(tenants& t) {
    return test::open_transaction::of(
        t.owner, fmt::format("SELECT FROM tenantry.app_user WHERE agency_id = {} FOR UPDATE",
                             t.first.agency));
}

task<> until_somebody_waits(const tenants& t) {
    co_await test::until([&t] {
        return t.db.execute(
                   "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                   " AND datname = current_database()") != "0";
    });
}

task<> go_past_a_slow_one(tenants& t) {
    auto held = co_await stand_in_the_way(t);
    queue through{t.api, {.slow = 5ms}};
    flight all{co_await net::this_coro::executor, through};
    all.begin(creation(t, t.first, names("Held up")));
    co_await until_somebody_waits(t);
    all.begin(creation(t, t.first, names("Behind it")));
    for (int i = 0; i < 5; ++i) all.begin(creation(t, t.second, names(fmt::format("Past {}", i))));
    co_await all.await(5);
    BOOST_TEST(all.endings()[0] == "");
    BOOST_TEST(all.endings()[1] == "");
    co_await held.commit();
    co_await all.await_all();
    BOOST_TEST(all.endings() == std::vector<std::string>(7, "done"),
               boost::test_tools::per_element());
}

task<> forget_who_has_gone(tenants& t) {
    auto held = co_await stand_in_the_way(t);
    queue through{t.api, {.statements = 1}};
    flight all{co_await net::this_coro::executor, through};
    all.begin(creation(t, t.first, names("Held up")));
    co_await until_somebody_waits(t);
    all.begin(creation(t, t.second, names("In a hurry")), deadline_in(20ms));
    co_await all.await(1);
    BOOST_TEST(all.endings()[1] == fmt::format("failure {}", int(pg::failure::kind::timed_out)));
    co_await held.commit();
    all.begin(creation(t, t.second, names("Later")));
    co_await all.await_all();
    BOOST_TEST(all.endings()[0] == "done");
    BOOST_TEST(all.endings()[2] == "done");
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.company WHERE name = 'In a hurry'") ==
               "0");
}

task<> lose_all_or_nothing_with_the_server(tenants& t) {
    auto held = co_await stand_in_the_way(t);
    queue through{t.api, {}};
    flight all{co_await net::this_coro::executor, through};
    for (int i = 0; i < 6; ++i)
        all.begin(creation(t, i % 2 ? t.first : t.second, names(fmt::format("Company {}", i))));
    co_await until_somebody_waits(t);
    t.db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database()");
    co_await all.await_all();
    for (const auto& ending : all.endings()) BOOST_TEST(ending.starts_with("failure"), ending);
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.company") == "0");
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.job") == "0");
    co_await held.commit();
    flight again{co_await net::this_coro::executor, through};
    again.begin(creation(t, t.first, names("Company 1")));
    co_await again.await_all();
    BOOST_TEST(again.endings().front() == "done");
}

/// Of which no statement can be made.
struct faulty : command {};
pg::query query_for(together<faulty>) {
    throw std::logic_error{"no statement"};
}
share share_of(const faulty&) {
    return {};
}

task<> outlive_a_bug(tenants& t) {
    commit_queue<faulty> through{t.api, {}};
    const faulty command{test::by(t.first)};
    int thrown = 0;
    for (int i = 0; i < 2; ++i) {
        try {
            co_await through.run(command, soon());
        } catch (const std::logic_error&) {
            ++thrown;
        }
    }
    BOOST_TEST(thrown == 2);
}

/// A request of a random mixture.
struct request {
    int agency;              ///< 0 to 2
    std::vector<int> names;  ///< of 6; two may be the same for two requests, not within one
    int key;                 ///< of 4, or none beyond
    int variant;             ///< of what is asked for under that key
    bool fails;              ///< PostgreSQL refuses it for what it is
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

/// Three agencies, of which the first has a company whose id makes a request fail that takes it.
class mixture {
public:
    static task<mixture> begin(tenants& t) {
        mixture m{t};
        for (const auto* name : {"One", "Two", "Three"}) {
            const auto agency = test::agency_named(name);
            m.agencies_.push_back(
                (co_await insert_agency(t.owner, agency, test::noon, soon())).value());
            const auto ids = co_await test::create(t, m.agencies_.back(), names("There before"));
            m.there_before_.push_back(ids.front());
        }
        co_return m;
    }

    create_companies command(const request& r) const {
        std::vector<std::string> wanted;
        for (const auto n : r.names) wanted.push_back(fmt::format("Name {}", n));
        const auto at = static_cast<std::size_t>(r.agency);
        auto made = creation(*t_, agencies_[at], wanted);
        if (r.fails) made.companies.back().id = there_before_[at];
        if (r.key < 4) made.idempotency = once(fmt::format("key {}", r.key), r.variant ? "a" : "b");
        made.response.body = fmt::format("{} of {}", fmt::join(wanted, ","), r.variant);
        return made;
    }

    /// What of them is in the database, without the ids.
    std::string state() const {
        std::string all;
        for (const auto& agency : agencies_)
            all += t_->db.execute(fmt::format("SELECT concat_ws(' | ', (SELECT string_agg(name, "
                                              "',' ORDER BY name) FROM tenantry.company c"
                                              " WHERE c.agency_id = {0}), (SELECT count(*) FROM "
                                              "tenantry.api_key k WHERE k.agency_id = {0}),"
                                              " (SELECT count(*) FROM tenantry.job j WHERE "
                                              "j.agency_id = {0}), (SELECT count(*) FROM"
                                              " tenantry.audit_event e WHERE e.agency_id = {0}), "
                                              "(SELECT string_agg(idempotency_key || encode(body,"
                                              " 'escape'), ',' ORDER BY idempotency_key) FROM "
                                              "tenantry.idempotency_record r WHERE r.agency_id ="
                                              " {0}))",
                                              agency.agency)) +
                   "\n";
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
            endings.push_back(ending_of(ended));
        }
        co_return endings;
    }

    task<std::vector<std::string>> run_together(const wave& all, queue& through) {
        flight together{co_await net::this_coro::executor, through};
        for (const auto& r : all) together.begin(command(r));
        co_await together.await_all();
        co_return together.endings();
    }

private:
    explicit mixture(tenants& t) : t_{&t} {}

    tenants* t_;
    std::vector<agency_ids> agencies_;
    std::vector<domain::company_id> there_before_;
};

task<std::string> compare(executor ex, const test::database& db, sharing_limits limits,
                          std::vector<wave> waves) {
    tenants t{ex, db};
    t.last_id =
        std::stoll(db.execute("SELECT coalesce(max(greatest(api_key_id, company_id)), 0) + 1000"
                              " FROM tenantry.api_key"));
    auto apart = co_await mixture::begin(t);
    auto shared = co_await mixture::begin(t);
    std::string difference;
    {
        queue through{t.api, limits};
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

}  // namespace

BOOST_AUTO_TEST_SUITE(commit_queue_test)

BOOST_AUTO_TEST_CASE(commands_that_come_together_share_one_commit) {
    test::with_tenants(share_one_commit);
}
BOOST_AUTO_TEST_CASE(a_statement_takes_no_more_than_its_limits) {
    test::with_tenants(keep_to_the_limits);
}
BOOST_AUTO_TEST_CASE(an_agency_with_many_commands_does_not_stand_before_another) {
    test::with_tenants(take_turns);
}
BOOST_AUTO_TEST_CASE(one_that_fails_or_is_refused_leaves_its_neighbours_untouched) {
    test::with_tenants(leave_out_what_fails);
}
BOOST_AUTO_TEST_CASE(a_second_use_of_a_key_is_told_so_at_once) {
    test::with_tenants(refuse_a_second_use_at_once);
}
BOOST_AUTO_TEST_CASE(no_more_wait_than_the_limit) {
    test::with_tenants(refuse_what_is_too_many);
}
BOOST_AUTO_TEST_CASE(a_statement_that_is_held_up_holds_up_no_other_agency) {
    test::with_tenants(go_past_a_slow_one);
}
BOOST_AUTO_TEST_CASE(whose_deadline_has_passed_is_not_done) {
    test::with_tenants(forget_who_has_gone);
}
BOOST_AUTO_TEST_CASE(a_server_that_goes_in_the_middle_leaves_nothing_of_any) {
    test::with_tenants(lose_all_or_nothing_with_the_server);
}

BOOST_AUTO_TEST_CASE(a_bug_ends_the_requests_that_it_meets_and_nothing_else) {
    test::with_tenants(outlive_a_bug);
}

BOOST_AUTO_TEST_CASE(whatever_is_mixed_each_ends_as_if_it_had_come_alone) {
    const test::database db;
    const bool held = rc::check([&] {
        sharing_limits limits;
        limits.commands = *rc::gen::inRange<std::size_t>(1, 12);
        limits.rows = *rc::gen::inRange<std::size_t>(1, 20);
        const auto waves =
            *rc::gen::resize(6, rc::gen::container<std::vector<wave>>(
                                    rc::gen::resize(20, rc::gen::container<wave>(any_request()))));
        const auto difference =
            test::run_on_io([&](executor ex) { return compare(ex, db, limits, waves); });
        if (!difference.empty()) RC_FAIL(difference);
    });
    BOOST_TEST(held);
}

BOOST_AUTO_TEST_SUITE_END()
