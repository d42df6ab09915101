#include "api/http/request_parser.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenantry;

BOOST_AUTO_TEST_SUITE(request_parser_test)

BOOST_AUTO_TEST_CASE(a_media_type_is_taken_by_this_table) {
    const std::optional<errc> taken;
    const std::optional<errc> media{errc::unsupported_media_type};
    const std::optional<errc> encoding{errc::unknown_encoding};
    const std::pair<const char*, std::optional<errc>> table[] = {
        {"application/json", taken},
        {"Application/JSON ; charset=UTF-8", taken},
        {"application/json;charset=\"utf-8\"", taken},
        {"application/json; profile=x; charset=utf-8", taken},
        {"application/merge-patch+json", taken},
        {"application/json;", taken},
        {"application/json; charset=latin1", encoding},
        {"application/json; charset=", encoding},
        {"application/json; x=y; Charset=utf-16", encoding},
        {"", media},
        {"text/plain", media},
        {"text/json", media},
        {"application/jsonx", media},
        {"application/+json", media},
        {"application/x-www-form-urlencoded", media},
        {"multipart/form-data; boundary=application/json", media},
    };
    for (const auto& [type, expected] : table) {
        BOOST_TEST_CONTEXT(type) {
            BOOST_TEST((http::refuse_media_type(type) == expected));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
