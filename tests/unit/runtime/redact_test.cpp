#include "common/runtime/redact.hpp"

#include <boost/test/unit_test.hpp>

#include "common/crypto/api_key_text.hpp"

using tenantry::redact_keys;
using tenantry::reveals_key;

BOOST_AUTO_TEST_SUITE(redact_test)

BOOST_AUTO_TEST_CASE(a_key_anywhere_in_a_text_is_hidden) {
    const auto key = tenantry::crypto::mint_api_key(tenantry::domain::agency_id{7});
    BOOST_TEST(redact_keys(key) == "ixk_…");
    BOOST_TEST(redact_keys("Bearer " + key + ", again " + key + ".") ==
               "Bearer ixk_…, again ixk_….");
    BOOST_TEST(redact_keys("?api_key=" + key + "&page=2") == "?api_key=ixk_…&page=2");
}

BOOST_AUTO_TEST_CASE(a_session_token_is_hidden) {
    BOOST_TEST(redact_keys("/rs?token=eyJhbGciOi.eyJpYXQi.c2-ln_8&page=2") ==
               "/rs?token=eyJ…&page=2");
    BOOST_TEST(redact_keys("?token=%65yJhbGciOi.eyJpYXQi.c2ln") == "?token=eyJ…");
}

BOOST_AUTO_TEST_CASE(a_cut_or_misspelled_key_is_hidden_too) {
    BOOST_TEST(redact_keys("ixk_1") == "ixk_…");
    BOOST_TEST(redact_keys("ixk_ixk_abc") == "ixk_…_abc");
}

BOOST_AUTO_TEST_CASE(other_text_stays_as_it_is) {
    for (const auto* text : {"", "ixk_", "ixk_ abc", "IXK_abc", "ixk", "company created"})
        BOOST_TEST(redact_keys(text) == text);
}

BOOST_AUTO_TEST_CASE(a_text_with_a_key_reveals_it_and_one_with_a_few_letters_of_one_does_not) {
    const auto key = tenantry::crypto::mint_api_key(tenantry::domain::agency_id{7});
    BOOST_TEST(reveals_key("ixk_ " + key + "!"));
    BOOST_TEST(reveals_key("ixk_0123456789abcdef"));
    for (const auto* text : {"", "ixk_", "ixk_0123456789abcde", "ixk_0123456789 abcdefghij"})
        BOOST_TEST(!reveals_key(text), text);
}

BOOST_AUTO_TEST_CASE(a_key_hides_behind_no_escape) {
    BOOST_TEST(redact_keys("/me?k=ixk%5F1zS3abc") == "/me?k=ixk_…");
    BOOST_TEST(redact_keys("/me?k=%69%78%6B_1zS3abc") == "/me?k=ixk_…");
    BOOST_TEST(redact_keys("/me?k=%2569xk_1zS3abc") == "/me?k=ixk_…");
    BOOST_TEST(redact_keys("/me?k=100%25&x=%zz") == "/me?k=100%25&x=%zz");
    std::string deep = "%69";
    for (int layer = 0; layer < 7; ++layer) deep = "%25" + deep.substr(1);
    BOOST_TEST(redact_keys("/me?k=" + deep + "xk_1zS3abc") == "…");
}

BOOST_AUTO_TEST_SUITE_END()
