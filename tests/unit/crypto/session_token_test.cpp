// Session tokens: what is signed is read back, and whatever else somebody makes up is not.
#include "common/crypto/session_token.hpp"

#include <openssl/hmac.h>

#include <array>
#include <boost/algorithm/string/replace.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <boost/test/unit_test.hpp>

#include "common/crypto/base64.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/sealer.hpp"

using namespace tenantry;
using namespace tenantry::crypto;

namespace {

/// RFC 7515 section 2.
std::string base64url(std::span<const std::byte> bytes) {
    auto text = to_base64(bytes);
    boost::replace_all(text, "+", "-");
    boost::replace_all(text, "/", "_");
    boost::trim_right_if(text, [](char c) { return c == '='; });
    return text;
}

std::string base64url(std::string_view text) {
    return base64url(std::as_bytes(std::span{text}));
}

const secret_key key{std::vector<std::byte>(32, std::byte{7})};
const secret_key other_key{std::vector<std::byte>(32, std::byte{8})};

constexpr std::string_view our_header = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view our_claims =
    R"({"userId":"12","sessionId":"s","iat":1605097899,"exp":1605184299})";

/// A token as anybody can make it who has the key.
std::string token_of(std::string_view header, std::string_view claims, const secret_key& by = key) {
    const auto body = base64url(header) + "." + base64url(claims);
    return body + "." + base64url(hmac_sha256(by.bytes(), body));
}

/// The same, signed as its header says: by any hash that OpenSSL has.
std::string signed_with(const EVP_MD* hash, std::string_view algorithm) {
    const auto header = R"({"alg":")" + std::string{algorithm} + R"(","typ":"JWT"})";
    const auto body = base64url(header) + "." + base64url(our_claims);
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    HMAC(hash, key.bytes().data(), secret_key::size,
         reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac.data(), &size);
    return body + "." + base64url(std::as_bytes(std::span{mac}.first(size)));
}

const domain::session_claims claims{domain::user_id{12}, "s",
                                    std::chrono::sys_seconds{std::chrono::seconds{1605097899}},
                                    std::chrono::sys_seconds{std::chrono::seconds{1605184299}}};

struct attack {
    std::string name;
    std::string token;
};

std::vector<attack> forgeries() {
    const auto body = base64url(our_header) + "." + base64url(our_claims);
    const auto signature = token_of(our_header, our_claims).substr(body.size() + 1);
    const auto none = base64url(R"({"alg":"none","typ":"JWT"})") + "." + base64url(our_claims);
    const auto richer =
        base64url(R"({"userId":"1","sessionId":"s","iat":1605097899,"exp":1605184299})");
    auto flipped = signature;
    flipped[0] = flipped[0] == 'A' ? 'B' : 'A';
    return {{"nothing", ""},
            {"no token", "x"},
            {"dots", ".."},
            {"more dots", "..."},
            {"no signature", body},
            {"an empty signature", body + "."},
            {"another signature", body + "." + flipped},
            {"a cut signature", body + "." + signature.substr(0, signature.size() - 1)},
            {"a longer signature", body + "." + signature + "A"},
            {"another part", body + "." + signature + "." + signature},
            {"another's claims", base64url(our_header) + "." + richer + "." + signature},
            {"a foreign key", token_of(our_header, our_claims, other_key)},
            {"no algorithm, no signature", none + "."},
            {"no algorithm at all", none},
            {"no algorithm, signed", none + "." + base64url(hmac_sha256(key.bytes(), none))},
            {"None", token_of(R"({"alg":"None","typ":"JWT"})", our_claims)},
            {"nOnE, unsigned", base64url(R"({"alg":"nOnE"})") + "." + base64url(our_claims) + "."},
            {"HS384", token_of(R"({"alg":"HS384","typ":"JWT"})", our_claims)},
            {"HS512", token_of(R"({"alg":"HS512","typ":"JWT"})", our_claims)},
            {"RS256 with the secret as its public key",
             token_of(R"({"alg":"RS256","typ":"JWT"})", our_claims)},
            {"ES256", token_of(R"({"alg":"ES256","typ":"JWT"})", our_claims)},
            {"an unknown algorithm", token_of(R"({"alg":"HS1","typ":"JWT"})", our_claims)},
            {"no algorithm named", token_of(R"({"typ":"JWT"})", our_claims)},
            {"an algorithm that is no text", token_of(R"({"alg":256,"typ":"JWT"})", our_claims)},
            {"another type", token_of(R"({"alg":"HS256","typ":"JWE"})", our_claims)},
            {"a header that is no object", token_of("[]", our_claims)},
            {"a header that is no JSON", token_of("alg", our_claims)},
            {"claims that are no JSON", token_of(our_header, "claims")},
            {"a NUL in it", token_of(our_header, our_claims) + std::string(1, '\0')},
            {"far too long", token_of(our_header, our_claims) + std::string(1000, 'A')}};
}

/// Signed by us, but nothing that we sign.
const std::vector<std::string_view> incomplete{
    "{}",
    "[]",
    R"({"sessionId":"s","iat":1605097899,"exp":1605184299})",
    R"({"userId":12,"sessionId":"s","iat":1605097899,"exp":1605184299})",
    R"({"userId":"","sessionId":"s","iat":1605097899,"exp":1605184299})",
    R"({"userId":"012","sessionId":"s","iat":1605097899,"exp":1605184299})",
    R"({"userId":"-1","sessionId":"s","iat":1605097899,"exp":1605184299})",
    R"({"userId":"12","iat":1605097899,"exp":1605184299})",
    R"({"userId":"12","sessionId":"","iat":1605097899,"exp":1605184299})",
    R"({"userId":"12","sessionId":7,"iat":1605097899,"exp":1605184299})",
    R"({"userId":"12","sessionId":"s","exp":1605184299})",
    R"({"userId":"12","sessionId":"s","iat":1605097899})",
    R"({"userId":"12","sessionId":"s","iat":"1605097899","exp":1605184299})",
    R"({"userId":"12","sessionId":"s","iat":1605097899,"exp":"never"})",
    R"({"userId":"12","sessionId":"s","iat":1605097899,"exp":1605184299.5})",
    R"({"userId":"12","sessionId":"s","iat":1605097899,"exp":null})",
    R"({"userId":"12","sessionId":"s","iat":-1,"exp":1605184299})",
    R"({"userId":"12","sessionId":"s","iat":1605097899,"exp":9223372036854775807})"};

}  // namespace

