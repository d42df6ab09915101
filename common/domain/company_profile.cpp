// Domains and e-mail addresses: what passes for one, in one place for every surface.
#include "common/domain/company_profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "common/domain/text.hpp"
#include "common/runtime/redact.hpp"

namespace tenantry::domain {
namespace {

constexpr std::size_t max_label = 63;
constexpr std::size_t max_local_part = 64;

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_label(std::string_view text) {
    return !text.empty() && text.size() <= max_label && text.front() != '-' && text.back() != '-' &&
           std::ranges::all_of(
               text, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
}

bool is_host_name(std::string_view text) {
    if (text.size() > max_host_name) return false;
    for (;;) {
        const auto dot = text.find('.');
        if (!is_label(text.substr(0, dot))) return false;
        if (dot == text.npos) return true;
        text.remove_prefix(dot + 1);
    }
}

bool is_local_letter(char c) {
    constexpr std::string_view refused = "\"(),:;<>@[\\]";
    return static_cast<unsigned char>(c) > ' ' && c != 0x7F && refused.find(c) == refused.npos;
}

/// RFC 5322's dot-atom, and whatever is not ASCII (RFC 6531).
bool is_local_part(std::string_view text) {
    return !text.empty() && text.size() <= max_local_part && text.front() != '.' &&
           text.back() != '.' && text.find("..") == text.npos &&
           std::ranges::all_of(text, is_local_letter);
}

std::string lower_case(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return text;
}

}  // namespace

std::optional<std::string> host_name(std::string_view as_given) {
    const auto text = tidy(as_given, max_host_name);
    if (!text) return std::nullopt;
    auto name = lower_case(*text);
    if (!is_host_name(name)) return std::nullopt;
    return name;
}

std::optional<std::string> email_address(std::string_view as_given) {
    auto text = tidy(as_given, max_email_address);
    if (!text || text->size() > max_email_address) return std::nullopt;
    const auto at = text->find('@');
    if (at == text->npos || !is_local_part(std::string_view{*text}.substr(0, at)))
        return std::nullopt;
    const auto host = lower_case(text->substr(at + 1));
    if (host.find('.') == host.npos || !is_host_name(host)) return std::nullopt;
    return std::move(*text);
}

result<std::vector<std::string>> parse_domains(std::span<const std::string_view> as_given) {
    error bad{.code = errc::invalid_value, .subject = "domains"};
    if (as_given.size() > max_domains) {
        bad.fields.push_back({"/domains", fmt::format("must not be more than {}", max_domains)});
        return bad;
    }
    std::vector<std::string> names;
    std::unordered_set<std::string> seen;
    for (std::size_t i = 0; i < as_given.size(); ++i) {
        auto name = host_name(as_given[i]);
        if (!name)
            bad.fields.push_back({fmt::format("/domains/{}", i), "must be a host name"});
        else if (!seen.insert(*name).second)
            bad.fields.push_back({fmt::format("/domains/{}", i), "repeats another domain"});
        else
            names.push_back(std::move(*name));
    }
    if (!bad.fields.empty()) return bad;
    return names;
}

}  // namespace tenantry::domain
