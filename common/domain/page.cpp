// The text of a cursor, in the one place that knows it.
#include "common/domain/page.hpp"

#include <fmt/format.h>

#include <charconv>

namespace tenantry::domain {
namespace {

/// The first letter tells the form: another order of a list would have another one.
constexpr std::string_view prefix = "i";

}  // namespace

std::string cursor_after(std::int64_t id) {
    return fmt::format("{}{:016x}", prefix, id);
}

std::optional<std::int64_t> read_cursor(std::string_view text) {
    if (!text.starts_with(prefix)) return std::nullopt;
    std::int64_t id = 0;
    const auto digits = text.substr(prefix.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), id, 16);
    if (id < 1 || cursor_after(id) != text) return std::nullopt;
    return id;
}

}  // namespace tenantry::domain
