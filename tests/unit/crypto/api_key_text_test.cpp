#include "common/crypto/api_key_text.hpp"

#include <rapidcheck.h>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <set>

#include "common/crypto/base62.hpp"

using namespace tenantry::crypto;
using tenantry::domain::agency_id;

namespace {

constexpr auto last_id = std::numeric_limits<std::int64_t>::max();

// A key of any parts, its checksum computed apart from the code under test, bit by bit.
std::string forged(std::string id, std::string secret) {
    const auto text = "ixk_" + id + secret;
    std::uint32_t crc = ~0U;
    for (const char c : text) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
    }
    return text + to_base62(~crc, api_key_checksum_length);
}

const std::string secret = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

}  // namespace

BOOST_AUTO_TEST_SUITE(api_key_text_test)

BOOST_AUTO_TEST_CASE(a_key_names_its_agency) {
    for (const auto id : {std::int64_t{1}, std::int64_t{61}, std::int64_t{62}, last_id}) {
        const auto parsed = parse_api_key(mint_api_key(agency_id{id}));
        BOOST_REQUIRE(parsed.has_value());
        BOOST_TEST(parsed->agency == agency_id{id});
    }
}

BOOST_AUTO_TEST_CASE(property_every_minted_key_is_read_back) {
    BOOST_TEST(rc::check([] {
        const agency_id id{*rc::gen::inRange<std::int64_t>(1, last_id)};
        RC_ASSERT(parse_api_key(mint_api_key(id)).value().agency == id);
    }));
}

BOOST_AUTO_TEST_CASE(keys_differ_and_have_the_documented_form) {
    std::set<std::string> keys;
    for (int i = 0; i < 1000; ++i) keys.insert(mint_api_key(agency_id{7}));
    BOOST_TEST(keys.size() == 1000);
    BOOST_TEST(keys.begin()->starts_with("ixk_7"));
    BOOST_TEST(keys.begin()->size() == 4 + 1 + api_key_secret_length + api_key_checksum_length);
}

BOOST_AUTO_TEST_CASE(the_format_is_the_documented_one_and_not_only_our_own_inverse) {
    BOOST_TEST(parse_api_key(forged("7", secret)).has_value());
}

BOOST_AUTO_TEST_CASE(any_changed_character_is_refused) {
    const auto key = mint_api_key(agency_id{98764});
    for (std::size_t at = 0; at < key.size(); ++at)
        for (int c = 0; c < 256; ++c) {
            auto changed = key;
            changed[at] = static_cast<char>(c);
            BOOST_TEST((changed == key || !parse_api_key(changed)), changed);
        }
}

BOOST_AUTO_TEST_CASE(any_swap_of_neighbours_is_refused) {
    for (int round = 0; round < 100; ++round) {
        const auto key = mint_api_key(agency_id{1'000'000'007});
        for (std::size_t at = 1; at < key.size(); ++at) {
            auto swapped = key;
            std::swap(swapped[at - 1], swapped[at]);
            BOOST_TEST((swapped == key || !parse_api_key(swapped)), swapped);
        }
    }
}

BOOST_AUTO_TEST_CASE(any_missing_or_added_character_is_refused) {
    const auto key = mint_api_key(agency_id{12});
    for (std::size_t at = 0; at < key.size(); ++at) {
        auto cut = key, grown = key;
        BOOST_TEST(!parse_api_key(cut.erase(at, 1)));
        BOOST_TEST(!parse_api_key(grown.insert(at, 1, '0')));
    }
    BOOST_TEST(!parse_api_key(key + '\n'));
    BOOST_TEST(!parse_api_key(""));
    BOOST_TEST(!parse_api_key("ixk_"));
}

BOOST_AUTO_TEST_CASE(an_agency_has_one_spelling) {
    BOOST_TEST(parse_api_key(forged("10", secret)).has_value());
    for (const auto* id : {"0", "07", "", "AzL8n0Y58m8", "zzzzzzzzzzz", "100000000000"})
        BOOST_TEST(!parse_api_key(forged(id, secret)), id);
    BOOST_TEST(parse_api_key(forged("AzL8n0Y58m7", secret)).has_value());
}

BOOST_AUTO_TEST_CASE(no_key_is_made_for_no_agency) {
    BOOST_CHECK_THROW(mint_api_key(agency_id{0}), std::invalid_argument);
    BOOST_CHECK_THROW(mint_api_key(agency_id{-1}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
