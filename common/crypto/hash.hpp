// SHA-256 (FIPS 180-4) and HMAC over it (RFC 2104).
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace tenantry::crypto {

using digest = std::array<std::byte, 32>;

digest sha256(std::string_view data);

/// `key` holds at least one byte.
digest hmac_sha256(std::span<const std::byte> key, std::string_view data);

}  // namespace tenantry::crypto
