// Contract 2: the words of every error.
#include <boost/test/unit_test.hpp>

#include "api/surfaces/woodpecker/woodpecker.hpp"
#include "common/domain/company_name.hpp"

using namespace tenantry;
using surfaces::woodpecker::describe;

namespace {

struct words {
    errc code;
    std::string_view subject;
    unsigned status;
    std::string_view detail;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(woodpecker_errors_test)

BOOST_AUTO_TEST_CASE(the_texts_of_the_contract_are_kept_to_the_letter) {
    const words contract[] = {
        {errc::invalid_value, "companies", 400, "Value of companies is incorrect."},
        {errc::no_companies, "", 400, "Value of companies is incorrect."},
        {errc::blank_name, "", 400, "Requested company name must not be blank."},
        {errc::duplicate_name, "duplicated name", 400,
         "Requested company names are not unique. Found duplicate: duplicated name"},
        {errc::too_many_companies, "", 400, "You can create up to 10 companies with one request."},
        {errc::missing_key, "", 401, "Invalid api key"},
        {errc::malformed_key, "", 401, "Invalid api key"},
        {errc::unknown_key, "", 401, "Invalid api key"},
        {errc::revoked_key, "", 401, "Invalid api key"},
        {errc::not_found, "", 404, "Requested resource does not exist"},
        {errc::route_not_found, "", 404, "Requested resource does not exist"},
        {errc::name_taken, "company name", 422,
         "Company with given name already exist in agency: company name"},
        {errc::internal, "", 500, "An unexpected error has occurred. Please try again later."}};
    for (const auto& each : contract) {
        const auto r = describe({.code = each.code, .subject = std::string{each.subject}});
        BOOST_TEST(r.status == each.status);
        BOOST_TEST(r.detail == each.detail);
    }
}

BOOST_AUTO_TEST_CASE(our_own_limits_are_the_ones_in_the_words) {
    BOOST_TEST(describe({.code = errc::too_many_companies})
                   .detail.find(std::to_string(domain::max_companies_per_request)) !=
               std::string::npos);
    BOOST_TEST(describe({.code = errc::name_too_long})
                   .detail.find(std::to_string(domain::max_company_name)) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
