// Finds API keys in free text.
#include "common/runtime/redact.hpp"

#include <algorithm>

namespace tenantry {
namespace {

bool is_key_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// As a server reads a target, so that no key hides behind an escape.
std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                            hex_digit(text[i + 2]) >= 0;
        out.push_back(escape
                          ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]))
                          : text[i]);
        if (escape) i += 2;
    }
    return out;
}

std::size_t key_characters(std::string_view text) {
    const auto* end = std::ranges::find_if_not(text, is_key_character);
    return static_cast<std::size_t>(end - text.begin());
}

}  // namespace

bool reveals_key(std::string_view text) {
    constexpr std::size_t too_many_to_guess = 16;
    for (auto at = text.find(api_key_prefix); at != text.npos; at = text.find(api_key_prefix, at)) {
        at += api_key_prefix.size();
        if (key_characters(text.substr(at)) >= too_many_to_guess) return true;
    }
    return false;
}

std::string redact_keys(std::string text) {
    if (auto decoded = percent_decoded(text); decoded.find(api_key_prefix) != decoded.npos)
        text = std::move(decoded);
    static constexpr std::string_view ellipsis = "…";
    for (auto at = text.find(api_key_prefix); at != text.npos; at = text.find(api_key_prefix, at)) {
        at += api_key_prefix.size();
        const auto size = key_characters(std::string_view{text}.substr(at));
        if (size == 0) continue;
        text.replace(at, size, ellipsis);
        at += ellipsis.size();
    }
    return text;
}

}  // namespace tenantry
