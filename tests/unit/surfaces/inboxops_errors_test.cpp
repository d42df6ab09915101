// Contract 0: the words of every error.
#include <boost/test/unit_test.hpp>

#include <map>
#include <set>

#include "api/surfaces/inboxops/inboxops.hpp"
#include "tests/unit/surfaces/every_errc.hpp"

using namespace tenantry;
using surfaces::inboxops::describe;

namespace {

/// Statuses with RFC 9110's reasons, or the words that the contracts README gives them.
const std::map<unsigned, std::set<std::string_view>> titles{
    {400, {"Bad Request"}},
    {401, {"Unauthorized"}},
    {403, {"Forbidden", "insufficient_scope"}},
    {404, {"Not Found"}},
    {405, {"Method Not Allowed"}},
    {408, {"Request Timeout"}},
    {409, {"Conflict", "idempotency_conflict"}},
    {411, {"Length Required"}},
    {413, {"Payload Too Large"}},
    {415, {"Unsupported Media Type"}},
    {422, {"Unprocessable Entity"}},  // of use cases that this surface has not
    {429, {"Too Many Requests"}},
    {431, {"Request Header Fields Too Large"}},
    {500, {"Internal Server Error"}},
    {503, {"Service Unavailable"}}};

}  // namespace

BOOST_AUTO_TEST_SUITE(inboxops_errors_test)

BOOST_AUTO_TEST_CASE(every_error_has_its_status_its_title_and_a_sentence) {
    for (const auto code : test::every_errc()) {
        const auto r = describe({.code = code, .subject = "x", .cause = "a secret cause"});
        BOOST_TEST_CONTEXT("errc " << static_cast<int>(code)) {
            BOOST_TEST_REQUIRE(titles.contains(r.status));
            BOOST_TEST(titles.at(r.status).contains(r.title));
            BOOST_TEST(r.detail.size() > 5u);
            BOOST_TEST(r.detail.find("secret") == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_contracts_errors_are_told_in_its_words) {
    BOOST_TEST(describe({.code = errc::insufficient_scope}).title == "insufficient_scope");
    BOOST_TEST(describe({.code = errc::idempotency_mismatch}).title == "idempotency_conflict");
    BOOST_TEST(describe({.code = errc::idempotency_mismatch}).status == 409u);
    BOOST_TEST(describe({.code = errc::name_taken}).detail == "Resource already exists");
    BOOST_TEST(describe({.code = errc::company_held}).status == 403u);
}

BOOST_AUTO_TEST_SUITE_END()
