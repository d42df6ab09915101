#include "common/redis/streams.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/integration/redis/session.hpp"

using namespace tenantry;
using namespace tenantry::redis;
using namespace std::chrono_literals;
using test::redis_server;
using test::say;
using test::with_redis;

namespace {

deadline soon() {
    return deadline_in(test::patience);
}

task<std::string> add(connection& c, std::string stream, std::string job) {
    stream_fields fields;
    fields.emplace_back("job", std::move(job));
    fields.emplace_back("agency", "9");
    auto added = co_await c.command(xadd(stream, 1000, fields), soon());
    co_return added.value().text;
}

group_read reading(std::vector<std::string> streams, int count) {
    return {"workers", "me", std::move(streams), count};
}

std::vector<std::string> list(std::string a, std::string b = "") {
    std::vector<std::string> all(1, std::move(a));
    if (!b.empty()) all.push_back(std::move(b));
    return all;
}

task<> read_what_was_added(connection& c, redis_server&) {
    (co_await ensure_group(c, "billing", "workers", soon())).value();
    (co_await ensure_group(c, "webhook", "workers", soon())).value();
    (co_await ensure_group(c, "billing", "workers", soon())).value();
    const auto first = co_await add(c, "billing", "1");
    co_await add(c, "billing", "2");
    co_await add(c, "billing", "3");
    co_await add(c, "webhook", "4");

    const auto both = list("billing", "webhook");
    auto some = co_await read_group(c, reading(both, 2), soon());
    BOOST_REQUIRE(some.value().size() == 3u);
    BOOST_TEST((*some)[0].stream == "billing");
    BOOST_TEST((*some)[0].id == first);
    const stream_fields expected{{"job", "1"}, {"agency", "9"}};
    BOOST_TEST(((*some)[0].fields == expected));
    BOOST_TEST((*some)[2].stream == "webhook");
    auto rest = co_await read_group(c, reading(both, 2), soon());
    BOOST_TEST(rest.value().size() == 1u);
    auto none = co_await read_group(c, reading(both, 2), soon());
    BOOST_TEST(none.value().empty());
}

task<> start_at_the_beginning(connection& c, redis_server&) {
    co_await add(c, "billing", "before the group");
    (co_await ensure_group(c, "billing", "workers", soon())).value();
    auto read = co_await read_group(c, reading(list("billing"), 10), soon());
    BOOST_TEST(read.value().size() == 1u);
}

task<std::vector<reply>> forget(connection& c, std::string first, std::string second) {
    auto answers = co_await c.pipeline(
        acknowledgement("billing", "workers", list(std::move(first), std::move(second))), soon());
    co_return answers.value();
}

task<> acknowledge(connection& c, redis_server&) {
    (co_await ensure_group(c, "billing", "workers", soon())).value();
    const auto first = co_await add(c, "billing", "1");
    const auto second = co_await add(c, "billing", "2");
    (co_await read_group(c, reading(list("billing"), 10), soon())).value();
    const auto acked = co_await forget(c, first, second);
    BOOST_TEST(acked.at(0).integer == 2);
    BOOST_TEST(acked.at(1).integer == 2);
    auto length = co_await say(c, "XLEN billing");
    BOOST_TEST(length.value().integer == 0);
    const auto again = co_await forget(c, first, second);
    BOOST_TEST(again.at(0).integer == 0);
}

// Redis drops whole nodes of the stream, so the limit is kept to about a hundred entries.
task<> keep_to_the_limit(connection& c, redis_server&) {
    for (int i = 0; i < 500; ++i) {
        const stream_fields fields{{"agency", std::to_string(i)}};
        (co_await c.command(xadd("billing", 50, fields), soon())).value();
    }
    auto length = co_await say(c, "XLEN billing");
    BOOST_TEST(length.value().integer >= 50);
    BOOST_TEST(length.value().integer <= 50 + 100);
}

task<> miss_the_group(connection& c, redis_server&) {
    auto read = co_await read_group(c, reading(list("billing"), 1), soon());
    BOOST_TEST(is_server_error(read.error(), "NOGROUP"));
    auto claimed = co_await auto_claim(c, "billing", "workers", "me", 0ms, "0-0", 1, soon());
    BOOST_TEST(is_server_error(claimed.error(), "NOGROUP"));
}

task<> claim_what_another_left(connection& c, redis_server&) {
    (co_await ensure_group(c, "billing", "workers", soon())).value();
    const auto first = co_await add(c, "billing", "1");
    const auto second = co_await add(c, "billing", "2");
    auto other = reading(list("billing"), 10);
    other.consumer = "other";
    (co_await read_group(c, other, soon())).value();

    auto young = co_await auto_claim(c, "billing", "workers", "me", 1h, "0-0", 10, soon());
    BOOST_TEST(young.value().entries.empty());
    BOOST_TEST(young->next == "0-0");
    auto one = co_await auto_claim(c, "billing", "workers", "me", 0ms, "0-0", 1, soon());
    BOOST_REQUIRE(one.value().entries.size() == 1u);
    BOOST_TEST(one->entries[0].id == first);
    BOOST_TEST(one->entries[0].stream == "billing");
    BOOST_TEST(one->entries[0].fields[0].second == "1");
    auto next = co_await auto_claim(c, "billing", "workers", "me", 0ms, one->next, 1, soon());
    BOOST_REQUIRE(next.value().entries.size() == 1u);
    BOOST_TEST(next->entries[0].id == second);
}

task<> wait_for_an_entry(connection& c, redis_server&) {
    (co_await ensure_group(c, "billing", "workers", soon())).value();
    auto brief = reading(list("billing"), 10);
    brief.block = 10ms;
    auto none = co_await read_group(c, brief, soon());
    BOOST_TEST(none.value().empty());
}

task<> wake_a_blocked_read(executor ex, redis_server& server) {
    connection_settings settings;
    settings.url = server.url();
    connection reader(ex, settings);
    connection writer(ex, settings);
    reader.start();
    writer.start();
    co_await test::until([&] { return reader.connected() && writer.connected(); });
    (co_await ensure_group(writer, "billing", "workers", soon())).value();
    auto patient = reading(list("billing"), 10);
    patient.block = test::patience;
    std::optional<std::vector<stream_entry>> got;
    net::co_spawn(
        ex, read_group(reader, patient, soon() + 1s),
        [&got](std::exception_ptr, result<std::vector<stream_entry>> r) { got = r.value(); });
    co_await add(writer, "billing", "1");
    co_await test::until([&got] { return got.has_value(); });
    BOOST_TEST(got->size() == 1u);
    reader.stop();
    writer.stop();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(streams_test)

BOOST_AUTO_TEST_CASE(entries_are_read_once_in_order_from_every_stream) {
    with_redis(read_what_was_added);
}
BOOST_AUTO_TEST_CASE(a_group_starts_at_the_beginning_of_its_stream) {
    with_redis(start_at_the_beginning);
}
BOOST_AUTO_TEST_CASE(an_acknowledged_entry_is_deleted) {
    with_redis(acknowledge);
}
BOOST_AUTO_TEST_CASE(a_stream_is_kept_to_its_limit) {
    with_redis(keep_to_the_limit);
}
BOOST_AUTO_TEST_CASE(a_missing_group_is_told_apart) {
    with_redis(miss_the_group);
}
BOOST_AUTO_TEST_CASE(entries_left_by_another_consumer_are_claimed) {
    with_redis(claim_what_another_left);
}
BOOST_AUTO_TEST_CASE(a_blocking_read_ends_empty_at_its_time) {
    with_redis(wait_for_an_entry);
}
BOOST_AUTO_TEST_CASE(a_blocked_read_wakes_for_an_entry) {
    redis_server server;
    test::run_on_io([&](executor ex) { return wake_a_blocked_read(ex, server); });
}

BOOST_AUTO_TEST_SUITE_END()
