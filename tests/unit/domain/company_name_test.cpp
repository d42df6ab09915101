#include "common/domain/company_name.hpp"

#include <rapidcheck.h>
#include <boost/locale.hpp>
#include <boost/test/unit_test.hpp>

#include "common/domain/text.hpp"

using namespace tenantry;
using namespace tenantry::domain;

namespace {

std::string text_of(std::string_view as_given) {
    const auto name = company_name::parse(as_given);
    return name ? name->text() : "refused";
}

std::string key_of(std::string_view as_given) {
    const auto name = company_name::parse(as_given);
    return name ? name->key() : "refused";
}

bool refused(std::string_view as_given, errc code) {
    const auto name = company_name::parse(as_given);
    return !name && name.error().code == code;
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    while (times-- > 0) all += text;
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(company_name_test)

BOOST_AUTO_TEST_CASE(a_name_keeps_the_clients_case_and_inner_space) {
    BOOST_TEST(text_of("My  first Client") == "My  first Client");
}

BOOST_AUTO_TEST_CASE(white_space_of_any_script_is_trimmed) {
    BOOST_TEST(text_of("\t Acme \r\n") == "Acme");
    BOOST_TEST(text_of("\u00a0\u2003\u3000Acme\u0085\u2028") == "Acme");
}

BOOST_AUTO_TEST_CASE(a_name_without_anything_to_see_is_blank) {
    for (const auto* blank : {"", " ", "\t\n", "\u00a0\u3000", "\u200b", "\ufeff \u2060", "\u3164"})
        BOOST_TEST(refused(blank, errc::blank_name), "not blank: '" << blank << "'");
}

BOOST_AUTO_TEST_CASE(control_characters_are_refused) {
    using namespace std::string_view_literals;
    for (const auto bad : {"a\0b"sv, "a\nb"sv, "a\x1b[31m"sv, "a\x7f"sv, "a\u0080z"sv, "a\u009fz"sv,
                           "a\u2028z"sv, "a\u2029z"sv, "\0"sv})
        BOOST_TEST(refused(bad, errc::invalid_name));
}

BOOST_AUTO_TEST_CASE(an_api_key_is_no_name) {
    BOOST_TEST(refused("Acme ixk_1JqgUz9suw3h0RIuTQ32afI5sZwxKDc1", errc::invalid_name));
    BOOST_TEST(text_of("ixk_ Industries") == "ixk_ Industries");
}

BOOST_AUTO_TEST_CASE(characters_that_reorder_text_are_refused_and_direction_marks_are_not) {
    for (const auto* bad : {"a\u202eb", "a\u202ab", "a\u2066b", "a\u2069b"})
        BOOST_TEST(refused(bad, errc::invalid_name));
    BOOST_TEST(text_of("\u05d0\u200f!") == "\u05d0\u200f!");
    BOOST_TEST(text_of("\U0001F468\u200d\U0001F469") == "\U0001F468\u200d\U0001F469");
}

BOOST_AUTO_TEST_CASE(malformed_utf8_is_refused_without_an_echo) {
    for (const auto* bad :
         {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"}) {
        BOOST_TEST(refused(bad, errc::invalid_name));
        BOOST_TEST(company_name::parse(bad).error().subject.empty());
    }
}

BOOST_AUTO_TEST_CASE(the_limit_counts_code_points_after_normalization) {
    BOOST_TEST(text_of(std::string(max_company_name, 'x')).size() == max_company_name);
    BOOST_TEST(refused(std::string(max_company_name + 1, 'x'), errc::name_too_long));
    BOOST_TEST(text_of(repeated("e\u0301", 255)) == repeated("\u00e9", 255));
    BOOST_TEST(refused(repeated("e\u0301", 256), errc::name_too_long));
    BOOST_TEST(text_of("  " + repeated("\U0001F600", 255) + "  ") == repeated("\U0001F600", 255));
}

BOOST_AUTO_TEST_CASE(both_normal_forms_are_one_name) {
    BOOST_TEST(text_of("Cafe\u0301") == "Caf\u00e9");
    BOOST_TEST(key_of("CAFE\u0301") == key_of("caf\u00e9"));
}

BOOST_AUTO_TEST_CASE(the_key_uses_full_case_folding) {
    BOOST_TEST(key_of("ACME") == "acme");
    BOOST_TEST(key_of("Stra\u00dfe") == key_of("STRASSE"));
    BOOST_TEST(key_of("\u1e9e") == "ss");
    BOOST_TEST(key_of("\u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3") ==
               key_of("\u03bf\u03b4\u03c5\u03c3\u03c3\u03b5\u03c5\u03c2"));
    BOOST_TEST(key_of("\ufb01n") == key_of("FIN"));
    BOOST_TEST(key_of("\u0130stanbul") != key_of("Istanbul"));
    BOOST_TEST(key_of("Acme Inc") != key_of("Acme  Inc"));
}

BOOST_AUTO_TEST_CASE(an_iota_below_a_letter_folds_the_same_wherever_it_was_typed) {
    BOOST_TEST(key_of("\u03b1\u0345\u0301") == key_of("\u03b1\u0301\u0345"));
    BOOST_TEST(key_of("\u0391\u0345\u0301") == key_of("\u1fb4"));
    BOOST_TEST(key_of("\u1fb3\u0323") == key_of("\u0391\u0323\u0399"));
}

BOOST_AUTO_TEST_CASE(a_long_refused_name_is_cut_in_the_error) {
    const auto name = company_name::parse(repeated("\u00e9", 1000));
    BOOST_TEST(name.error().subject == repeated("\u00e9", max_excerpt) + "…");
}

BOOST_AUTO_TEST_CASE(property_the_ascii_shortcut_agrees_with_unicode) {
    const auto held = rc::check([] {
        const auto text = *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '\x7f'));
        const auto name = company_name::parse(text);
        // An accent far behind keeps the same text off the shortcut.
        const auto longer = company_name::parse(text + "x\u00e9");
        RC_ASSERT(bool(name) == (text.find_first_not_of(' ') != text.npos));
        if (!name) return;
        const auto lead = text.find_first_not_of(' ');
        const auto tail = text.find_last_not_of(' ') + 1;
        RC_ASSERT(longer->key() == name->key() + longer->key().substr(tail - lead));
        RC_ASSERT(longer->text() == name->text() + longer->text().substr(tail - lead));
    });
    BOOST_TEST(held);
}

BOOST_AUTO_TEST_CASE(property_a_name_parsed_again_is_itself) {
    const auto held = rc::check([] {
        std::string text;
        const auto points = *rc::gen::container<std::vector<std::uint32_t>>(
            rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(0x20, 0x250),
                           rc::gen::inRange<std::uint32_t>(0x300, 0x590),
                           rc::gen::inRange<std::uint32_t>(0x1e00, 0x2070),
                           rc::gen::inRange<std::uint32_t>(0xac00, 0xd7a4)));
        for (const auto point : points)
            boost::locale::utf::utf_traits<char>::encode(point, std::back_inserter(text));
        const auto name = company_name::parse(text);
        if (!name) return;
        RC_ASSERT(company_name::parse(name->text()).value() == *name);
        RC_ASSERT(caseless_key(name->key()) == name->key());
    });
    BOOST_TEST(held);
}

BOOST_AUTO_TEST_SUITE_END()
