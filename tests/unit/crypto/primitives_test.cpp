#include <rapidcheck.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include <array>
#include <map>
#include <set>

#include "common/crypto/base62.hpp"
#include "common/crypto/base64.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/random.hpp"
#include "tests/unit/crypto/hex.hpp"

using namespace tenantry::crypto;
using tenantry::test::from_hex;
using tenantry::test::to_hex;

BOOST_AUTO_TEST_SUITE(primitives_test)

BOOST_AUTO_TEST_CASE(sha256_gives_the_digests_of_fips_180) {
    BOOST_TEST(to_hex(sha256("abc")) ==
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    BOOST_TEST(to_hex(sha256("")) ==
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

BOOST_AUTO_TEST_CASE(hmac_gives_the_codes_of_rfc_4231) {
    const std::vector<std::byte> first(20, std::byte{0x0b});
    BOOST_TEST(to_hex(hmac_sha256(first, "Hi There")) ==
               "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    BOOST_TEST(to_hex(hmac_sha256(from_hex("4a656665"), "what do ya want for nothing?")) ==
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    const std::vector<std::byte> long_key(131, std::byte{0xaa});
    BOOST_TEST(
        to_hex(hmac_sha256(long_key, "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

BOOST_AUTO_TEST_CASE(base64_gives_the_vectors_of_rfc_4648) {
    const std::map<std::string, std::string> vectors{{"", ""},
                                                     {"f", "Zg=="},
                                                     {"fo", "Zm8="},
                                                     {"foo", "Zm9v"},
                                                     {"foob", "Zm9vYg=="},
                                                     {"fooba", "Zm9vYmE="},
                                                     {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, text] : vectors) {
        const auto bytes = std::as_bytes(std::span{plain});
        BOOST_TEST(to_base64(bytes) == text);
        BOOST_TEST((from_base64(text) == std::vector<std::byte>{bytes.begin(), bytes.end()}));
    }
}

BOOST_AUTO_TEST_CASE(base64_that_nobody_would_write_is_refused) {
    for (const auto* bad : {"Z", "Zg", "Zg=", "Zg===", "Zh==", " Zg==", "Zg==\n", "Zg=a",
                            "====", "=", "Z===", "Zm9-", "Zm 9"})
        BOOST_TEST(!from_base64(bad), bad);
}

BOOST_AUTO_TEST_CASE(base62_reads_what_it_writes_up_to_the_last_number) {
    BOOST_TEST(to_base62(0) == "0");
    BOOST_TEST(to_base62(61) == "z");
    BOOST_TEST(to_base62(62, 6) == "000010");
    BOOST_TEST(to_base62(~0ULL) == "LygHa16AHYF");
    BOOST_TEST((from_base62("LygHa16AHYF") == ~0ULL));
    for (const auto* bad : {"", "LygHa16AHYG", "100000000000", "a-b", "a b", "\xc3\xa9"})
        BOOST_TEST(!from_base62(bad), bad);
    BOOST_TEST(rc::check([](std::uint64_t n) { RC_ASSERT(from_base62(to_base62(n)) == n); }));
}

BOOST_AUTO_TEST_CASE(random_digits_are_even) {
    std::array<int, 256> counts{};
    constexpr int draws = 620'000;
    for (const char c : random_base62(draws)) ++counts[static_cast<unsigned char>(c)];
    // 10,000 each are expected, with a deviation of 99; modulo bias alone would add 2,500 to some.
    for (const char c : base62_digits) {
        BOOST_TEST(counts[static_cast<unsigned char>(c)] > 9'000);
        BOOST_TEST(counts[static_cast<unsigned char>(c)] < 11'000);
    }
}

BOOST_AUTO_TEST_CASE(random_bytes_do_not_repeat_across_refills) {
    std::set<std::array<std::byte, 16>> seen;
    for (int i = 0; i < 10'000; ++i) {
        std::array<std::byte, 16> bytes;
        fill_random(bytes);
        seen.insert(bytes);
    }
    BOOST_TEST(seen.size() == 10'000);
    std::vector<std::byte> large(5'000);
    fill_random(large);
    BOOST_TEST((std::set<std::byte>{large.begin(), large.end()}.size()) == 256);
}

BOOST_AUTO_TEST_CASE(a_forked_child_draws_other_bytes_than_its_parent) {
    std::array<std::byte, 16> ours, theirs;
    fill_random(ours);
    std::array<int, 2> ends;
    BOOST_REQUIRE(::pipe(ends.data()) == 0);
    const auto child = ::fork();
    if (child == 0) {
        fill_random(theirs);
        ::_exit(::write(ends[1], theirs.data(), theirs.size()) == 16 ? 0 : 1);
    }
    fill_random(ours);
    BOOST_TEST(::read(ends[0], theirs.data(), theirs.size()) == 16);
    int status = 1;
    ::waitpid(child, &status, 0);
    ::close(ends[0]);
    ::close(ends[1]);
    BOOST_TEST(status == 0);
    BOOST_TEST((ours != theirs));
}

BOOST_AUTO_TEST_SUITE_END()
