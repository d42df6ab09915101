// What travels through a Redis stream: which agency has jobs that are due, nothing of what they
// are. Their rows say the rest, and a hint that gets lost costs nothing but the time until somebody
// looks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

/// Reads the field's value; nothing when it is no positive number.
inline std::optional<domain::agency_id> parse_envelope(std::string_view agency) {
    const auto id = domain::positive_integer(agency);
    if (!id) return std::nullopt;
    return domain::agency_id{*id};
}

}  // namespace tenantry::jobs
