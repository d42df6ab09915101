// Finds API keys and session tokens in free text.
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

bool is_token_character(char c) {
    return is_key_character(c) || c == '-' || c == '_' || c == '.';
}

/// What a secret begins with and goes on with.
struct shape {
    std::string_view prefix;
    bool (*goes_on)(char);
};
/// A JWT's header is a JSON object, whose first two characters are always these in base64url.
constexpr shape shapes[] = {{api_key_prefix, is_key_character}, {"eyJ", is_token_character}};

constexpr std::string_view ellipsis = "…";
/// Whoever escapes escapes more often than that hides something.
constexpr int most_layers = 8;

bool holds_secret(std::string_view text) {
    return std::ranges::any_of(shapes,
                               [&](const auto& s) { return text.find(s.prefix) != text.npos; });
}

void hide(std::string& text, const shape& s) {
    for (auto at = text.find(s.prefix); at != text.npos; at = text.find(s.prefix, at)) {
        at += s.prefix.size();
        const auto end =
            std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), s.goes_on);
        const auto size = static_cast<std::size_t>(end - text.begin()) - at;
        if (size == 0) continue;
        text.replace(at, size, ellipsis);
        at += ellipsis.size();
    }
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
    auto decoded = text;
    for (int layer = 0; layer < most_layers; ++layer) {
        if (holds_secret(decoded)) text = decoded;
        if (decoded.find('%') == decoded.npos) break;
        auto deeper = percent_decoded(decoded);
        if (deeper == decoded) break;
        if (layer + 1 == most_layers) return std::string{ellipsis};
        decoded = std::move(deeper);
    }
    for (const auto& shape : shapes) hide(text, shape);
    return text;
}

}  // namespace tenantry
