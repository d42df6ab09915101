// The rules of an API key apart from its text: its label, what it may do, and how long a rotated
// key lives on.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/runtime/error.hpp"

namespace tenantry::domain {

/// Code points of a label (OURS: the contract says only that it is required).
inline constexpr std::size_t max_api_key_label = 100;

/// What an agency calls a key, trimmed and in Unicode normal form C. Labels need not be unique.
class api_key_label {
public:
    /// Refuses with `invalid_value`, subject "label", and one field error at "/label".
    static result<api_key_label> parse(std::string_view as_given);
    const std::string& text() const { return text_; }
    bool operator==(const api_key_label&) const = default;

private:
    explicit api_key_label(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// A read-only key may GET and HEAD; any mutation is refused (contract 0).
enum class key_scope { read_only, read_write };
std::string_view to_string(key_scope scope);
std::optional<key_scope> parse_key_scope(std::string_view text);

/// How long the old key stays valid beside the one that replaces it: a closed set (contract 2,
/// OURS), because an arbitrary overlap is a key that nobody remembers.
enum class rotation_overlap { none, one_hour, one_day, one_week };
std::chrono::hours duration(rotation_overlap overlap);
/// The written forms are "0", "1h", "24h" and "7d".
std::string_view to_string(rotation_overlap overlap);
std::optional<rotation_overlap> parse_rotation_overlap(std::string_view text);

}  // namespace tenantry::domain
