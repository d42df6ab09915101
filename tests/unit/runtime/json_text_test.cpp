// JSON as it is given back to whoever gave it.
#include "common/runtime/json_text.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

using tenantry::to_json_text;

namespace {

std::string again(std::string_view text) {
    return to_json_text(boost::json::parse({text.data(), text.size()}));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_text_test)

BOOST_AUTO_TEST_CASE(numbers_stay_as_people_write_them) {
    for (const auto* text : {"0", "-7", "18446744073709551615", "0.1", "-2.5", "1e+300", "1e-07"})
        BOOST_TEST(again(text) == text);
    BOOST_TEST(again("1.0") == "1");
    BOOST_TEST(again("1e5") == "100000");
}

BOOST_AUTO_TEST_CASE(white_space_goes_and_everything_else_stays_in_its_order) {
    BOOST_TEST(again(R"( { "b" : [ 1 , null, true ,{} ,[] ] , "a\n" : "\u0001\"é" } )") ==
               R"({"b":[1,null,true,{},[]],"a\n":"\u0001\"é"})");
}

BOOST_AUTO_TEST_SUITE_END()
