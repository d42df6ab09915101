#include "api/http/json_reader.hpp"

#include <rapidcheck.h>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

using namespace tenantry;
namespace json = boost::json;

namespace {

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

std::string nested_objects(std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += R"({"a":)";
    return text + "1" + std::string(depth, '}');
}

/// Any value of at most `depth` levels, without doubles: to read those back exactly is not
/// promised.
rc::Gen<json::value> any_value(int depth) {
    auto scalar = rc::gen::oneOf(
        rc::gen::map(rc::gen::arbitrary<std::int64_t>(), [](auto i) { return json::value(i); }),
        rc::gen::map(rc::gen::arbitrary<bool>(), [](bool b) { return json::value(b); }),
        rc::gen::map(rc::gen::string<std::string>(),
                     [](std::string s) {
                         for (char& c : s) c = static_cast<char>(c & 0x7f);
                         return json::value(s);
                     }),
        rc::gen::just(json::value(nullptr)));
    if (depth == 0) return scalar;
    auto list = rc::gen::map(rc::gen::container<std::vector<json::value>>(any_value(depth - 1)),
                             [](const std::vector<json::value>& v) {
                                 return json::value(json::array(v.begin(), v.end()));
                             });
    auto object = rc::gen::map(rc::gen::container<std::vector<json::value>>(any_value(depth - 1)),
                               [](const std::vector<json::value>& v) {
                                   json::object o;
                                   for (const auto& member : v)
                                       o.emplace("k\n" + std::to_string(o.size()), member);
                                   return json::value(std::move(o));
                               });
    return rc::gen::oneOf(scalar, list, object);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_reader_test)

BOOST_AUTO_TEST_CASE(a_valid_body_is_its_value) {
    const auto v =
        http::parse_json(R"( {"a":[1,-2,18446744073709551615,0.5,true,null,"\u00e9"]} )");
    BOOST_REQUIRE(v.has_value());
    BOOST_TEST(json::serialize(*v) ==
               "{\"a\":[1,-2,18446744073709551615,5E-1,true,null,\"\xc3\xa9\"]}");
}

BOOST_AUTO_TEST_CASE(every_malformed_body_is_refused_and_told_where) {
    const std::pair<std::string, std::string> table[] = {
        {"", "The body is empty."},
        {" ", "at byte 1: it ends too early"},
        {"{", "at byte 1: it ends too early"},
        {"[1,]", "at byte 3"},
        {"{} x", "at byte 3: something follows the JSON value"},
        {"{}{}", "at byte 2: something follows the JSON value"},
        {"nul", "it ends too early"},
        {"'a'", "at byte 0"},
        {"[1] // c", "at byte 4"},
        {"\"\xff\"", "at byte 1"},
        {"\"\xc3\"", "at byte"},
        {"\"\\ud800\"", "at byte"},
        {"\"\xed\xa0\x80\"", "at byte"},
        {"\"a\nb\"", "at byte 2"},
        {"\xef\xbb\xbf{}", "at byte 0"},
        {"[1e400]", "a number is out of range"},
        {"[-1e400]", "a number is out of range"},
        {"[1e99999999999]", "at byte"},
        {"[01]", "at byte"},
        {"[NaN]", "at byte 1"},
    };
    for (const auto& [body, words] : table) {
        BOOST_TEST_CONTEXT(body) {
            const auto v = http::parse_json(body);
            BOOST_REQUIRE(v.has_error());
            BOOST_TEST((v.error().code == errc::malformed_json));
            BOOST_TEST_INFO(v.error().subject);
            BOOST_TEST(v.error().subject.find(words) != std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(so_many_values_are_taken_and_one_more_is_refused) {
    const auto list_of = [](std::size_t values) {  // itself one of them
        std::string text = "[";
        for (std::size_t i = 2; i < values; ++i) text += "0,";
        return text + "{}]";
    };
    BOOST_TEST(http::parse_json(list_of(http::max_json_values)).has_value());
    const auto many = http::parse_json(list_of(http::max_json_values + 1));
    BOOST_TEST_REQUIRE(many.has_error());
    BOOST_TEST((many.error().code == errc::malformed_json));
    BOOST_TEST(many.error().subject.ends_with("it has more than 20000 values."),
               many.error().subject);
}

BOOST_AUTO_TEST_CASE(a_depth_of_32_is_taken_and_33_refused) {
    BOOST_TEST(http::parse_json(nested(http::max_json_depth)).has_value());
    BOOST_TEST(http::parse_json(nested_objects(http::max_json_depth)).has_value());
    const auto deep = http::parse_json(nested(http::max_json_depth + 1));
    BOOST_REQUIRE(deep.has_error());
    BOOST_TEST(deep.error().subject ==
               "The body is no valid JSON at byte 32: it is nested deeper than 32.");
    BOOST_TEST(http::parse_json(nested_objects(http::max_json_depth + 1)).has_error());
}

BOOST_AUTO_TEST_CASE(a_key_may_stand_once_in_an_object) {
    for (const char* body :
         {R"({"a":1,"a":1})", R"({"a":1,"\u0061":2})", R"({"x":{"b":1,"c":{},"b":2}})",
          R"({"":1,"":2})", R"([{"k":{"k":1}},{"k":1,"z":0,"k":2}])",
          R"({"a\u0000":1,"a\u0000":2})"}) {
        BOOST_TEST_CONTEXT(body) {
            const auto v = http::parse_json(body);
            BOOST_REQUIRE(v.has_error());
            BOOST_TEST(v.error().subject.find("stands twice") != std::string::npos);
        }
    }
    for (const char* body : {R"({"a":{"a":1}})", R"([{"a":1},{"a":1}])", R"({"a":1,"A":2})",
                             R"({"a":{"b":1},"b":2})", R"({"a\u0000":1,"a":2})"}) {
        BOOST_TEST_CONTEXT(body) {
            BOOST_TEST(http::parse_json(body).has_value());
        }
    }
}

BOOST_AUTO_TEST_CASE(reading_what_was_written_gives_the_same_value) {
    BOOST_TEST(rc::check([] {
        const auto v = *rc::gen::resize(25, any_value(3));  // fewer than there may be
        const auto read = http::parse_json(json::serialize(v));
        RC_ASSERT(read.has_value());
        RC_ASSERT(*read == v);
    }));
}

BOOST_AUTO_TEST_CASE(no_bytes_make_the_reader_fail_otherwise_than_by_an_error) {
    BOOST_TEST(rc::check([](const std::string& bytes) {
        const auto v = http::parse_json(bytes);
        RC_ASSERT(v.has_value() || v.error().code == errc::malformed_json);
    }));
}

BOOST_AUTO_TEST_SUITE_END()
