#include "common/crypto/sealer.hpp"

#include <rapidcheck.h>
#include <boost/test/unit_test.hpp>

#include <set>

#include "tests/unit/crypto/hex.hpp"

using namespace tenantry;
using namespace tenantry::crypto;
using tenantry::test::from_hex;
using tenantry::test::to_hex;

namespace {

std::string text_of(std::span<const std::byte> bytes) {
    std::string text;
    for (const auto byte : bytes) text += static_cast<char>(byte);
    return text;
}

struct fixture {
    keyring keys = keyring::generate(timestamp{}).with_new_version(timestamp{}).with_active(2);
    keyring_holder holder{keys};
    sealer seals{holder};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sealer_test, fixture)

BOOST_AUTO_TEST_CASE(encryption_gives_the_published_vectors_of_gcm) {
    // McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test cases 14 and 16.
    const secret_key zero{std::vector<std::byte>(32)};
    BOOST_TEST(
        to_hex(aes_256_gcm_encrypt(zero, std::vector<std::byte>(12), std::string(16, '\0'), "")) ==
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
    const secret_key key{
        from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")};
    const auto plain =
        text_of(from_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                         "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"));
    const auto bound = text_of(from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"));
    BOOST_TEST(
        to_hex(aes_256_gcm_encrypt(key, from_hex("cafebabefacedbaddecaf888"), plain, bound)) ==
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b");
}

BOOST_AUTO_TEST_CASE(property_what_was_sealed_opens) {
    BOOST_TEST(rc::check([this](const std::string& secret, const std::string& place) {
        const auto s = seals.seal(secret, place);
        RC_ASSERT(s.version == 2);
        RC_ASSERT(s.bytes.size() == 12 + secret.size() + 16);
        RC_ASSERT(seals.open(s.version, s.bytes, place) == secret);
    }));
}

BOOST_AUTO_TEST_CASE(any_changed_bit_of_any_byte_is_refused) {
    const auto s = seals.seal("ixk_secret", "api_key/7");
    for (std::size_t at = 0; at < s.bytes.size(); ++at)
        for (int bit = 0; bit < 8; ++bit) {
            auto changed = s.bytes;
            changed[at] ^= std::byte{1} << bit;
            BOOST_TEST(!seals.open(s.version, changed, "api_key/7"));
        }
}

BOOST_AUTO_TEST_CASE(any_cut_is_refused) {
    const auto s = seals.seal("x", "");
    for (std::size_t size = 0; size < s.bytes.size(); ++size)
        BOOST_TEST(!seals.open(s.version, std::span{s.bytes}.first(size), ""));
}

BOOST_AUTO_TEST_CASE(a_secret_opens_only_in_its_place_and_version) {
    const auto s = seals.seal("secret", "api_key/7");
    BOOST_TEST(!seals.open(2, s.bytes, "api_key/8"));
    BOOST_TEST(!seals.open(2, s.bytes, ""));
    BOOST_TEST(!seals.open(1, s.bytes, "api_key/7"));
    BOOST_TEST(!seals.open(3, s.bytes, "api_key/7"));
    BOOST_TEST(seals.open(2, s.bytes, "api_key/7").value() == "secret");
}

BOOST_AUTO_TEST_CASE(an_older_version_still_opens_after_a_rotation) {
    const keyring_holder before{keys.with_active(1)};
    const auto s = sealer{before}.seal("secret", "p");
    BOOST_TEST(s.version == 1);
    BOOST_TEST(seals.open(1, s.bytes, "p").value() == "secret");
}

BOOST_AUTO_TEST_CASE(the_same_secret_never_seals_to_the_same_bytes) {
    std::set<std::vector<std::byte>> seen;
    for (int i = 0; i < 100; ++i) seen.insert(seals.seal("secret", "").bytes);
    BOOST_TEST(seen.size() == 100);
}

BOOST_AUTO_TEST_CASE(the_lookup_hash_depends_on_the_pepper_and_the_text_alone) {
    BOOST_TEST((seals.lookup_hash("a") == hmac_sha256(keys.pepper().bytes(), "a")));
    BOOST_TEST((seals.lookup_hash("a") != seals.lookup_hash("b")));
    const keyring_holder rotated{keys.with_active(1)}, other{keyring::generate(timestamp{})};
    BOOST_TEST((sealer{rotated}.lookup_hash("a") == seals.lookup_hash("a")));
    BOOST_TEST((sealer{other}.lookup_hash("a") != seals.lookup_hash("a")));
}

BOOST_AUTO_TEST_SUITE_END()
