// What decoders of several surfaces read alike.
#include "api/surfaces/body_reader.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

using namespace tenantry;
using surfaces::whole_number;

namespace {

std::optional<std::int64_t> read(const char* text) {
    return whole_number(boost::json::parse(text));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(body_reader_test)

BOOST_AUTO_TEST_CASE(a_whole_number_is_one_however_it_is_written) {
    for (const auto* two : {"2", "2.0", "2e0", "0.2e1"})
        BOOST_TEST(read(two).value_or(0) == 2, two);
    BOOST_TEST(read("-0.0").value_or(1) == 0);
    BOOST_TEST(read("9223372036854775807").value() == INT64_MAX);
    BOOST_TEST(read("9007199254740992.0").value() == 9007199254740992);
}

BOOST_AUTO_TEST_CASE(no_other_value_is_one) {
    for (const auto* other : {"2.5", "1e300", "-1e300", "9007199254740994.0", "9223372036854775808",
                              "\"2\"", "true", "null", "[]", "{}"})
        BOOST_TEST(!read(other).has_value(), other);
}

BOOST_AUTO_TEST_SUITE_END()
