// JSON as it is given back to whoever gave it.
#include "common/runtime/json_text.hpp"

#include <boost/test/unit_test.hpp>

using tenantry::member_text;

BOOST_AUTO_TEST_SUITE(json_text_test)

BOOST_AUTO_TEST_CASE(a_member_stays_as_it_was_written_but_for_white_space) {
    const auto fields = [](const std::string& value) {
        return member_text(R"( { "a" : "}{\\\"" , "\u0066" : )" + value + R"( , "z":[ {} ] } )",
                           "f")
            .value_or("none");
    };
    for (const auto* value : {"1.7976931348623157e308", "123456789012345678901234567890", "-0.10",
                              "1E5", "true", "null", R"("a b\"")", R"("\\")", R"("\u00e9,}]")",
                              "{}", "[]", R"({"b":[1,{"x":"] }"}],"a":2})"})
        BOOST_TEST(fields(value) == value);
    BOOST_TEST(fields("{ \"b\" :\n[ 1 , \" \" ]\t}") == R"({"b":[1," "]})");
    BOOST_TEST(member_text(R"({"z":1,"f":7})", "f").value() == "7");
    for (const auto* without : {"{}", R"({"g":{"f":1}})", R"({"F":1})"})
        BOOST_TEST(!member_text(without, "f").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
