// Ids and page numbers as text: one reading for paths, headers, command lines and streams.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace tenantry::domain {

/// `text` as a decimal integer from 1 to 2^63 - 1, without sign or leading zero; nothing otherwise.
inline std::optional<std::int64_t> positive_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size() || value < 1 || text.front() == '0')
        return std::nullopt;
    return value;
}

}  // namespace tenantry::domain
