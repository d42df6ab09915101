// Ids that threads reserve ahead, together.
#include <boost/test/unit_test.hpp>

#include <set>
#include <thread>

#include "common/store/ids.hpp"
#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using namespace tenantry::store;
using test::database;
using test::soon;

namespace {

constexpr id_demand one_company{1, 1, 2};

struct taken {
    std::vector<std::int64_t> companies, api_keys, jobs;
    bool rising = true;
};

template<class Ids>
void append(Ids& to, const Ids& more, bool& rising) {
    for (const auto id : more) {
        rising = rising && (to.empty() || to.back() < id);
        to.push_back(id);
    }
}

task<taken> take_many(executor ex, id_reserve& reserve, std::string url, int times) {
    pg::pool pool{ex, {.connection = {std::move(url)}, .size = 1}};
    taken all;
    for (int i = 0; i < times; ++i) {
        auto ids = co_await reserve.take(pool, one_company, soon());
        append(all.companies, ids.value().companies, all.rising);
        append(all.api_keys, ids.value().api_keys, all.rising);
        append(all.jobs, ids.value().jobs, all.rising);
    }
    pool.stop();
    co_return all;
}

task<> take_what_is_asked_for(executor ex, const database& db) {
    pg::pool pool{ex, {.connection = {db.api_url()}}};
    id_reserve reserve;
    auto mixed = co_await reserve.take(pool, id_demand{10, 10, 20}, soon());
    BOOST_TEST(mixed.value().companies.size() == 10u);
    BOOST_TEST(mixed.value().api_keys.size() == 10u);
    BOOST_TEST(mixed.value().jobs.size() == 20u);
    const auto companies = db.execute("SELECT last_value FROM tenantry.company_id_seq");

    auto keys_alone = co_await reserve.take(pool, id_demand{.api_keys = 10'000}, soon());
    BOOST_TEST(keys_alone.value().api_keys.size() == 10'000u);
    BOOST_TEST(keys_alone.value().companies.empty());
    BOOST_TEST(db.execute("SELECT last_value FROM tenantry.company_id_seq") == companies);
    auto nothing = co_await reserve.take(pool, id_demand(), soon());
    BOOST_TEST(nothing.has_value());
    pool.stop();
}

task<> divide_what_there_is(executor ex, const database& db) {
    pg::pool pool{ex, {.connection = {db.api_url()}}};
    id_reserve one, other;
    constexpr id_demand some{100, 100, 100, 100, 100};
    std::set<std::int64_t> companies, api_keys, jobs, users, locations;
    constexpr int times = 5;
    for (int i = 0; i < 2 * times; ++i) {
        const auto ids = co_await (i % 2 == 0 ? one : other).take(pool, some, soon());
        companies.insert(ids.value().companies.begin(), ids.value().companies.end());
        api_keys.insert(ids.value().api_keys.begin(), ids.value().api_keys.end());
        jobs.insert(ids.value().jobs.begin(), ids.value().jobs.end());
        users.insert(ids.value().users.begin(), ids.value().users.end());
        locations.insert(ids.value().locations.begin(), ids.value().locations.end());
    }
    for (const auto* kind : {&companies, &api_keys, &jobs, &users, &locations})
        BOOST_TEST(kind->size() == 100u * 2 * times);
    pool.stop();
}

task<> need_no_query_while_it_lasts(executor ex, const database& db) {
    pg::pool pool{ex, {.connection = {db.api_url()}}};
    id_reserve reserve;
    auto first = co_await reserve.take(pool, one_company, soon());
    BOOST_TEST_REQUIRE(first.has_value());
    pool.stop();  // from now on a query would fail
    auto second = co_await reserve.take(pool, one_company, soon());
    BOOST_TEST_REQUIRE(second.has_value());
    BOOST_TEST(second.value().companies[0] == first.value().companies[0] + 1);
    auto too_many = co_await reserve.take(pool, id_demand{.companies = 10'000}, soon());
    BOOST_TEST((too_many.error().code == errc::unavailable));
}

task<> be_filled_ahead(executor ex, const database& db) {
    pg::pool pool{ex, {.connection = {db.api_url()}}};
    id_reserve reserve;
    BOOST_TEST(reserve.begin_refill_when_low());
    BOOST_TEST(!reserve.begin_refill_when_low());  // somebody does
    co_await reserve.refill(pool);
    BOOST_TEST(!reserve.begin_refill_when_low());
    pool.stop();
    const auto first = co_await reserve.take(pool, one_company, soon());
    BOOST_TEST(first.has_value());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(id_reserve_test)

BOOST_AUTO_TEST_CASE(two_threads_get_unique_ids_that_rise) {
    const database db;
    id_reserve reserve;
    constexpr int times = 2000;
    std::array<taken, 2> all;
    std::vector<std::thread> threads;
    for (auto& each : all)
        threads.emplace_back([&] {
            each = test::run_on_io(
                [&](executor ex) { return take_many(ex, reserve, db.api_url(), times); });
        });
    for (auto& thread : threads) thread.join();

    std::set<std::int64_t> companies, api_keys, jobs;
    for (const auto& each : all) {
        BOOST_TEST(each.rising);
        companies.insert(each.companies.begin(), each.companies.end());
        api_keys.insert(each.api_keys.begin(), each.api_keys.end());
        jobs.insert(each.jobs.begin(), each.jobs.end());
    }
    BOOST_TEST(companies.size() == 2u * times);
    BOOST_TEST(api_keys.size() == 2u * times);
    BOOST_TEST(jobs.size() == 4u * times);
    BOOST_TEST(*companies.begin() > 0);
}

BOOST_AUTO_TEST_CASE(exactly_what_is_asked_for_is_handed_out) {
    const database db;
    test::run_on_io([&](executor ex) { return take_what_is_asked_for(ex, db); });
}

BOOST_AUTO_TEST_CASE(two_processes_get_no_id_twice) {
    const database db;
    test::run_on_io([&](executor ex) { return divide_what_there_is(ex, db); });
}

BOOST_AUTO_TEST_CASE(not_even_the_first_request_waits_for_ids) {
    const database db;
    test::run_on_io([&](executor ex) { return be_filled_ahead(ex, db); });
}

BOOST_AUTO_TEST_CASE(a_reserve_that_lasts_asks_nobody) {
    const database db;
    test::run_on_io([&](executor ex) { return need_no_query_while_it_lasts(ex, db); });
}

BOOST_AUTO_TEST_SUITE_END()
