// Digits, capitals and small letters as a number system: what survives a double click, a URL and a
// shell unquoted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tenantry::crypto {

inline constexpr std::string_view base62_digits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The shortest form, left-padded with '0' to at least `width` digits.
std::string to_base62(std::uint64_t value, std::size_t width = 1);

/// Nothing for an empty text, a character outside the alphabet, or a value over 2^64 - 1. Leading
/// zeros are read.
std::optional<std::uint64_t> from_base62(std::string_view text);

/// `count` digits drawn evenly and independently (5.95 bits each) from the operating system's
/// random source.
std::string random_base62(std::size_t count);

}  // namespace tenantry::crypto
