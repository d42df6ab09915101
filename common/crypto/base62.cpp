// Base 62 in both directions.
#include "common/crypto/base62.hpp"

#include <algorithm>
#include <array>

#include "common/crypto/random.hpp"

namespace tenantry::crypto {
namespace {

constexpr std::uint64_t base = base62_digits.size();
constexpr std::uint8_t no_digit = 0xFF;

constexpr auto digit_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i < base62_digits.size(); ++i)
        values[static_cast<unsigned char>(base62_digits[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

}  // namespace

std::string to_base62(std::uint64_t value, std::size_t width) {
    std::string text;
    while (value != 0 || text.size() < width) {
        text += base62_digits[value % base];
        value /= base;
    }
    std::ranges::reverse(text);
    return text;
}

std::optional<std::uint64_t> from_base62(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        const auto digit = digit_values[static_cast<unsigned char>(c)];
        if (digit == no_digit || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return std::nullopt;
    }
    return value;
}

std::string random_base62(std::size_t count) {
    // A byte modulo 62 would favour the first digits; bytes from 248 = 4 × 62 on are thrown away.
    constexpr unsigned fair = 256 / base * base;
    std::string text;
    text.reserve(count);
    std::array<std::byte, 32> draws;
    while (text.size() < count) {
        fill_random(draws);
        for (const auto draw : draws) {
            const auto value = std::to_integer<unsigned>(draw);
            if (value < fair && text.size() < count) text += base62_digits[value % base];
        }
    }
    return text;
}

}  // namespace tenantry::crypto
