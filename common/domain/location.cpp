// The words of a location's states, and what an area code looks like.
#include "common/domain/location.hpp"

#include <algorithm>

#include "common/domain/words.hpp"

namespace tenantry::domain {
namespace {

constexpr word_table<location_status, 3> states{{{location_status::pending, "pending"},
                                                 {location_status::active, "active"},
                                                 {location_status::failed, "failed"}}};

}  // namespace

bool is_area_code(std::string_view text) {
    return text.size() == area_code_digits &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view to_string(location_status status) {
    return word_of(states, status);
}

std::optional<location_status> parse_location_status(std::string_view text) {
    return from_word(states, text);
}

}  // namespace tenantry::domain
