#include "api/http/cors.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenantry::http;

namespace {

const cors_policy off{};
const cors_policy any{{"*"}};
const cors_policy two{{"https://a.example", "https://b.example"}};

std::string value(const header_lines& headers, std::string_view name) {
    return std::string{headers.find(name).value_or("-")};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cors_test)

BOOST_AUTO_TEST_CASE(an_origin_is_allowed_by_this_table) {
    const struct {
        const cors_policy& policy;
        const char* origin;
        const char* allowed;
        const char* vary;
    } table[] = {
        {off, "https://a.example", "-", "-"},
        {any, "https://x.example", "*", "Origin"},
        {any, "", "-", "Origin"},
        {two, "https://a.example", "https://a.example", "Origin"},
        {two, "https://b.example", "https://b.example", "Origin"},
        {two, "https://c.example", "-", "Origin"},
        {two, "http://a.example", "-", "Origin"},
        {two, "https://a.example.evil", "-", "Origin"},
        {two, "null", "-", "Origin"},
        {two, "*", "-", "Origin"},
        {two, "", "-", "Origin"},
    };
    for (const auto& row : table) {
        BOOST_TEST_CONTEXT(row.origin) {
            const auto headers = cors_headers(row.policy, row.origin);
            BOOST_TEST(value(headers, "Access-Control-Allow-Origin") == row.allowed);
            BOOST_TEST(value(headers, "Vary") == row.vary);
            // Every response gets those, also the one to a preflight.
            const auto flight = preflight(row.policy, row.origin, "GET, OPTIONS");
            BOOST_TEST(value(flight.headers, "Access-Control-Allow-Origin") == "-");
            BOOST_TEST(value(flight.headers, "Vary") == "-");
            BOOST_TEST(value(flight.headers, "Access-Control-Allow-Methods").empty() ==
                       std::string_view{row.allowed}.empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_page_may_read_the_headers_that_it_needs) {
    BOOST_TEST(value(cors_headers(any, "https://x"), "Access-Control-Expose-Headers") ==
               "X-Request-Id, Idempotent-Replayed, RateLimit, RateLimit-Policy, "
               "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, "
               "Location, X-Job-Batch");
}

BOOST_AUTO_TEST_CASE(an_allowed_preflight_says_what_the_page_may_send) {
    const auto flight = preflight(two, "https://a.example", "GET, HEAD, OPTIONS");
    BOOST_TEST(flight.status == 204u);
    BOOST_TEST(value(flight.headers, "Allow") == "GET, HEAD, OPTIONS");
    BOOST_TEST(value(flight.headers, "Access-Control-Allow-Methods") == "GET, HEAD, OPTIONS");
    BOOST_TEST(value(flight.headers, "Access-Control-Allow-Headers") ==
               "Authorization, Content-Type, Idempotency-Key, X-Api-Key, X-Company-Id, "
               "X-Request-Id, X-Session-Token");
    BOOST_TEST(value(flight.headers, "Access-Control-Max-Age") == "600");
}

BOOST_AUTO_TEST_CASE(a_refused_preflight_allows_nothing) {
    const auto refused = preflight(two, "https://c.example", "GET");
    BOOST_TEST(refused.headers.text() == "\r\nAllow: GET");
}

BOOST_AUTO_TEST_CASE(a_preflight_is_an_options_with_both_headers) {
    const header origin{"Origin", "https://a.example"};
    const header method{"Access-Control-Request-Method", "POST"};
    request r;
    make_request(r, verb::options, "/", {origin, method});
    BOOST_TEST(is_preflight(r));
    make_request(r, verb::options, "/", {origin});
    BOOST_TEST(!is_preflight(r));
    make_request(r, verb::options, "/", {method});
    BOOST_TEST(!is_preflight(r));
    make_request(r, verb::get, "/", {origin, method});
    BOOST_TEST(!is_preflight(r));
}

BOOST_AUTO_TEST_SUITE_END()
