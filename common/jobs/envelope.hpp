// What travels through a Redis stream: which job is due, nothing of what it is. The job's row says
// the rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/domain/ids.hpp"
#include "common/domain/positive_integer.hpp"

namespace tenantry::jobs {

struct envelope {
    domain::agency_id agency;
    domain::job_id job;
};

inline constexpr std::string_view agency_field = "agency";
inline constexpr std::string_view job_field = "job";

/// The consumer group of every stream.
inline constexpr std::string_view consumer_group = "workers";

/// The stream of a queue.
inline std::string stream_of(std::string_view queue) {
    return "tenantry:jobs:" + std::string{queue};
}

/// The queue of a stream, for logs and metrics.
inline std::string_view queue_of(std::string_view stream) {
    return stream.substr(stream.rfind(':') + 1);
}

/// Reads the two fields' values; nothing when either is no positive number.
inline std::optional<envelope> parse_envelope(std::string_view agency, std::string_view job) {
    const auto agency_id = domain::positive_integer(agency);
    const auto job_id = domain::positive_integer(job);
    if (!agency_id || !job_id) return std::nullopt;
    return envelope{domain::agency_id{*agency_id}, domain::job_id{*job_id}};
}

}  // namespace tenantry::jobs
