#include "common/store/agency_turns.hpp"

#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>

#include "tests/support/servers.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;

namespace {

constexpr domain::agency_id a{1}, b{2}, c{3};
constexpr agency_turns::limits two_at_once{.running = 2, .waiting_of_one = 5};

/// Reads that begin when it is their turn, and end when they are told.
class readers {
public:
    explicit readers(executor ex) : ex_{ex} {}

    void begin(domain::agency_id agency, std::string name, deadline until = deadline_in(10s)) {
        net::co_spawn(ex_, read(agency, std::move(name), until), net::detached);
    }
    void end(const std::string& name) { running_.erase(name); }

    /// Who has begun and not ended, by name.
    task<std::string> running() {
        for (int i = 0; i < 10; ++i) co_await net::post(ex_, use_task);
        std::string all;
        for (const auto& [name, turn] : running_) all += name + " ";
        co_return all;
    }
    std::size_t waiting() const { return turns_.waiting(); }
    const std::string& too_late() const { return too_late_; }
    const std::string& too_many() const { return too_many_; }

private:
    task<> read(domain::agency_id agency, std::string name, deadline until) {
        auto turn = co_await turns_.take(agency, until);
        if (!turn) {
            (turn.error().code == errc::overloaded ? too_many_ : too_late_) += name;
            co_return;
        }
        running_.emplace(name, std::move(*turn));
    }

    executor ex_;
    agency_turns turns_{two_at_once};
    std::map<std::string, agency_turns::turn> running_{};
    std::string too_late_{}, too_many_{};
};

task<> one_of_each_agency(executor ex) {
    readers all{ex};
    for (const auto* name : {"a1", "a2", "a3"}) all.begin(a, name);
    BOOST_TEST(co_await all.running() == "a1 ");
    all.begin(b, "b1");
    BOOST_TEST(co_await all.running() == "a1 b1 ");
    all.begin(c, "c1");
    BOOST_TEST(co_await all.running() == "a1 b1 ");
    BOOST_TEST(all.waiting() == 3u);
    all.end("b1");
    BOOST_TEST(co_await all.running() == "a1 c1 ");
    for (const auto* name : {"a1", "a2", "a3", "c1"}) all.end(name);
    co_await all.running();
    for (const auto* name : {"a2", "a3"}) {
        all.end(name);
        co_await all.running();
    }
    BOOST_TEST(co_await all.running() == "");
    BOOST_TEST(all.waiting() == 0u);
}

task<> in_turns(executor ex) {
    readers all{ex};
    for (const auto* name : {"a1", "a2", "a3"}) all.begin(a, name);
    for (const auto* name : {"b1", "b2", "b3"}) all.begin(b, name);
    co_await all.running();
    all.begin(c, "c1");
    co_await all.running();
    all.end("a1");
    BOOST_TEST(co_await all.running() == "a2 b1 ");
    all.end("b1");
    BOOST_TEST(co_await all.running() == "a2 b2 ");
    all.end("a2");
    BOOST_TEST(co_await all.running() == "b2 c1 ");  // though a3 was there before it
    all.end("b2");
    BOOST_TEST(co_await all.running() == "a3 c1 ");
    all.end("a3");
    BOOST_TEST(co_await all.running() == "b3 c1 ");
}

task<> not_for_ever(executor ex) {
    readers all{ex};
    all.begin(a, "a1");
    all.begin(a, "late", deadline_in(10ms));
    all.begin(a, "a2");
    co_await all.running();
    while (all.too_late().empty()) co_await net::post(ex, use_task);
    BOOST_TEST(all.waiting() == 1u);
    all.end("a1");
    BOOST_TEST(co_await all.running() == "a2 ");
}

/// Whoever could not finish is not begun: the next one is.
task<> not_too_late(executor ex) {
    readers all{ex};
    all.begin(a, "a1");
    all.begin(a, "late", deadline_in(agency_turns::least_time / 2));
    all.begin(a, "a2");
    BOOST_TEST(co_await all.running() == "a1 ");
    all.end("a1");
    BOOST_TEST(co_await all.running() == "a2 ");
    BOOST_TEST(all.too_late() == "late");
}

task<> no_more_than_may_wait(executor ex) {
    readers all{ex};
    all.begin(a, "a");
    for (std::size_t i = 0; i < two_at_once.waiting_of_one; ++i) all.begin(a, "waits");
    BOOST_TEST(co_await all.running() == "a ");
    BOOST_TEST(all.too_many() == "");
    all.begin(a, "refused");
    all.begin(b, "b");
    BOOST_TEST(co_await all.running() == "a b ");
    BOOST_TEST(all.too_many() == "refused");
    BOOST_TEST(all.waiting() == two_at_once.waiting_of_one);
    for (std::size_t i = 0; i <= two_at_once.waiting_of_one; ++i) {
        all.end(i == 0 ? "a" : "waits");
        co_await all.running();
    }
    BOOST_TEST(all.waiting() == 0u);
}

/// As when a server's threads end while somebody waits.
void go_with_the_io_context() {
    agency_turns turns{two_at_once};
    net::io_context io{1};
    const auto read = [&turns](domain::agency_id agency) -> task<> {
        auto turn = co_await turns.take(agency, deadline_in(1h));
        co_await net::post(use_task);
        steady_timer for_ever{co_await net::this_coro::executor, deadline_in(1h)};
        co_await for_ever.async_wait(use_task);
    };
    for (const auto agency : {a, a, b, c}) net::co_spawn(io, read(agency), net::detached);
    io.poll();
    BOOST_TEST(turns.waiting() == 2u);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(agency_turns_test)

BOOST_AUTO_TEST_CASE(an_agency_reads_one_thing_at_a_time_and_all_agencies_two) {
    test::run_on_io(one_of_each_agency);
}
BOOST_AUTO_TEST_CASE(who_asks_much_waits_behind_who_asks_little) {
    test::run_on_io(in_turns);
}
BOOST_AUTO_TEST_CASE(who_is_not_served_by_the_deadline_is_told_and_keeps_no_place) {
    test::run_on_io(not_for_ever);
}

BOOST_AUTO_TEST_CASE(who_has_no_time_left_is_told_in_place_of_begun) {
    test::run_on_io(not_too_late);
}
BOOST_AUTO_TEST_CASE(an_agency_that_asks_too_much_is_told_so_and_no_other) {
    test::run_on_io(no_more_than_may_wait);
}
BOOST_AUTO_TEST_CASE(who_waits_when_the_threads_end_leaves_nothing_behind) {
    go_with_the_io_context();
}

BOOST_AUTO_TEST_SUITE_END()
