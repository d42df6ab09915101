// The text of a session: a JSON Web Token (RFC 7519) of HMAC-SHA-256, by libjwt.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/keyring.hpp"
#include "common/domain/session.hpp"

namespace tenantry::crypto {

/// Characters of a token that is looked at; ours have less than 300.
inline constexpr std::size_t max_session_token = 1024;

/// Digits of a session's name: 131 bits.
inline constexpr std::size_t session_name_length = 22;

/// A session's name, which nobody guesses.
std::string mint_session_name();

/// `{"alg":"HS256","typ":"JWT"}` and the claims userId, sessionId (texts), iat, exp (integers).
std::string sign_session(const secret_key& key, const domain::session_claims& claims);

/// The claims of a token that this key signed with HS256; nothing for any other text. Whether its
/// time is now is domain::is_current's to say.
std::optional<domain::session_claims> verify_session(const secret_key& key, std::string_view token);

}  // namespace tenantry::crypto
