// A location: where a company is called, on a number of its area.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/domain/ids.hpp"
#include "common/runtime/clock.hpp"

namespace tenantry::domain {

/// Code points, which contract 1 leaves open (OURS).
inline constexpr std::size_t max_location_name = 255;
inline constexpr std::size_t max_address = 500;
inline constexpr std::size_t max_google_place_id = 255;

/// A number whose location is deleted rests for so long before another location gets it: callers
/// of the last one shall not reach the next.
inline constexpr std::chrono::days number_quarantine{30};

inline constexpr std::size_t area_code_digits = 3;

/// Whether it is an area code by its form. Whether it has numbers is seen when one is looked for.
bool is_area_code(std::string_view text);

enum class location_status { pending, active, failed };
std::string_view to_string(location_status status);
std::optional<location_status> parse_location_status(std::string_view text);

struct location {
    location_id id;
    company_id company;
    std::string name;
    std::optional<std::string> phone_number{};  ///< E.164, once it is active
    location_status status = location_status::pending;
    std::optional<std::string> reason{};  ///< why it failed
    std::optional<std::string> address{};
    std::optional<std::string> google_place_id{};
    timestamp created_at{};
    timestamp updated_at{};
};

struct new_location {
    std::string name;
    std::string area_code;
    std::optional<std::string> address{};
    std::optional<std::string> google_place_id{};
};

/// What a change sets; an empty member stays as it is, an empty text inside a member is removed.
struct location_change {
    std::optional<std::string> name{};
    std::optional<std::optional<std::string>> address{};
    std::optional<std::optional<std::string>> google_place_id{};
};

}  // namespace tenantry::domain
