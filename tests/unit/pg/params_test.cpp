#include "common/pg/params.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

#include "common/pg/wire.hpp"

using namespace std::literals;
using tenantry::timestamp;
using tenantry::pg::params;
namespace oid = tenantry::pg::oid;

namespace {

void expect(const params& p, std::size_t i, unsigned type, std::string_view encoded) {
    BOOST_TEST(p.type_of(i) == type);
    BOOST_TEST(!p.is_null(i));
    BOOST_TEST((p.encoded(i) == encoded));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(params_test)

BOOST_AUTO_TEST_CASE(numbers_are_big_endian_and_keep_their_width) {
    const params p{true, std::int32_t{-2}, std::int64_t{258}, 1.0};
    BOOST_TEST(p.size() == 4u);
    expect(p, 0, oid::boolean, "\x01"sv);
    expect(p, 1, oid::int4, "\xff\xff\xff\xfe"sv);
    expect(p, 2, oid::int8, "\0\0\0\0\0\0\x01\x02"sv);
    expect(p, 3, oid::float8, "\x3f\xf0\0\0\0\0\0\0"sv);
}

BOOST_AUTO_TEST_CASE(every_kind_of_string_is_text) {
    const std::string s = "b\0c"s;
    const params p{"a", s, "view"sv};
    expect(p, 0, oid::text, "a"sv);
    expect(p, 1, oid::text, "b\0c"sv);
    expect(p, 2, oid::text, "view"sv);
}

BOOST_AUTO_TEST_CASE(runs_of_bytes_are_bytea) {
    const std::array<std::byte, 2> digest{std::byte{0}, std::byte{255}};
    const params p{digest, tenantry::pg::bytea{"\x01\x02"sv}, std::vector<std::byte>{}};
    expect(p, 0, oid::bytea, "\0\xff"sv);
    expect(p, 1, oid::bytea, "\x01\x02"sv);
    expect(p, 2, oid::bytea, ""sv);
}

BOOST_AUTO_TEST_CASE(json_goes_as_the_text_that_it_is) {
    expect(params{tenantry::pg::json_text{"{}"}}, 0, oid::json, "{}"sv);
}

BOOST_AUTO_TEST_CASE(timestamps_count_microseconds_from_the_year_2000) {
    const timestamp y2k = tenantry::pg::wire::epoch;
    const params p{y2k, y2k + std::chrono::microseconds{1}, timestamp::max(), timestamp::min()};
    expect(p, 0, oid::timestamptz, "\0\0\0\0\0\0\0\0"sv);
    expect(p, 1, oid::timestamptz, "\0\0\0\0\0\0\0\x01"sv);
    expect(p, 2, oid::timestamptz, "\x7f\xff\xff\xff\xff\xff\xff\xff"sv);
    expect(p, 3, oid::timestamptz, "\x80\0\0\0\0\0\0\0"sv);
}

BOOST_AUTO_TEST_CASE(an_empty_optional_is_a_null_of_its_type) {
    const params p{std::optional<std::int64_t>{}, std::optional<std::string>{"x"}, std::nullopt,
                   std::optional<std::vector<std::int64_t>>{}};
    BOOST_TEST(p.is_null(0));
    BOOST_TEST(p.type_of(0) == oid::int8);
    expect(p, 1, oid::text, "x"sv);
    BOOST_TEST(p.is_null(2));
    BOOST_TEST(p.type_of(2) == oid::unspecified);
    BOOST_TEST(p.is_null(3));
    BOOST_TEST(p.type_of(3) == oid::int8_array);
}

BOOST_AUTO_TEST_CASE(an_array_has_one_dimension_counted_from_one) {
    const std::array<std::int32_t, 2> numbers{7, 8};
    expect(params{std::span{numbers}}, 0, oid::int4_array,
           "\0\0\0\x01\0\0\0\0\0\0\0\x17\0\0\0\x02\0\0\0\x01"
           "\0\0\0\x04\0\0\0\x07\0\0\0\x04\0\0\0\x08"sv);
}

BOOST_AUTO_TEST_CASE(an_empty_array_has_no_dimension) {
    expect(params{std::vector<std::string>{}}, 0, oid::text_array, "\0\0\0\0\0\0\0\0\0\0\0\x19"sv);
}

BOOST_AUTO_TEST_CASE(an_array_of_optionals_has_null_elements) {
    const std::vector<std::optional<std::string_view>> names{"a", std::nullopt};
    expect(params{names}, 0, oid::text_array,
           "\0\0\0\x01\0\0\0\x01\0\0\0\x19\0\0\0\x02\0\0\0\x01"
           "\0\0\0\x01"
           "a\xff\xff\xff\xff"sv);
}

BOOST_AUTO_TEST_CASE(arguments_keep_apart_in_the_one_buffer) {
    params p;
    for (std::int32_t i = 0; i < 100; ++i) p.add(std::to_string(i));
    for (std::size_t i = 0; i < 100; ++i) BOOST_TEST((p.encoded(i) == std::to_string(i)));
}

BOOST_AUTO_TEST_CASE(a_copy_of_arguments_is_no_argument) {
    const params p{std::int64_t{1}, "x"};
    const params copy{p};
    BOOST_TEST(copy.size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
