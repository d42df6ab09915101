// libjwt checks a token with the algorithm that the token itself names, so that has to be looked at
// afterwards. It refuses "none" wherever a key is given.
#include "common/crypto/session_token.hpp"

#include <jwt.h>

#include <cstdlib>
#include <memory>
#include <new>

#include "common/crypto/base62.hpp"
#include "common/crypto/openssl.hpp"
#include "common/domain/positive_integer.hpp"

namespace tenantry::crypto {
namespace {

using token_ptr = std::unique_ptr<jwt_t, freed_by<jwt_free>>;
using text_ptr = std::unique_ptr<char, freed_by<std::free>>;

/// libjwt fails to write a token only when memory is out.
void require_memory(bool succeeded) {
    if (!succeeded) throw std::bad_alloc{};
}

std::optional<std::string_view> text_claim(jwt_t* token, const char* name) {
    const char* value = jwt_get_grant(token, name);
    if (!value) return std::nullopt;
    return value;
}

std::optional<std::chrono::sys_seconds> time_claim(jwt_t* token, const char* name) {
    // 0 for what is missing or no integer.
    const long value = jwt_get_grant_int(token, name);
    // The years to 9999: a time beyond would overflow once it is counted in microseconds.
    constexpr long latest = 253'402'300'799;
    if (value < 1 || value > latest) return std::nullopt;
    return std::chrono::sys_seconds{std::chrono::seconds{value}};
}

token_ptr decode(const secret_key& key, std::string_view token) {
    jwt_t* decoded = nullptr;
    const std::string text{token};
    if (jwt_decode(&decoded, text.c_str(), bytes_of(key.bytes().data()), secret_key::size) != 0)
        return nullptr;
    return token_ptr{decoded};
}

}  // namespace

std::string mint_session_name() {
    return random_base62(session_name_length);
}

std::string sign_session(const secret_key& key, const domain::session_claims& claims) {
    jwt_t* made = nullptr;
    require_memory(jwt_new(&made) == 0);
    const token_ptr token{made};
    const auto seconds = [](std::chrono::sys_seconds t) { return t.time_since_epoch().count(); };
    require_memory(
        jwt_add_grant(made, "userId", std::to_string(claims.user.value()).c_str()) == 0 &&
        jwt_add_grant(made, "sessionId", claims.session.c_str()) == 0 &&
        jwt_add_grant_int(made, "iat", seconds(claims.issued_at)) == 0 &&
        jwt_add_grant_int(made, "exp", seconds(claims.expires_at)) == 0 &&
        jwt_set_alg(made, JWT_ALG_HS256, bytes_of(key.bytes().data()), secret_key::size) == 0);
    const text_ptr text{jwt_encode_str(made)};
    require_memory(text != nullptr);
    return text.get();
}

std::optional<domain::session_claims> verify_session(const secret_key& key,
                                                     std::string_view token) {
    if (token.size() > max_session_token || token.find('\0') != token.npos) return std::nullopt;
    const auto decoded = decode(key, token);
    if (!decoded || jwt_get_alg(decoded.get()) != JWT_ALG_HS256) return std::nullopt;
    const auto user_text = text_claim(decoded.get(), "userId");
    const auto session = text_claim(decoded.get(), "sessionId");
    const auto issued_at = time_claim(decoded.get(), "iat");
    const auto expires_at = time_claim(decoded.get(), "exp");
    if (!user_text || !session || session->empty() || !issued_at || !expires_at)
        return std::nullopt;
    const auto user = domain::positive_integer(*user_text);
    if (!user) return std::nullopt;
    return domain::session_claims{domain::user_id{*user}, std::string{*session}, *issued_at,
                                  *expires_at};
}

}  // namespace tenantry::crypto
