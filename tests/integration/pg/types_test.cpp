#include <boost/test/unit_test.hpp>

#include <cmath>

#include "common/pg/connection.hpp"
#include "tests/integration/pg/session.hpp"

using namespace tenantry;
using namespace tenantry::pg;
using namespace std::chrono_literals;

namespace {

/// Expects the server to send back for `SELECT $1` what went there.
template<class T>
task<> comes_back(connection& c, T value) {
    static constexpr statement sql{"", "SELECT $1"};
    auto answer = co_await c.run(sql, params{value}, deadline_in(test::patience));
    const auto returned = answer.value()[0].template get<T>(0);
    BOOST_TEST((returned == value));
}

/// Expects the server's own text for the argument, which proves that it understood it.
template<class T>
task<> reads_as(connection& c, T value, std::string expected) {
    static constexpr statement sql{"", "SELECT $1::text"};
    auto answer = co_await c.run(sql, params{value}, deadline_in(test::patience));
    BOOST_TEST(answer.value()[0].template get<std::string>(0) == expected);
}

task<> echo_scalars(connection& c, const test::database&) {
    co_await comes_back(c, true);
    co_await comes_back(c, false);
    co_await comes_back(c, std::numeric_limits<std::int32_t>::min());
    co_await comes_back(c, std::numeric_limits<std::int64_t>::max());
    co_await comes_back(c, -0.5);
    co_await reads_as(c, std::nan(""), "NaN");
    co_await comes_back(c, std::string(""));
    co_await comes_back(c, std::string("Grüße, 世界"));
    const std::vector<std::byte> binary{std::byte{0}, std::byte{1}, std::byte{255}};
    co_await comes_back(c, binary);
    co_await reads_as(c, json_text("[1]"), "[1]");
}

task<> echo_timestamps(connection& c, const test::database&) {
    const timestamp moment(1'700'000'000'123'456us);
    co_await comes_back(c, moment);
    co_await comes_back(c, timestamp(-1us));
    co_await comes_back(c, timestamp::max());
    co_await reads_as(c, moment, "2023-11-14 22:13:20.123456+00");
    co_await reads_as(c, timestamp::max(), "infinity");
    co_await reads_as(c, timestamp::min(), "-infinity");
}

task<> echo_nulls(connection& c, const test::database&) {
    co_await comes_back(c, std::optional<bool>());
    co_await comes_back(c, std::optional<std::int32_t>());
    co_await comes_back(c, std::optional<std::int64_t>(5));
    co_await comes_back(c, std::optional<double>());
    co_await comes_back(c, std::optional<std::string>());
    co_await comes_back(c, std::optional<std::string>(""));
    co_await comes_back(c, std::optional<timestamp>());
    co_await comes_back(c, std::optional<std::vector<std::byte>>());
    co_await comes_back(c, std::optional<std::vector<std::int64_t>>());
}

template<class T>
task<> echo_array(connection& c, std::vector<T> elements) {
    co_await comes_back(c, elements);
    co_await comes_back(c, std::vector<T>());
    std::vector<std::optional<T>> with_null(elements.begin(), elements.end());
    with_null.insert(with_null.begin() + 1, std::nullopt);
    co_await comes_back(c, with_null);
}

task<> echo_arrays(connection& c, const test::database&) {
    const std::vector<std::int32_t> small{1, -2, 3};
    co_await echo_array(c, small);
    const std::vector<std::int64_t> big{1, INT64_MIN};
    co_await echo_array(c, big);
    const std::vector<double> real{0.25, -1e300};
    co_await echo_array(c, real);
    const std::vector<std::string> texts{"a", "", "with \"quotes\", {braces}"};
    co_await echo_array(c, texts);
    const std::vector<timestamp> moments{timestamp{1s}, timestamp{2s}};
    co_await echo_array(c, moments);
    const std::vector<std::vector<std::byte>> binaries{{std::byte{7}}, {}};
    co_await echo_array(c, binaries);
    const std::array flags{true, false};
    co_await reads_as(c, flags, "{t,f}");
    const std::vector<std::string_view> names{"a", "b"};
    co_await reads_as(c, names, "{a,b}");
}

task<> read_text_of_every_type(connection& c, const test::database&) {
    static constexpr statement sql{
        "", R"(SELECT 'a'::varchar, 'b'::char(2), 'c'::name, '{"k": 1}'::json, '{"k": 1}'::jsonb,
                      'e', 'on'::mood, 3::int2)"};
    auto answer = co_await c.run(sql, params{}, deadline_in(test::patience));
    const auto [varchar, bpchar, name, json, jsonb, unknown, mood, small] =
        answer.value()[0]
            .as<std::string, std::string, std::string_view, std::string, std::string, std::string,
                std::string_view, std::int16_t>();
    BOOST_TEST(varchar == "a");
    BOOST_TEST(bpchar == "b ");
    BOOST_TEST(name == "c");
    BOOST_TEST(json == R"({"k": 1})");
    BOOST_TEST(jsonb == R"({"k": 1})");
    BOOST_TEST(unknown == "e");
    BOOST_TEST(mood == "on");
    BOOST_TEST(small == 3);
}

task<> refuse_mismatches(connection& c, const test::database&) {
    static constexpr statement sql{"", "SELECT 1::int8, NULL::int8, 'x', ARRAY[1,NULL]::int8[]"};
    auto answer = co_await c.run(sql, params{}, deadline_in(test::patience));
    const auto row = answer.value()[0];
    BOOST_CHECK_THROW(row.get<std::int32_t>(0), std::logic_error);
    BOOST_CHECK_THROW(row.get<std::string>(0), std::logic_error);
    BOOST_CHECK_THROW(row.get<bool>(0), std::logic_error);
    BOOST_CHECK_THROW(row.get<std::int64_t>(1), std::logic_error);
    BOOST_CHECK_THROW(row.get<bytes>(2), std::logic_error);
    BOOST_CHECK_THROW(row.get<std::vector<std::int64_t>>(3), std::logic_error);
    BOOST_CHECK_THROW(row.get<std::vector<std::int64_t>>(1), std::logic_error);
    BOOST_CHECK_THROW(row.get<std::int64_t>(4), std::logic_error);
    BOOST_CHECK_THROW(row.get<std::int64_t>(-1), std::logic_error);
    BOOST_CHECK_THROW(row.as<std::int64_t>(), std::logic_error);
    BOOST_CHECK_THROW(answer.value()[1], std::logic_error);
    BOOST_TEST(row.is_null(1));
}

task<> echo_a_megabyte(connection& c, const test::database&) {
    std::string text(1 << 20, 'x');
    text[12345] = 'y';
    co_await comes_back(c, text);
    const std::vector<std::string> texts{text, "", text};
    co_await comes_back(c, texts);
}

task<> read_rows_in_order(connection& c, const test::database&) {
    static constexpr statement sql{"", "SELECT i, i::text FROM generate_series(1, 3) AS i"};
    auto answer = co_await c.run(sql, params{}, deadline_in(test::patience));
    std::int32_t expected = 0;
    for (const auto row : answer.value()) {
        std::int32_t number = 0;
        std::string text;
        row.read(number, text);
        BOOST_TEST(number == ++expected);
        BOOST_TEST(text == std::to_string(expected));
    }
    BOOST_TEST(expected == 3);
    BOOST_TEST(answer->size() == 3u);
    BOOST_TEST(answer->affected() == 3u);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(types_test)

BOOST_AUTO_TEST_CASE(scalars_come_back_as_they_went) {
    test::with_session(echo_scalars);
}
BOOST_AUTO_TEST_CASE(timestamps_come_back_as_they_went) {
    test::with_session(echo_timestamps);
}
BOOST_AUTO_TEST_CASE(nulls_come_back_as_nulls) {
    test::with_session(echo_nulls);
}
BOOST_AUTO_TEST_CASE(arrays_come_back_empty_full_and_with_nulls) {
    test::with_session(echo_arrays);
}
BOOST_AUTO_TEST_CASE(text_is_read_from_every_type_that_holds_it) {
    test::with_session(read_text_of_every_type, "CREATE TYPE mood AS ENUM ('on', 'off')");
}
BOOST_AUTO_TEST_CASE(another_type_than_the_columns_is_a_bug) {
    test::with_session(refuse_mismatches);
}
BOOST_AUTO_TEST_CASE(a_megabyte_of_text_comes_back_whole) {
    test::with_session(echo_a_megabyte);
}
BOOST_AUTO_TEST_CASE(rows_are_read_in_order) {
    test::with_session(read_rows_in_order);
}

BOOST_AUTO_TEST_SUITE_END()
