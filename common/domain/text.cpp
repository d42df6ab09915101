// The only source that speaks to utf8proc; plain ASCII, the common case, never gets that far.
#include "common/domain/text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <boost/locale/utf.hpp>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>

#include "common/runtime/redact.hpp"

namespace tenantry::domain {
namespace {

using utf8 = boost::locale::utf::utf_traits<char>;
namespace utf = boost::locale::utf;

bool is_plain_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

// The 25 characters of Unicode's White_Space property.
bool is_white_space(char32_t c) {
    return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

bool is_refused(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool is_invisible(char32_t c) {
    return is_white_space(c) || c == 0xAD || c == 0x034F || c == 0x061C || c == 0x115F ||
           c == 0x1160 || c == 0x180E || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2060 && c <= 0x2064) || c == 0x2800 || c == 0x3164 ||
           (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF || c == 0xFFA0;
}

std::optional<std::u32string> decode(std::string_view text) {
    std::u32string points;
    points.reserve(text.size());
    for (const char *at = text.data(), *end = at + text.size(); at != end;) {
        const auto point = utf8::decode(at, end);
        if (point == utf::illegal || point == utf::incomplete) return std::nullopt;
        points.push_back(point);
    }
    return points;
}

std::string encode(std::u32string_view points) {
    std::string text;
    text.reserve(points.size());
    for (const char32_t point : points) utf8::encode(point, std::back_inserter(text));
    return text;
}

constexpr auto normal_form_d = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE;
constexpr auto normal_form_c = UTF8PROC_STABLE | UTF8PROC_COMPOSE;

/// Of valid UTF-8.
std::string mapped(std::string_view text, int options) {
    utf8proc_uint8_t* made = nullptr;
    const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &made,
                                   static_cast<utf8proc_option_t>(options));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner{made, std::free};
    if (size < 0) throw std::runtime_error(utf8proc_errmsg(size));
    return {reinterpret_cast<const char*>(made), static_cast<std::size_t>(size)};
}

std::string_view trim_spaces(std::string_view ascii) {
    const auto first = ascii.find_first_not_of(' ');
    if (first == ascii.npos) return {};
    return ascii.substr(first, ascii.find_last_not_of(' ') - first + 1);
}

std::u32string_view trim_white_space(std::u32string_view text) {
    while (!text.empty() && is_white_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_white_space(text.back())) text.remove_suffix(1);
    return text;
}

std::size_t count_code_points(std::string_view valid) {
    return std::ranges::count_if(valid, [](char c) { return !utf8::is_trail(c); });
}

// White space trimmed, in normal form C.
template<class Refused>
boost::system::result<std::string, text_fault> canonical(std::string_view as_given,
                                                         Refused refused) {
    if (is_plain_ascii(as_given)) return std::string{trim_spaces(as_given)};
    const auto points = decode(as_given);
    if (!points) return text_fault::invalid;
    const auto trimmed = trim_white_space(*points);
    if (std::ranges::any_of(trimmed, refused)) return text_fault::invalid;
    if (std::ranges::all_of(trimmed, is_invisible)) return std::string{};
    return mapped(encode(trimmed), normal_form_c);
}

boost::system::result<std::string, text_fault> within(std::string text,
                                                      std::size_t max_code_points) {
    if (reveals_key(text)) return text_fault::secret;
    if (count_code_points(text) > max_code_points) return text_fault::too_long;
    return text;
}

}  // namespace

boost::system::result<std::string, text_fault> tidy(std::string_view as_given,
                                                    std::size_t max_code_points) {
    auto text = canonical(as_given, is_refused);
    if (!text) return text.error();
    if (text->empty()) return text_fault::blank;
    return within(std::move(*text), max_code_points);
}

boost::system::result<std::string, text_fault> tidy_lines(std::string_view as_given,
                                                          std::size_t max_code_points) {
    const auto refused = [](char32_t c) {
        return is_refused(c) && c != '\t' && c != '\n' && c != '\r';
    };
    auto text = canonical(as_given, refused);
    if (!text) return text.error();
    return within(std::move(*text), max_code_points);
}

std::string caseless_key(std::string_view tidied) {
    if (is_plain_ascii(tidied)) {
        std::string key{tidied};
        for (char& c : key)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
        return key;
    }
    // Folding the decomposed text is what D145 asks for: composed, a Greek iota below its letter
    // would fold to a letter that takes the other marks of the first one with it.
    return mapped(mapped(tidied, normal_form_d), normal_form_c | UTF8PROC_CASEFOLD);
}

std::string excerpt(std::string_view as_given) {
    const auto points = decode(as_given);
    if (!points) return {};
    if (points->size() <= max_excerpt) return std::string{as_given};
    return encode(std::u32string_view{*points}.substr(0, max_excerpt)) + "…";
}

std::string to_sentence(text_fault fault, std::size_t max_code_points) {
    switch (fault) {
        case text_fault::invalid:
            return "must be UTF-8 text without control characters";
        case text_fault::blank:
            return "must not be blank";
        case text_fault::secret:
            return "must not contain an API key";
        case text_fault::too_long:
            return "must not be longer than " + std::to_string(max_code_points) + " characters";
    }
    throw std::logic_error("no such text_fault");
}

}  // namespace tenantry::domain
