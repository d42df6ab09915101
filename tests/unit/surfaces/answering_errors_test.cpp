// Contract 1: the words of every error.
#include <boost/test/unit_test.hpp>

#include "api/guard/idempotency.hpp"
#include "api/surfaces/answering/answering.hpp"
#include "common/domain/company_name.hpp"

using namespace tenantry;
using surfaces::answering::describe;

BOOST_AUTO_TEST_SUITE(answering_errors_test)

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
