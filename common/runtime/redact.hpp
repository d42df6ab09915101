// Keeps API keys and session tokens out of whatever is written down.
#pragma once

#include <string>
#include <string_view>

namespace tenantry {

/// What every API key begins with; its format is in common/crypto/api_key_text.hpp.
inline constexpr std::string_view api_key_prefix = "ixk_";

/// `text` with whatever looks like an API key (the prefix and the letters and digits after it, even
/// a cut or misspelled key) replaced by "ixk_…", and what looks like a JWT by "eyJ…". One in which
/// characters are percent-encoded, once or more often, is one too: then the text comes back
/// decoded.
std::string redact_keys(std::string text);

/// True when `text` holds what may be a whole API key: the prefix and so many letters and digits
/// that nobody would guess them.
bool reveals_key(std::string_view text);

}  // namespace tenantry
