// Reads that are in flight together: one query for all, and to each its own answer.
#include <boost/test/unit_test.hpp>

#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using namespace tenantry::store;
using test::names;
using test::soon;
using test::tenants;

namespace {

using doubling = shared_read<int, int>;

int queries = 0, asked_for = 0;

/// Twice what is wanted; knows no 13.
task<result<std::vector<int>>> twice(pg::pool&, std::vector<int> wanted, deadline) {
    ++queries;
    asked_for += static_cast<int>(wanted.size());
    co_await net::post(use_task);
    for (auto& each : wanted) {
        if (each == 13) throw std::logic_error{"13"};
        each *= 2;
    }
    co_return wanted;
}

std::string text_of(int n) {
    return std::to_string(n);
}
std::string text_of(const std::optional<domain::company>& found) {
    return found.value().name;
}
std::string text_of(const versioned_page& found) {
    std::string all;
    for (const auto& company : found.page->content) all += company.name + ";";
    return all;
}

template<class Read, class Wanted>
task<std::string> ask_one(Read& reads, Wanted wanted) {
    std::string told = "thrown";
    try {
        auto found = co_await reads.run(wanted, soon());
        told = text_of(found.value());
    } catch (const std::logic_error&) {
    }
    co_return told;
}

/// Each is wanted before the first is answered.
template<class Read, class Wanted>
task<std::vector<std::string>> ask(Read& reads, std::vector<Wanted> wanted) {
    const auto here = co_await net::this_coro::executor;
    std::vector<std::string> answers(wanted.size());
    std::size_t left = wanted.size();
    steady_timer ended{here, steady_timer::time_point::max()};
    for (std::size_t i = 0; i < wanted.size(); ++i)
        net::co_spawn(here, ask_one(reads, wanted[i]),
                      [&, i](std::exception_ptr, std::string told) {
                          answers[i] = std::move(told);
                          if (--left == 0) ended.cancel();
                      });
    while (left > 0) co_await ended.async_wait(use_task);
    co_return answers;
}

task<> answer_each_its_own(tenants& t) {
    queries = asked_for = 0;
    doubling reads{t.api, twice};
    std::vector<int> wanted(1, 1);
    wanted.insert(wanted.end(), {2, 3, 2});
    const auto answers = co_await ask(reads, wanted);
    BOOST_TEST(answers == names("2", "4", "6", "4"), boost::test_tools::per_element());
    BOOST_TEST(queries == 1);
    BOOST_TEST(asked_for == 3);  // 2 once
}

task<> ask_for_no_more_than_fits(tenants& t) {
    queries = 0;
    constexpr std::size_t together = 2;
    doubling reads{t.api, twice, together};
    std::vector<int> wanted(1, 1);
    wanted.insert(wanted.end(), {2, 3, 4, 5});
    const auto answers = co_await ask(reads, wanted);
    BOOST_TEST(answers == names("2", "4", "6", "8", "10"), boost::test_tools::per_element());
    BOOST_TEST(queries == 3);
}

/// Answers once it is told to.
steady_timer* held = nullptr;
task<result<std::vector<int>>> answer_later(pg::pool&, std::vector<int> wanted, deadline) {
    co_await held->async_wait(use_task);
    co_return wanted;
}

task<std::string> ask_until(doubling& reads, deadline until) {
    auto found = co_await reads.run(1, until);
    co_return found ? "answered" : "too late";
}

task<> keep_each_ones_deadline(tenants& t) {
    const auto here = co_await net::this_coro::executor;
    steady_timer door{here, steady_timer::time_point::max()};
    held = &door;
    doubling reads{t.api, answer_later};
    std::vector<std::string> order;
    const auto told = [&order](std::exception_ptr, std::string how) { order.push_back(how); };
    net::co_spawn(here, ask_until(reads, soon()), told);
    net::co_spawn(here, ask_until(reads, deadline_in(std::chrono::milliseconds{20})), told);
    co_await test::until([&order] { return order.size() == 1; });
    BOOST_TEST(order.front() == "too late");
    door.cancel();
    co_await test::until([&order] { return order.size() == 2; });
    BOOST_TEST(order.back() == "answered");
}

task<> throw_to_whom_it_concerns(tenants& t) {
    doubling reads{t.api, twice};
    std::vector<int> wanted(1, 1);
    wanted.insert(wanted.end(), {13, 3, 4, 5});
    const auto answers = co_await ask(reads, wanted);
    BOOST_TEST(answers == names("2", "thrown", "6", "8", "10"), boost::test_tools::per_element());
}

/// A row that no surface wrote is its own reader's trouble.
task<> find_beside_a_broken_one(tenants& t) {
    const auto ids = co_await test::create(t, t.first, names("Broken", "Sound"));
    t.db.execute("UPDATE tenantry.company SET profile = '[]' WHERE name = 'Broken'");
    test::own_reads own{t.api};
    auto& reads = own.companies;
    std::vector<wanted_company> wanted;
    for (const auto id : ids) wanted.push_back({t.first.agency, id});
    const auto seen = co_await ask(reads.each, wanted);
    BOOST_TEST(seen == names("thrown", "Sound"), boost::test_tools::per_element());
}

task<> list_beside_others(tenants& t) {
    co_await test::create(t, t.first, names("A", "B", "C"));
    co_await test::create(t, t.second, names("D"));
    const auto before = t.api.counts().open;
    test::own_reads own{t.api};
    auto& reads = own.companies;
    std::vector<wanted_companies> wanted;
    for (int i = 0; i < 3; ++i) {
        wanted.push_back({t.first.agency, {}, domain::window::page(1)});
        wanted.push_back({t.first.agency, {}, domain::window::page(2, 2)});
        wanted.push_back({t.first.agency, {.active = false}, domain::window::page(1)});
        wanted.push_back({t.second.agency, {}, domain::window::page(1)});
    }
    const auto seen = co_await ask(reads.pages, wanted);
    for (std::size_t i = 0; i < seen.size(); i += 4) {
        BOOST_TEST(seen[i] == "A;B;C;");
        BOOST_TEST(seen[i + 1] == "C;");
        BOOST_TEST(seen[i + 2] == "");
        BOOST_TEST(seen[i + 3] == "D;");
    }
    BOOST_TEST(t.api.counts().open == before);  // one round trip after the other
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shared_read_test)

BOOST_AUTO_TEST_CASE(what_is_asked_together_is_one_query_and_each_has_its_answer) {
    test::with_tenants(answer_each_its_own);
}
BOOST_AUTO_TEST_CASE(a_query_asks_for_no_more_than_it_may) {
    test::with_tenants(ask_for_no_more_than_fits);
}
BOOST_AUTO_TEST_CASE(pages_that_are_read_together_are_each_agencys_own) {
    test::with_tenants(list_beside_others);
}
BOOST_AUTO_TEST_CASE(nobody_waits_beyond_the_own_deadline) {
    test::with_tenants(keep_each_ones_deadline);
}
BOOST_AUTO_TEST_CASE(what_the_query_throws_is_thrown_to_those_whom_it_concerns) {
    test::with_tenants(throw_to_whom_it_concerns);
}
BOOST_AUTO_TEST_CASE(a_company_that_cannot_be_read_spoils_no_other) {
    test::with_tenants(find_beside_a_broken_one);
}

BOOST_AUTO_TEST_SUITE_END()
