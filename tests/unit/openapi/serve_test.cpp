#include "api/openapi/serve.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace tenantry;
using openapi::asset;

constexpr asset page{"/page", "text/html; charset=utf-8", "0123", "plain text", "packed"};
constexpr asset script{"/script", "text/javascript", "4567", "plain", "packed"};

http::response serve(const asset& what, std::initializer_list<http::header> headers) {
    http::request request;
    http::make_request(request, http::verb::get, what.path, headers);
    return openapi::serve(what, request);
}

std::string header(const http::response& response, std::string_view name) {
    return std::string{response.headers.find(name).value_or("")};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(serve_test)

BOOST_AUTO_TEST_CASE(gzip_is_for_clients_that_take_it) {
    for (const auto* accepted : {"gzip", "deflate, GZIP", "br;q=1.0, gzip;q=0.5", "gzip ; q=0.001"})
        BOOST_TEST(openapi::takes_gzip(accepted), accepted);
    for (const auto* refused :
         {"", "identity", "gzip;q=0", "gzip; q=0.000", "gzipped", "x-gzip", ","})
        BOOST_TEST(!openapi::takes_gzip(refused), refused);
    BOOST_TEST(serve(script, {}).body == "plain");
    const auto packed = serve(script, {{"Accept-Encoding", "gzip"}});
    BOOST_TEST(packed.body == "packed");
    BOOST_TEST(header(packed, "Content-Encoding") == "gzip");
    BOOST_TEST(header(packed, "Vary") == "Accept-Encoding");
}

BOOST_AUTO_TEST_CASE(a_tag_is_compared_weakly_with_each_of_a_list) {
    for (const auto* named : {"\"a\"", "W/\"a\"", "\"b\", \"a\"", "\"b\",W/\"a\" ", "*"})
        BOOST_TEST(openapi::names_tag(named, "\"a\""), named);
    for (const auto* other : {"", "\"b\"", "a", "\"a", "W/", ","})
        BOOST_TEST(!openapi::names_tag(other, "\"a\""), other);
}

BOOST_AUTO_TEST_CASE(what_the_client_has_is_not_sent_again) {
    const auto first = serve(script, {});
    BOOST_TEST(header(first, "ETag") == "\"4567\"");
    const auto again = serve(script, {{"If-None-Match", "\"4567\""}});
    BOOST_TEST(again.status == 304U);
    BOOST_TEST(again.body.empty());
    BOOST_TEST(header(again, "ETag") == "\"4567\"");
    BOOST_TEST(header(again, "Cache-Control") == header(first, "Cache-Control"));
}

BOOST_AUTO_TEST_CASE(a_packed_content_has_a_tag_of_its_own) {
    const auto with = [](const char* tag) {
        return serve(script, {{"Accept-Encoding", "gzip"}, {"If-None-Match", tag}}).status;
    };
    BOOST_TEST(with("\"4567-gzip\"") == 304U);
    BOOST_TEST(with("\"4567\"") == 200U);
}

BOOST_AUTO_TEST_CASE(a_page_may_run_nothing_but_what_this_server_has) {
    const auto policy = header(serve(page, {}), "Content-Security-Policy");
    BOOST_TEST(policy.starts_with("default-src 'none'; "));
    BOOST_TEST(policy.find("unsafe") == policy.npos);
    BOOST_TEST(header(serve(script, {}), "Content-Security-Policy") == "");
    BOOST_TEST(header(serve(script, {}), "X-Content-Type-Options") == "nosniff");
}

BOOST_AUTO_TEST_SUITE_END()
