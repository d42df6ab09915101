// The ids that surfaces show in the place of numbers: one spelling each, and back.
#include "common/domain/public_id.hpp"

#include <rapidcheck.h>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "common/domain/page.hpp"

using namespace tenantry::domain;

namespace {

constexpr std::int64_t largest_agency = (std::int64_t{1} << 60) - 1;
constexpr std::int64_t largest_company = (std::int64_t{1} << 62) - 1;
constexpr agency_id agency{7};

}  // namespace

BOOST_AUTO_TEST_SUITE(public_id_test)

BOOST_AUTO_TEST_CASE(a_company_has_a_uuid_of_version_8) {
    BOOST_TEST(company_uuid(agency, company_id{17}) == "00000000-0000-8007-8000-000000000011");
    BOOST_TEST(company_uuid(agency_id{largest_agency}, company_id{largest_company}) ==
               "ffffffff-ffff-8fff-bfff-ffffffffffff");
    BOOST_CHECK_THROW(company_uuid(agency_id{largest_agency + 1}, company_id{1}), std::logic_error);
    BOOST_CHECK_THROW(company_uuid(agency, company_id{largest_company + 1}), std::logic_error);
    BOOST_CHECK_THROW(company_uuid(agency, company_id{0}), std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_uuid_names_the_company_again) {
    rc::check([] {
        const agency_id a{*rc::gen::inRange<std::int64_t>(1, largest_agency)};
        const company_id c{*rc::gen::inRange<std::int64_t>(1, largest_company)};
        const auto text = company_uuid(a, c);
        RC_ASSERT(company_of_uuid(a, text) == c);
        RC_ASSERT(!company_of_uuid(agency_id{a.value() + 1}, text));
        RC_ASSERT(company_of_organization_id(organization_id(c)) == c);
        RC_ASSERT(read_cursor(cursor_after(c.value())) == c.value());
    });
}

BOOST_AUTO_TEST_CASE(any_other_spelling_of_a_uuid_is_no_company) {
    for (const std::string_view text :
         {"", "17", "00000000-0000-8007-8000-00000000001", "00000000-0000-8007-8000-0000000000111",
          "00000000000080078000000000000011", "{0000000-0000-8007-8000-00000000001}",
          "00000000-0000-4007-8000-000000000011", "00000000-0000-8007-c000-000000000011",
          "00000000-0000-8007-8000-000000000000", "00000000-0000-8007-8000-00000000001g",
          "00000001-0000-8007-8000-000000000011", "00000000-0000-8007-8000_000000000011"})
        BOOST_TEST(!company_of_uuid(agency, text).has_value(), text);
    BOOST_TEST(company_of_uuid(agency, "00000000-0000-8007-8000-0000000000ab").has_value());
    BOOST_TEST(!company_of_uuid(agency, "00000000-0000-8007-8000-0000000000AB").has_value());
}

BOOST_AUTO_TEST_CASE(an_organization_is_named_by_sixteen_digits) {
    BOOST_TEST(organization_id(company_id{0x123456789abcdef}) == "org_0123456789abcdef");
    BOOST_TEST(organization_id(company_id{INT64_MAX}) == "org_7fffffffffffffff");
    for (const std::string_view text :
         {"", "org_", "17", "org_123456789abcdef", "org_00123456789abcdef", "org_0123456789ABCDEF",
          "ORG_0123456789abcdef", "org_0000000000000000", "org_8000000000000000",
          "org_ffffffffffffffff", "org_0x23456789abcdef", "org_-123456789abcdef",
          "0123456789abcdef"})
        BOOST_TEST(!company_of_organization_id(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(a_cursor_has_one_spelling) {
    for (const std::string_view text :
         {"", "i", "17", "i0000000000000000", "i00000000000000011", "i000000000000001A",
          "x0000000000000011", "i-000000000000011", "i8000000000000000"})
        BOOST_TEST(!read_cursor(text).has_value(), text);
    BOOST_TEST(read_cursor("i0000000000000011").value() == 17);
}

BOOST_AUTO_TEST_CASE(a_uuid_of_version_4_is_told_from_others) {
    for (const std::string_view text :
         {"550e8400-e29b-41d4-a716-446655440000", "550E8400-E29B-41D4-A716-446655440000",
          "00000000-0000-4000-8000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff"})
        BOOST_TEST(is_uuid_v4(text), text);
    for (const std::string_view text :
         {"", "550e8400-e29b-11d4-a716-446655440000", "550e8400-e29b-41d4-7716-446655440000",
          "550e8400-e29b-41d4-c716-446655440000", "550e8400e29b41d4a716446655440000",
          "550e8400-e29b-41d4-a716-44665544000", "550e8400-e29b-41d4-a716-44665544000g",
          "{550e8400-e29b-41d4-a716-446655440000}"})
        BOOST_TEST(!is_uuid_v4(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