BOOST_AUTO_TEST_SUITE(session_token_test)

BOOST_AUTO_TEST_CASE(what_was_signed_is_read_back) {
    const auto token = sign_session(key, claims);
    BOOST_TEST(token.starts_with("eyJ"));
    BOOST_TEST(token.size() < 300u);
    const auto read = verify_session(key, token);
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST((*read == claims));
    BOOST_TEST(!verify_session(other_key, token).has_value());
}

BOOST_AUTO_TEST_CASE(a_token_of_the_rfcs_making_is_read_like_ours) {
    const auto read = verify_session(key, token_of(our_header, our_claims));
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST((*read == claims));
}

BOOST_AUTO_TEST_CASE(a_forged_token_is_none) {
    for (const auto& [name, token] : forgeries())
        BOOST_TEST(!verify_session(key, token).has_value(), name);
}

BOOST_AUTO_TEST_CASE(another_algorithm_is_refused_though_its_signature_is_right) {
    BOOST_TEST(verify_session(key, signed_with(EVP_sha256(), "HS256")).has_value());
    BOOST_TEST(!verify_session(key, signed_with(EVP_sha384(), "HS384")).has_value());
    BOOST_TEST(!verify_session(key, signed_with(EVP_sha512(), "HS512")).has_value());
}

BOOST_AUTO_TEST_CASE(a_token_without_all_of_our_claims_is_none) {
    for (const auto text : incomplete)
        BOOST_TEST(!verify_session(key, token_of(our_header, text)).has_value(), text);
}

BOOST_AUTO_TEST_CASE(every_single_change_is_noticed) {
    const auto token = sign_session(key, claims);
    for (std::size_t i = 0; i < token.size(); ++i)
        for (const char c : {'A', 'x', '.', '='}) {
            auto changed = token;
            changed[i] = c;
            if (changed != token) BOOST_TEST(!verify_session(key, changed).has_value(), changed);
        }
}

BOOST_AUTO_TEST_CASE(no_two_sessions_have_one_name) {
    const auto name = mint_session_name();
    BOOST_TEST(name.size() == session_name_length);
    BOOST_TEST(name != mint_session_name());
}

BOOST_AUTO_TEST_CASE(processes_of_one_pepper_agree_on_the_key_and_others_do_not) {
    const auto ring = keyring::generate(timestamp{});
    const keyring_holder one{ring}, rotated{ring.with_new_version(timestamp{}).with_active(2)},
        foreign{keyring::generate(timestamp{})};
    const auto signing = sealer{one}.derived_key("sessions");
    BOOST_TEST((signing == sealer{rotated}.derived_key("sessions")));
    BOOST_TEST(!(signing == sealer{foreign}.derived_key("sessions")));
    BOOST_TEST(!(signing == sealer{one}.derived_key("something else")));
}

BOOST_AUTO_TEST_SUITE_END()
