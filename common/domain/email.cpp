// The pattern by hand: its parts cannot overlap, since neither side of the "@" may hold another one
// and no label may hold a dot.
#include "common/domain/email.hpp"

#include <algorithm>

namespace tenantry::domain {
namespace {

bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_alphanumeric(char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
}

bool may_end_local(char c) {
    return is_alphanumeric(c) || c == '_' || c == '+' || c == '-';
}

bool is_local(std::string_view text) {
    const auto may_stand = [](char c) { return may_end_local(c) || c == '\'' || c == '.'; };
    return !text.empty() && text.front() != '.' && may_end_local(text.back()) &&
           std::ranges::all_of(text, may_stand);
}

bool is_label(std::string_view text) {
    const auto may_stand = [](char c) { return is_alphanumeric(c) || c == '-'; };
    return !text.empty() && is_alphanumeric(text.front()) && std::ranges::all_of(text, may_stand);
}

bool is_top_level(std::string_view text) {
    return text.size() >= 2 && std::ranges::all_of(text, is_letter);
}

bool is_host(std::string_view text) {
    auto dot = text.find('.');
    if (dot == text.npos) return false;
    for (; dot != text.npos; dot = text.find('.')) {
        if (!is_label(text.substr(0, dot))) return false;
        text.remove_prefix(dot + 1);
    }
    return is_top_level(text);
}

}  // namespace

bool is_email(std::string_view text) {
    const auto at = text.find('@');
    return at != text.npos && text.find("..") == text.npos && is_local(text.substr(0, at)) &&
           is_host(text.substr(at + 1));
}

}  // namespace tenantry::domain
