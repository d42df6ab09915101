// The words of API keys.
#include "common/domain/api_key.hpp"

#include "common/domain/text.hpp"
#include "common/domain/words.hpp"

namespace tenantry::domain {
namespace {

constexpr word_table<key_scope, 2> scopes{
    {{key_scope::read_only, "read_only"}, {key_scope::read_write, "read_write"}}};

constexpr word_table<rotation_overlap, 4> overlaps{{{rotation_overlap::none, "0"},
                                                    {rotation_overlap::one_hour, "1h"},
                                                    {rotation_overlap::one_day, "24h"},
                                                    {rotation_overlap::one_week, "7d"}}};

std::string label_detail(text_fault fault) {
    switch (fault) {
        case text_fault::invalid:
            return "The label must be UTF-8 text without control characters.";
        case text_fault::secret:
            return "The label must not contain an API key.";
        case text_fault::blank:
            return "The label must not be blank.";
        case text_fault::too_long:
            return "The label must not be longer than " + std::to_string(max_api_key_label) +
                   " characters.";
    }
    throw std::logic_error("no such text_fault");
}

}  // namespace

result<api_key_label> api_key_label::parse(std::string_view as_given) {
    auto text = tidy(as_given, max_api_key_label);
    if (!text)
        return error{.code = errc::invalid_value,
                     .subject = "label",
                     .fields = {{"/label", label_detail(text.error())}}};
    return api_key_label{std::move(*text)};
}

std::string_view to_string(key_scope scope) {
    return word_of(scopes, scope);
}

std::optional<key_scope> parse_key_scope(std::string_view text) {
    return from_word(scopes, text);
}

std::chrono::hours duration(rotation_overlap overlap) {
    switch (overlap) {
        case rotation_overlap::none:
            return std::chrono::hours{0};
        case rotation_overlap::one_hour:
            return std::chrono::hours{1};
        case rotation_overlap::one_day:
            return std::chrono::hours{24};
        case rotation_overlap::one_week:
            return std::chrono::days{7};
    }
    throw std::logic_error("no such rotation_overlap");
}

std::string_view to_string(rotation_overlap overlap) {
    return word_of(overlaps, overlap);
}

std::optional<rotation_overlap> parse_rotation_overlap(std::string_view text) {
    return from_word(overlaps, text);
}

}  // namespace tenantry::domain
