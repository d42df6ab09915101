// Hints reach the streams of the queues, one for what comes within a moment.
#include "api/service/job_pusher.hpp"

#include <boost/test/unit_test.hpp>

#include "common/jobs/envelope.hpp"
#include "tests/integration/redis/session.hpp"

using namespace tenantry;
using test::redis_server;
using test::say;
using test::with_redis;

namespace {

constexpr domain::agency_id ours{7}, theirs{8};

std::vector<store::new_job> jobs_of_a_company() {
    return {{domain::job_id{1}, jobs::provisioning, domain::company_id{1}},
            {domain::job_id{2}, jobs::billing, domain::company_id{1}}};
}

task<std::int64_t> hints(redis::connection& c, std::string_view queue) {
    auto length = co_await say(c, "XLEN " + jobs::stream_of(queue));
    co_return length.value().integer;
}

/// As soon as there are others than so many, or at last.
task<std::int64_t> hints_after(redis::connection& c, std::int64_t so_many) {
    constexpr int tries = 10'000;
    auto there = so_many;
    for (int i = 0; there == so_many && i < tries; ++i)
        there = co_await hints(c, jobs::provisioning_queue);
    co_return there;
}

task<> join_hints(redis::connection& c, redis_server&) {
    service::job_pusher pusher{co_await net::this_coro::executor, c};
    const auto jobs = jobs_of_a_company();
    for (const auto agency : std::vector{ours, ours, theirs, ours}) pusher.push(agency, jobs);
    const auto joined = co_await hints_after(c, 0);
    BOOST_TEST(joined == 1);
    const auto entry = co_await say(c, "XRANGE " + jobs::stream_of(jobs::billing_queue) + " - +");
    const auto& fields = entry.value().elements.at(0).elements.at(1).elements;
    BOOST_TEST(fields.at(0).text == jobs::agency_field);
    BOOST_TEST(fields.at(1).text == "7,8");
    pusher.push(ours, jobs);
    const auto one_more = co_await hints_after(c, joined);
    BOOST_TEST(one_more == 2);
}

task<> divide_what_is_too_much(redis::connection& c, redis_server&) {
    service::job_pusher pusher{co_await net::this_coro::executor, c};
    const auto jobs = jobs_of_a_company();
    for (std::size_t i = 1; i <= jobs::agencies_an_entry + 1; ++i)
        pusher.push(domain::agency_id{static_cast<std::int64_t>(i)}, jobs);
    pusher.flush();
    BOOST_TEST(co_await hints(c, jobs::billing_queue) == 2);
}

task<> send_at_once_when_told_to(redis::connection& c, redis_server&) {
    service::job_pusher pusher{co_await net::this_coro::executor, c};
    const auto jobs = jobs_of_a_company();
    pusher.push(ours, jobs);
    pusher.flush();
    const auto sent = co_await hints(c, jobs::billing_queue);
    BOOST_TEST(sent == 1);
    pusher.flush();
    pusher.push(theirs, jobs);
    pusher.flush();
    const auto again = co_await hints(c, jobs::billing_queue);
    BOOST_TEST(again == 2);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(job_pusher_test)

BOOST_AUTO_TEST_CASE(hints_that_come_within_a_moment_are_one) {
    with_redis(join_hints);
}
BOOST_AUTO_TEST_CASE(a_hint_names_no_more_agencies_than_its_reader_takes) {
    with_redis(divide_what_is_too_much);
}
BOOST_AUTO_TEST_CASE(hints_go_at_once_before_the_connection_ends) {
    with_redis(send_at_once_when_told_to);
}

BOOST_AUTO_TEST_SUITE_END()
