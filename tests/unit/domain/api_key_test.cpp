#include "common/domain/api_key.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenantry;
using namespace tenantry::domain;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(api_key_test)

BOOST_AUTO_TEST_CASE(a_label_is_trimmed) {
    BOOST_TEST(api_key_label::parse("  CRM sync ").value().text() == "CRM sync");
}

BOOST_AUTO_TEST_CASE(a_label_holds_a_hundred_code_points_and_no_more) {
    BOOST_TEST(api_key_label::parse(std::string(max_api_key_label, 'x')).has_value());
    BOOST_TEST(!api_key_label::parse(std::string(max_api_key_label + 1, 'x')).has_value());
}

BOOST_AUTO_TEST_CASE(a_bad_label_is_an_invalid_value_at_its_pointer) {
    for (const auto* bad : {"", "  ", "a\nb", "\xff"}) {
        const auto label = api_key_label::parse(bad);
        BOOST_REQUIRE(!label);
        BOOST_TEST((label.error().code == errc::invalid_value));
        BOOST_TEST(label.error().subject == "label");
        BOOST_TEST(label.error().fields.at(0).pointer == "/label");
    }
}

BOOST_AUTO_TEST_CASE(scopes_read_as_they_are_written) {
    for (const auto scope : {key_scope::read_only, key_scope::read_write})
        BOOST_TEST((parse_key_scope(to_string(scope)) == scope));
    BOOST_TEST(!parse_key_scope("admin"));
}

BOOST_AUTO_TEST_CASE(an_overlap_is_one_of_four) {
    BOOST_TEST((duration(parse_rotation_overlap("0").value()) == 0h));
    BOOST_TEST((duration(parse_rotation_overlap("1h").value()) == 1h));
    BOOST_TEST((duration(parse_rotation_overlap("24h").value()) == 24h));
    BOOST_TEST((duration(parse_rotation_overlap("7d").value()) == 168h));
    for (const auto* other : {"", "2h", "1d", "-1h", "07d"})
        BOOST_TEST(!parse_rotation_overlap(other));
}

BOOST_AUTO_TEST_SUITE_END()
