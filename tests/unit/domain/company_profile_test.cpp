// What passes for a domain and for an e-mail address, at the edges.
#include "common/domain/company_profile.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

using namespace tenantry;
using namespace tenantry::domain;

namespace {

std::string host(std::string_view as_given) {
    return host_name(as_given).value_or("refused");
}

std::string email(std::string_view as_given) {
    return email_address(as_given).value_or("refused");
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    while (times-- > 0) all += text;
    return all;
}

std::string where(const std::vector<std::string_view>& domains) {
    const auto parsed = parse_domains(domains);
    if (parsed) return "none";
    std::string all;
    for (const auto& field : parsed.error().fields) all += field.pointer + ' ';
    return all;
}

const std::string a_key = "ixk_" + repeated("a", 43);

}  // namespace

BOOST_AUTO_TEST_SUITE(company_profile_test)

BOOST_AUTO_TEST_CASE(a_host_name_is_trimmed_and_in_lower_case) {
    BOOST_TEST(host(" Example.COM ") == "example.com");
    BOOST_TEST(host("xn--bcher-kva.example") == "xn--bcher-kva.example");
    BOOST_TEST(host("example_string") == "example_string");
    BOOST_TEST(host("localhost") == "localhost");
}

BOOST_AUTO_TEST_CASE(what_is_no_host_name_is_refused) {
    for (const std::string text :
         {"", " ", ".", "a.", ".a", "a..b", "-a.example", "a-.example", "a b.example", "a/b",
          "http://a.example", "a.example:80", "b\u00fccher.example", "user@a.example", "a\xff"})
        BOOST_TEST(host(text) == "refused", text);
    BOOST_TEST(host(a_key) == "refused");
}

BOOST_AUTO_TEST_CASE(a_label_has_63_letters_and_a_host_name_253_bytes_at_most) {
    const auto label = repeated("a", 63);
    BOOST_TEST(host(label + ".example") == label + ".example");
    BOOST_TEST(host(label + "a.example") == "refused");
    const auto longest = label + '.' + label + '.' + label + '.' + repeated("b", 61);
    BOOST_TEST(longest.size() == max_host_name);
    BOOST_TEST(host(longest) == longest);
    BOOST_TEST(host(longest + "b") == "refused");
}

BOOST_AUTO_TEST_CASE(an_email_address_keeps_its_case) {
    BOOST_TEST(email(" John.Doe+x@Example.COM ") == "John.Doe+x@Example.COM");
    BOOST_TEST(email("j\u00f6rg@example.com") == "j\u00f6rg@example.com");
}

BOOST_AUTO_TEST_CASE(what_is_no_email_address_is_refused) {
    for (const std::string text :
         {"", "a", "@example.com", "a@", "a@b", "a@@b.example", "a@b@c.example", "a b@c.example",
          ".a@b.example", "a.@b.example", "a..b@c.example", "<a@b.example>", "a@-b.example",
          "a@b.example\n"})
        BOOST_TEST(email(text) == (text == "a@b.example\n" ? "a@b.example" : "refused"), text);
    BOOST_TEST(email(a_key + "@b.example") == "refused");
}

BOOST_AUTO_TEST_CASE(an_email_address_has_254_bytes_and_64_before_its_at_sign) {
    const auto label = repeated("a", 63);
    const auto host = label + '.' + label + '.' + repeated("b", 61);
    const auto longest = repeated("c", 64) + '@' + host;
    BOOST_TEST(longest.size() == max_email_address);
    BOOST_TEST(email(longest) == longest);
    BOOST_TEST(email(longest + "b") == "refused");
    BOOST_TEST(email(repeated("c", 65) + "@b.example") == "refused");
}

BOOST_AUTO_TEST_CASE(the_domains_of_a_company_are_named_once_each) {
    const std::vector<std::string_view> given{"B.example", "a.example"};
    const std::vector<std::string> expected{"b.example", "a.example"};
    BOOST_TEST(parse_domains(given).value() == expected, boost::test_tools::per_element());
    BOOST_TEST(where({"a.example", "no domain", "A.example", "b.example", ""}) ==
               "/domains/1 /domains/2 /domains/4 ");
    BOOST_TEST(where({}) == "none");
}

BOOST_AUTO_TEST_CASE(a_company_has_50_domains_at_most) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i <= max_domains; ++i) names.push_back(fmt::format("d{}.example", i));
    std::vector<std::string_view> given{names.begin(), names.end()};
    BOOST_TEST(where(given) == "/domains ");
    given.pop_back();
    BOOST_TEST(where(given) == "none");
}

BOOST_AUTO_TEST_CASE(a_profile_without_a_member_is_empty) {
    BOOST_TEST(company_profile{}.empty());
    BOOST_TEST(!company_profile{.custom_fields = "{}"}.empty());
    BOOST_TEST(!company_profile{.phones = {"1"}}.empty());
    BOOST_TEST(company_profile_change{}.empty());
    BOOST_TEST(!company_profile_change{.description = std::optional<std::string>{}}.empty());
}

BOOST_AUTO_TEST_SUITE_END()
