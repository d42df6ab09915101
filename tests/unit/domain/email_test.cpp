// E-mail addresses, held against contract 3's pattern as the library reads it.
#include "common/domain/email.hpp"

#include <rapidcheck.h>

#include <boost/test/unit_test.hpp>
#include <regex>
#include <string>
#include <vector>

using tenantry::domain::is_email;

namespace {

/// As it stands on the page.
bool is_of_the_pattern(const std::string& text) {
    static const std::regex pattern{
        R"(^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$)"};
    return std::regex_search(text, pattern);
}

/// Pieces that the pattern tells apart.
rc::Gen<std::string> nearly_an_email() {
    auto piece = rc::gen::element<std::string>("a", "Z", "9", ".", "-", "_", "+", "'", "@", "@b.",
                                               "co", "x@y.zz", " ", "..", "\u00e9");
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                        [](const std::vector<std::string>& pieces) {
                            std::string text;
                            for (const auto& each : pieces) text += each;
                            return text;
                        });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(email_test)

BOOST_AUTO_TEST_CASE(addresses_of_the_pattern_are_addresses) {
    for (const auto* text :
         {"example@email.com", "a@b.co", "_@b.co", "+@b.co", "-@b.co", "o'brien@b.co",
          "first.last+tag@mail-2.example.co", "'a@b.co", "a@1.2.co", "a@b-.co", "A9_@Z.ZZ"}) {
        BOOST_TEST(is_of_the_pattern(text), text);
        BOOST_TEST(is_email(text), text);
    }
}

BOOST_AUTO_TEST_CASE(what_the_pattern_refuses_is_none) {
    for (const auto* text : {"",           "@",           "a",        "a@",          "@b.co",
                             "a@b",        "a@b.c",       "a@b.c1",   "a@.co",       "a@b..co",
                             "a..b@c.co",  ".a@b.co",     "a.@b.co",  "a'@b.co",     "a@-b.co",
                             "a@b_c.co",   "a@b.co.",     "a@@b.co",  "a@b@c.co",    " a@b.co",
                             "a@b.co ",    "a@b.co\n",    "a b@c.co", "\u00e9@b.co", "a@\u00e9.co",
                             "\"a\"@b.co", "a@[1.2.3.4]", "a@b.c-o"}) {
        BOOST_TEST(!is_of_the_pattern(text), text);
        BOOST_TEST(!is_email(text), text);
    }
}

BOOST_AUTO_TEST_CASE(any_text_is_judged_as_the_pattern_judges_it) {
    BOOST_TEST(rc::check([] {
        const auto text = *nearly_an_email();
        RC_ASSERT(is_email(text) == is_of_the_pattern(text));
    }));
}

BOOST_AUTO_TEST_CASE(a_long_text_costs_no_more_than_its_length) {
    // A backtracking reader of the pattern would still be at it tomorrow.
    const std::size_t length = 10'000'000;
    std::string labels;
    while (labels.size() < length) labels += "a.";
    BOOST_TEST(!is_email("a@" + labels + "1"));
    BOOST_TEST(is_email("a@" + labels + "co"));
    BOOST_TEST(!is_email(std::string(length, 'a')));
    BOOST_TEST(is_email(std::string(length, 'a') + "@b.co"));
}

BOOST_AUTO_TEST_SUITE_END()
