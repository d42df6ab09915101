// Contract 0: the words of every error.
#include <boost/test/unit_test.hpp>

#include "api/surfaces/inboxops/inboxops.hpp"

using namespace tenantry;
using surfaces::inboxops::describe;

BOOST_AUTO_TEST_SUITE(inboxops_errors_test)

BOOST_AUTO_TEST_CASE(the_contracts_errors_are_told_in_its_words) {
    BOOST_TEST(describe({.code = errc::insufficient_scope}).title == "insufficient_scope");
    BOOST_TEST(describe({.code = errc::idempotency_mismatch}).title == "idempotency_conflict");
    BOOST_TEST(describe({.code = errc::idempotency_mismatch}).status == 409u);
    BOOST_TEST(describe({.code = errc::name_taken}).detail == "Resource already exists");
    BOOST_TEST(describe({.code = errc::company_held}).status == 403u);
}

BOOST_AUTO_TEST_SUITE_END()
