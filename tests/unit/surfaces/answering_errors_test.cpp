// Contract 1: the words of every error.
#include <boost/test/unit_test.hpp>

#include <map>

#include "api/guard/idempotency.hpp"
#include "api/surfaces/answering/answering.hpp"
#include "common/domain/company_name.hpp"

using namespace tenantry;
using surfaces::answering::describe;

namespace {

const std::map<unsigned, std::string_view> titles{{400, "Bad Request"},
                                                  {401, "Unauthorized"},
                                                  {403, "Forbidden"},
                                                  {404, "Not Found"},
                                                  {405, "Method Not Allowed"},
                                                  {408, "Request Timeout"},
                                                  {409, "Conflict"},
                                                  {411, "Length Required"},
                                                  {413, "Payload Too Large"},
                                                  {415, "Unsupported Media Type"},
                                                  {422, "Unprocessable Entity"},
                                                  {429, "Too Many Requests"},
                                                  {431, "Request Header Fields Too Large"},
                                                  {500, "Internal Server Error"},
                                                  {503, "Service Unavailable"}};

}  // namespace

BOOST_AUTO_TEST_SUITE(answering_errors_test)

BOOST_AUTO_TEST_CASE(every_error_has_its_status_its_title_and_a_sentence) {
    for (int code = 0; code <= static_cast<int>(errc::internal); ++code) {
        const auto r =
            describe({.code = static_cast<errc>(code), .subject = "x", .cause = "a secret cause"});
        BOOST_TEST_CONTEXT("errc " << code) {
            BOOST_TEST_REQUIRE(titles.contains(r.status));
            BOOST_TEST(r.title == titles.at(r.status));
            BOOST_TEST(r.detail.size() > 5u);
            BOOST_TEST(r.detail.find("secret") == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_contracts_statuses_are_kept) {
    const std::pair<errc, unsigned> contract[] = {
        {errc::invalid_value, 422},        {errc::blank_name, 422},
        {errc::name_taken, 422},           {errc::last_owner, 422},
        {errc::external_id_taken, 422},    {errc::missing_key, 401},
        {errc::unknown_key, 401},          {errc::revoked_key, 401},
        {errc::malformed_key, 401},        {errc::not_found, 404},
        {errc::insufficient_scope, 403},   {errc::company_inactive, 403},
        {errc::idempotency_mismatch, 422}, {errc::idempotency_in_progress, 409}};
    for (const auto& [code, status] : contract)
        BOOST_TEST(describe({.code = code}).status == status, static_cast<int>(code));
}

BOOST_AUTO_TEST_CASE(our_own_limits_are_the_ones_in_the_words) {
    const auto says = [](errc code, std::size_t limit) {
        return describe({.code = code}).detail.find(std::to_string(limit)) != std::string::npos;
    };
    BOOST_TEST(says(errc::name_too_long, domain::max_company_name));
    BOOST_TEST(says(errc::invalid_idempotency_key, guard::max_idempotency_key));
}

BOOST_AUTO_TEST_SUITE_END()
