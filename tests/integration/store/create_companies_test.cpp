// The creation path: one round trip, one commit, and a verdict for each command of a statement.
#include <boost/test/unit_test.hpp>

#include "common/store/failure.hpp"
#include "tests/integration/store/counting_proxy.hpp"
#include "tests/integration/store/open_transaction.hpp"
#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using kind = verdict::kind;
using test::agency_named;
using test::at_noon;
using test::creation;
using test::names;
using test::noon;
using test::once;
using test::run;
using test::soon;
using test::tenants;

namespace {

constexpr const char* of_the_agency[] = {"company", "api_key", "job", "idempotency_record",
                                         "audit_event"};

std::string rows_in(const tenants& t, const std::string& table, const agency_ids& who) {
    return t.db.execute(
        fmt::format("SELECT count(*) FROM tenantry.{} WHERE agency_id = {}", table, who.agency));
}

/// How many rows of all five tables the agency has, the birth of the agency itself not counted.
int rows_of(const tenants& t, const agency_ids& who) {
    int all = -1;
    for (const auto* table : of_the_agency) all += std::stoi(rows_in(t, table, who));
    return all;
}

/// The transactions that wrote the agency's companies, keys, jobs, records and events.
std::string transactions_behind(const tenants& t, const agency_ids& who) {
    std::string rows;
    for (const auto* table : of_the_agency)
        rows += fmt::format(
            "{}SELECT xmin::text AS x FROM tenantry.{} WHERE agency_id = {}{}",
            rows.empty() ? "" : " UNION ALL ", table, who.agency,
            table == std::string_view{"audit_event"} ? " AND action <> 'agency.created'" : "");
    return t.db.execute("SELECT count(DISTINCT x) FROM (" + rows + ") r");
}

std::vector<kind> kinds(const std::vector<verdict>& verdicts) {
    std::vector<kind> all;
    for (const auto& v : verdicts) all.push_back(v.what);
    return all;
}

template<class... Commands>
std::vector<create_companies> span_of(Commands... commands) {
    std::vector<create_companies> all;
    (all.push_back(std::move(commands)), ...);
    return all;
}

create_companies with_key(create_companies command, idempotency_key key) {
    command.idempotency = std::move(key);
    return command;
}

std::vector<std::string> numbered(int count) {
    std::vector<std::string> all;
    for (int i = 1; i <= count; ++i) all.push_back(fmt::format("Client {}", i));
    return all;
}

task<> count_round_trips(tenants& t, int companies) {
    const auto ex = co_await net::this_coro::executor;
    const auto proxy = std::make_shared<test::counting_proxy>(ex, t.db.api_url());
    net::co_spawn(ex, test::counting_proxy::serve(proxy), net::detached);
    pg::pool through{ex, {.connection = {proxy->url()}, .size = 1}};
    const auto warm_up = span_of(creation(t, t.second, names("Warm-up")));
    auto warm = co_await test::insert_companies(through, warm_up, soon());
    BOOST_TEST_REQUIRE(warm.has_value());

    proxy->forget();
    const auto commands =
        span_of(with_key(creation(t, t.first, numbered(companies)), once("once")));
    auto verdicts = co_await test::insert_companies(through, commands, soon());
    BOOST_TEST_REQUIRE(verdicts.has_value());
    BOOST_TEST((verdicts->front().what == kind::done));
    BOOST_TEST(proxy->seen().trips == 1);
    BOOST_TEST(proxy->seen().syncs == 1);
    BOOST_TEST(proxy->seen().readies == 1);

    const auto n = std::to_string(companies);
    for (const auto* table : {"company", "api_key"}) BOOST_TEST(rows_in(t, table, t.first) == n);
    BOOST_TEST(rows_in(t, "job", t.first) == std::to_string(2 * companies));
    BOOST_TEST(rows_in(t, "idempotency_record", t.first) == "1");
    BOOST_TEST(rows_in(t, "audit_event", t.first) == std::to_string(1 + companies));
    BOOST_TEST(transactions_behind(t, t.first) == "1");
    through.stop();
}

task<> create_one_in_one_trip(tenants& t) {
    co_await count_round_trips(t, 1);
}
task<> create_ten_in_one_trip(tenants& t) {
    co_await count_round_trips(t, 10);
}

/// The same in two transactions and more trips: what the counting would show if it were so.
task<> count_a_lesser_way(tenants& t) {
    const auto ex = co_await net::this_coro::executor;
    const auto proxy = std::make_shared<test::counting_proxy>(ex, t.db.api_url());
    net::co_spawn(ex, test::counting_proxy::serve(proxy), net::detached);
    pg::pool through{ex, {.connection = {proxy->url()}, .size = 1}};
    co_await test::run(t, span_of(with_key(creation(t, t.first, names("A")), once("k"))));
    proxy->forget();
    for (const auto* name : {"B", "C"}) {
        const auto commands = span_of(creation(t, t.first, names(name)));
        auto verdicts = co_await test::insert_companies(through, commands, soon());
        BOOST_TEST(verdicts.has_value());
    }
    BOOST_TEST(proxy->seen().trips >= 2);
    BOOST_TEST(proxy->seen().syncs >= 2);
    BOOST_TEST(proxy->seen().readies >= 2);
    BOOST_TEST(transactions_behind(t, t.first) == "3");
    through.stop();
}

task<> judge_each_apart(tenants& t) {
    co_await run(t, span_of(creation(t, t.first, names("Taken")),
                            with_key(creation(t, t.first, names("Before")), once("used", "one")),
                            with_key(creation(t, t.second, names("Before")), once("used", "two"))));
    const auto before = rows_of(t, t.first) + rows_of(t, t.second);

    auto busy = co_await t.api.acquire(soon());
    const auto held =
        fmt::format("SELECT pg_try_advisory_lock(hashtextextended('{} POST /companies busy', 0))",
                    t.first.agency);
    const pg::statement hold{"", held.c_str()};
    auto locked = co_await (**busy).run(hold, pg::params(), soon());
    BOOST_TEST_REQUIRE(locked.value()[0].get<bool>(0));

    const auto verdicts = co_await run(
        t,
        span_of(with_key(creation(t, t.first, names("New", "Newer")), once("fresh")),    // done
                with_key(creation(t, t.first, names("X", " tAKEN ")), once("refused")),  // refused
                with_key(creation(t, t.first, names("Y")), once("used", "one")),         // replayed
                with_key(creation(t, t.second, names("Y")), once("used", "one")),        // mismatch
                with_key(creation(t, t.first, names("Z")), once("busy")),  // in progress
                creation(t, t.second, names("Taken"))));                   // done
    const std::vector<kind> expected{kind::done,     kind::refused,     kind::replayed,
                                     kind::mismatch, kind::in_progress, kind::done};
    BOOST_TEST((kinds(verdicts) == expected));
    BOOST_TEST(verdicts[1].subject == "tAKEN");
    BOOST_TEST(verdicts[2].replay.body == "made");
    BOOST_TEST(verdicts[2].replay.status == 201);

    // Two companies and one, each with its key, two jobs and event, and the one record.
    const auto after = rows_of(t, t.first) + rows_of(t, t.second);
    BOOST_TEST(after - before == 3 * 5 + 1);
    for (const auto* name : {"X", "Y", "Z"})
        BOOST_TEST(t.db.execute(fmt::format(
                       "SELECT count(*) FROM tenantry.company WHERE name = '{}'", name)) == "0");
}

task<> replay_to_the_letter(tenants& t) {
    auto first = with_key(creation(t, t.first, names("Acme")), once("k"));
    first.response = {.status = 202,
                      .location = "/there",
                      .body = std::string{"\0\xff", 2},
                      .keyring_version = 3};
    co_await run(t, span_of(first));
    const auto again =
        co_await run(t, span_of(with_key(creation(t, t.first, names("Acme")), once("k"))));
    BOOST_TEST((again[0].what == kind::replayed));
    BOOST_TEST(again[0].replay.status == 202);
    BOOST_TEST(again[0].replay.location.value() == "/there");
    BOOST_TEST(again[0].replay.body == (std::string{"\0\xff", 2}));
    BOOST_TEST(again[0].replay.keyring_version.value() == 3);
    BOOST_TEST(rows_in(t, "company", t.first) == "1");
}

task<> keep_keys_apart(tenants& t) {
    auto elsewhere = once("k", "another request");
    elsewhere.endpoint = "POST /elsewhere";
    const auto verdicts =
        co_await run(t, span_of(with_key(creation(t, t.first, names("A")), once("k")),
                                with_key(creation(t, t.second, names("A")), once("k", "other")),
                                with_key(creation(t, t.first, names("B")), elsewhere)));
    BOOST_TEST((kinds(verdicts) == std::vector<kind>(3, kind::done)));
}

task<> forget_an_expired_key(tenants& t) {
    co_await run(t, span_of(with_key(creation(t, t.first, names("A")), once("k", "one"))));
    const auto commands = [&](const char* name, command_times times) {
        auto command = with_key(creation(t, t.first, names(name)), once("k", "two"));
        command.times = times;
        return span_of(std::move(command));
    };
    const command_times just_before{at_noon.record_expires - 1us, at_noon.record_expires + 24h};
    const command_times just_then{at_noon.record_expires, at_noon.record_expires + 24h};
    const auto early = commands("B", just_before), late = commands("C", just_then),
               repeated = commands("D", just_then);
    auto refused = co_await test::insert_companies(t.api, early, soon());
    BOOST_TEST((refused.value()[0].what == kind::mismatch));
    auto done = co_await test::insert_companies(t.api, late, soon());
    BOOST_TEST((done.value()[0].what == kind::done));
    auto replayed = co_await test::insert_companies(t.api, repeated, soon());
    BOOST_TEST((replayed.value()[0].what == kind::replayed));
    BOOST_TEST(rows_in(t, "idempotency_record", t.first) == "1");
}

task<> store_no_refusal(tenants& t) {
    co_await test::create(t, t.first, names("Taken"));
    const auto refused =
        co_await run(t, span_of(with_key(creation(t, t.first, names("Taken")), once("k", "one"))));
    BOOST_TEST((refused[0].what == kind::refused));
    const auto done =
        co_await run(t, span_of(with_key(creation(t, t.first, names("Free")), once("k", "two"))));
    BOOST_TEST((done[0].what == kind::done));
}

/// Has inserted the company Acme.
task<test::open_transaction> rival_of(tenants& t) {
    return test::open_transaction::of(
        t.owner, fmt::format("INSERT INTO tenantry.company (agency_id, company_id, name, name_key,"
                             " owner_id, created_at, updated_at)"
                             " VALUES ({}, 900, 'Acme', 'acme', {}, now(), now())",
                             t.first.agency, t.first.owner));
}

/// Creates companies, of which one is named as the rival's.
class contender {
public:
    static task<std::unique_ptr<contender>> of(tenants& t, std::vector<create_companies> commands) {
        auto made = std::make_unique<contender>();
        made->commands = std::move(commands);
        net::co_spawn(co_await net::this_coro::executor,
                      test::insert_companies(t.api, made->commands, soon()),
                      [self = made.get()](std::exception_ptr, auto verdicts) {
                          self->ended = std::move(verdicts);
                      });
        co_await test::until([&] {
            return t.db.execute(
                       "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype ="
                       " 'transactionid'") != "0";
        });
        co_return made;
    }
    task<> end() {
        co_await test::until([this] { return ended.has_value(); });
    }

