// Finds API keys in free text.
#include "common/runtime/redact.hpp"

namespace tenantry {
namespace {

bool is_key_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

std::string redact_keys(std::string text) {
    static constexpr std::string_view ellipsis = "…";
    for (auto at = text.find(api_key_prefix); at != text.npos; at = text.find(api_key_prefix, at)) {
        at += api_key_prefix.size();
        auto end = at;
        while (end < text.size() && is_key_character(text[end])) ++end;
        if (end == at) continue;
        text.replace(at, end - at, ellipsis);
        at += ellipsis.size();
    }
    return text;
}

}  // namespace tenantry
