// Published test vectors are written in hexadecimal.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::test {

inline std::vector<std::byte> from_hex(std::string_view text) {
    std::vector<std::byte> bytes;
    for (; !text.empty(); text.remove_prefix(2))
        bytes.push_back(
            static_cast<std::byte>(std::stoi(std::string{text.substr(0, 2)}, nullptr, 16)));
    return bytes;
}

inline std::string to_hex(std::span<const std::byte> bytes) {
    std::string text;
    for (const auto byte : bytes) text += fmt::format("{:02x}", std::to_integer<int>(byte));
    return text;
}

}  // namespace tenantry::test