    std::vector<create_companies> commands;
    std::optional<pg::result<std::vector<verdict>>> ended;
};

task<> lose_the_race(tenants& t) {
    auto first = co_await rival_of(t);
    const auto second =
        co_await contender::of(t, span_of(creation(t, t.first, names("Zebra", "ACME"))));
    co_await first.commit();
    co_await second->end();
    const auto& lost = *second->ended;
    BOOST_TEST_REQUIRE(lost.has_error());
    BOOST_TEST(lost_a_race(lost.error()));
    BOOST_TEST((to_error(lost.error()).code == errc::name_taken));
    BOOST_TEST(rows_in(t, "company", t.first) == "1");
    BOOST_TEST(rows_in(t, "job", t.first) == "0");

    const auto again = co_await run(t, second->commands);
    BOOST_TEST((again[0].what == kind::refused));
    BOOST_TEST(again[0].subject == "ACME");
}

// A change of a company has its new name before it counts; in the other order the two would wait
// for each other.
task<> count_after_the_names(tenants& t) {
    co_await test::create(t, t.first, names("Earlier"));
    auto first = co_await rival_of(t);
    const auto second = co_await contender::of(t, span_of(creation(t, t.first, names("Acme"))));
    BOOST_TEST(t.db.execute("SELECT count(*) FROM (SELECT FROM tenantry.company_count"
                            " FOR UPDATE SKIP LOCKED) AS free") == "1");
    co_await first.commit();
    co_await second->end();
    BOOST_TEST(second->ended->has_error());
}

task<> leave_one_batch_of_jobs(tenants& t) {
    co_await test::create(t, t.first, names("Acme"));
    BOOST_TEST(t.db.execute("SELECT string_agg(concat_ws(' ', kind, queue, steps_total, priority,"
                            " run_at BETWEEN now() - interval '1 min' AND now()), ', ' ORDER BY "
                            "job_id) FROM tenantry.job") ==
               "provisioning provisioning 4 1 t, billing billing 2 1 t");
    BOOST_TEST(t.db.execute("SELECT count(DISTINCT batch_id) || ' ' || min(batch_id) - min(job_id)"
                            " || ' ' || max(batch_last_id) - max(job_id) || ' '"
                            " || count(batch_last_id) FROM tenantry.job") == "1 0 0 1");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(create_companies_test)

BOOST_AUTO_TEST_CASE(one_company_is_one_round_trip_and_one_commit) {
    test::with_tenants(create_one_in_one_trip);
}
BOOST_AUTO_TEST_CASE(ten_companies_are_one_round_trip_and_one_commit) {
    test::with_tenants(create_ten_in_one_trip);
}
BOOST_AUTO_TEST_CASE(the_counting_would_notice_two_round_trips_and_two_commits) {
    test::with_tenants(count_a_lesser_way);
}
BOOST_AUTO_TEST_CASE(each_command_of_a_statement_gets_its_own_verdict) {
    test::with_tenants(judge_each_apart);
}
BOOST_AUTO_TEST_CASE(a_replay_is_the_first_response_to_the_letter) {
    test::with_tenants(replay_to_the_letter);
}
BOOST_AUTO_TEST_CASE(an_idempotency_key_is_its_agencys_and_its_endpoints) {
    test::with_tenants(keep_keys_apart);
}
BOOST_AUTO_TEST_CASE(an_idempotency_record_is_forgotten_when_it_expires_and_not_before) {
    test::with_tenants(forget_an_expired_key);
}
BOOST_AUTO_TEST_CASE(a_refusal_leaves_its_idempotency_key_unused) {
    test::with_tenants(store_no_refusal);
}
BOOST_AUTO_TEST_CASE(the_loser_of_a_race_for_a_name_leaves_nothing_and_is_refused_the_next_time) {
    test::with_tenants(lose_the_race);
}
BOOST_AUTO_TEST_CASE(what_waits_for_a_name_holds_no_count) {
    test::with_tenants(count_after_the_names);
}
BOOST_AUTO_TEST_CASE(new_jobs_are_due_at_once_and_one_batch) {
    test::with_tenants(leave_one_batch_of_jobs);
}

BOOST_AUTO_TEST_SUITE_END()
