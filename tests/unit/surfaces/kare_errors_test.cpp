// Contract 3: the words of every error.
#include <boost/test/unit_test.hpp>

#include "api/surfaces/kare/encode.hpp"
#include "api/surfaces/kare/kare.hpp"

using namespace tenantry;
using surfaces::kare::describe;

namespace {

unsigned status_of(errc code) {
    return describe({.code = code, .subject = "x"}).status;
}

std::string message_of(error e) {
    return describe(e).detail;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kare_errors_test)

BOOST_AUTO_TEST_CASE(who_is_not_known_is_unauthorized) {
    for (const auto code : {errc::missing_key, errc::malformed_key, errc::unknown_key,
                            errc::revoked_key, errc::missing_session, errc::invalid_session})
        BOOST_TEST(status_of(code) == 401u);
    for (const auto code : {errc::insufficient_scope, errc::company_inactive})
        BOOST_TEST(status_of(code) == 403u);
    for (const auto code : {errc::not_found, errc::route_not_found})
        BOOST_TEST(status_of(code) == 404u);
    BOOST_TEST(status_of(errc::name_taken) == 409u);
    BOOST_TEST(status_of(errc::idempotency_mismatch) == 422u);
    BOOST_TEST(status_of(errc::idempotency_in_progress) == 409u);
}

BOOST_AUTO_TEST_CASE(a_wrong_value_is_named_by_its_place) {
    BOOST_TEST(message_of({.code = errc::invalid_value,
                           .subject = "email",
                           .fields = {{"/3/email", "must be an e-mail address"}}}) ==
               "/3/email must be an e-mail address.");
    BOOST_TEST(message_of({.code = errc::invalid_value,
                           .subject = "contacts",
                           .fields = {{"", "must be an array"}}}) == "The body must be an array.");
    BOOST_TEST(message_of({.code = errc::invalid_value, .subject = "label"}) ==
               "The value of label is invalid.");
}

BOOST_AUTO_TEST_CASE(the_body_has_the_three_members_in_their_order) {
    const error e{.code = errc::not_found};
    BOOST_TEST(surfaces::kare::encode_error(describe(e), e, timestamp{}) ==
               R"({"statusCode":404,"error":"Not Found","message":"There is no such resource."})");
}

BOOST_AUTO_TEST_SUITE_END()
