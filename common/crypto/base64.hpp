// Standard base64 (RFC 4648 section 4), with padding.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::crypto {

std::string to_base64(std::span<const std::byte> bytes);

/// Nothing unless `text` is exactly what `to_base64` writes for some bytes: no white space, no
/// missing padding, no stray bits.
std::optional<std::vector<std::byte>> from_base64(std::string_view text);

}  // namespace tenantry::crypto
