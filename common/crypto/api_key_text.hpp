// The text of an API key: mistyped ones are refused without a query, and valid ones name the agency
// whose shard holds them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/domain/ids.hpp"

namespace tenantry::crypto {

/// The random part: 32 base62 digits, 190 bits.
inline constexpr std::size_t api_key_secret_length = 32;

/// The last part: CRC-32 (ISO 3309, as zip has it) of everything before it, in base62, zero-padded.
/// It finds every changed character and every swap of neighbours, but for one swap, that across its
/// own first digit, which it finds all but surely.
inline constexpr std::size_t api_key_checksum_length = 6;

/// What a well-formed key says about itself. Whether it exists is the store's to know.
struct parsed_api_key {
    domain::agency_id agency;
};

/// A new key: `ixk_`, the agency's id in base62 without padding, the secret, the checksum. Throws
/// std::invalid_argument for an id below 1.
std::string mint_api_key(domain::agency_id agency);

/// Nothing unless `text` is a key that `mint_api_key` could have made: prefix, length, alphabet,
/// an agency id from 1 to 2^63 - 1 without a leading zero, checksum.
std::optional<parsed_api_key> parse_api_key(std::string_view text);

}  // namespace tenantry::crypto
