// What all surfaces share: ids in paths, stored responses.
#include "api/surfaces/surface.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenantry;
using namespace tenantry::surfaces;

namespace {

std::string id_of(std::string_view parameter) {
    http::request r;
    const std::string path = "/" + std::string{parameter};
    http::make_request(r, http::verb::get, path);
    const std::string_view matched[] = {r.path().substr(1)};
    r.set_path_parameters(matched);
    const auto id = path_id<domain::company_id>(r, 0);
    if (id) return std::to_string(id->value());
    return id.error().code == errc::not_found ? "not found" : "another error";
}

http::response sent(service::answer answer) {
    return to_response(std::move(answer)).value();
}

std::string headers_of(const http::response& r) {
    return std::string{r.headers.text()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(surface_test)

BOOST_AUTO_TEST_CASE(an_id_in_a_path_is_a_positive_integer_or_names_nothing) {
    BOOST_TEST(id_of("1") == "1");
    BOOST_TEST(id_of("9223372036854775807") == "9223372036854775807");
    for (const auto* text : {"", "0", "-1", "+1", "01", "1a", "a", "1.0", "%201",
                             "9223372036854775808", "99999999999999999999"})
        BOOST_TEST(id_of(text) == "not found", text);
}

BOOST_AUTO_TEST_CASE(a_parameter_that_the_route_has_not_names_nothing) {
    http::request r;
    http::make_request(r, http::verb::get, "/");
    BOOST_TEST((path_id<domain::job_id>(r, 0).error().code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_stored_response_is_sent_as_it_was_stored) {
    const auto plain = sent({{.status = 202, .body = "{}"}});
    BOOST_TEST(plain.status == 202u);
    BOOST_TEST(plain.body == "{}");
    BOOST_TEST(plain.content_type == "application/json");
    BOOST_TEST(headers_of(plain) == "");
    const auto placed = sent({{.status = 201, .location = "/there", .body = "{}"}});
    BOOST_TEST(headers_of(placed) == "\r\nLocation: /there");
    BOOST_TEST(sent({{.status = 204}}).content_type == "");
}

BOOST_AUTO_TEST_CASE(what_went_wrong_instead_stays_an_error) {
    BOOST_TEST((surfaces::to_response(error{errc::name_taken}).error().code == errc::name_taken));
    BOOST_TEST((surfaces::only(error{errc::blank_name}).error().code == errc::blank_name));
}

BOOST_AUTO_TEST_CASE(a_replay_says_so) {
    const auto r = sent({{.status = 201, .location = "/there", .body = "{}"}, true});
    BOOST_TEST(headers_of(r) == "\r\nLocation: /there\r\nIdempotent-Replayed: true");
}

BOOST_AUTO_TEST_SUITE_END()
