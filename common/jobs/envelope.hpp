// What travels through a Redis stream: which agencies have jobs that are due, nothing of what they
// are. Their rows say the rest, and a hint that gets lost costs nothing but the time until somebody
// looks.
#pragma once

#include <cstdint>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/domain/positive_integer.hpp"

namespace tenantry::jobs {

inline constexpr std::string_view agency_field = "agency";

/// The consumer group of every stream.
inline constexpr std::string_view consumer_group = "workers";

/// About so many hints may stand in a stream; the oldest make room. Nobody reads them when there
/// are as many, and whoever comes to will find the jobs in PostgreSQL.
inline constexpr std::int64_t stream_limit = 10'000;

/// The stream of a queue.
inline std::string stream_of(std::string_view queue) {
    return "tenantry:jobs:" + std::string{queue};
}

/// The queue of a stream.
inline std::string_view queue_of(std::string_view stream) {
    return stream.substr(stream.rfind(':') + 1);
}

/// One entry names so many agencies at most.
inline constexpr std::size_t agencies_an_entry = 100;

/// The field's value: ids, of which a comma separates one from the next.
inline std::string envelope_text(std::span<const domain::agency_id> agencies) {
    std::string text;
    for (const auto agency : agencies) {
        if (!text.empty()) text += ',';
        text += std::to_string(agency.value());
    }
    return text;
}

/// Reads the field's value; nothing when it is not of that form.
inline std::optional<std::vector<domain::agency_id>> parse_envelope(std::string_view text) {
    std::vector<domain::agency_id> agencies;
    for (const auto part : std::views::split(text, ',')) {
        const auto id = domain::positive_integer({part.begin(), part.end()});
        if (!id || agencies.size() == agencies_an_entry) return std::nullopt;
        agencies.emplace_back(*id);
    }
    if (agencies.empty()) return std::nullopt;
    return agencies;
}

}  // namespace tenantry::jobs
