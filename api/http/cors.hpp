// Which origins' pages may call the API from a browser (Fetch standard, "CORS protocol"): pure
// rules that only add headers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/http/message.hpp"

namespace tenantry::http {

struct cors_policy {
    /// Exact origins such as "https://app.example.com", or "*" for every one. Empty: CORS is off.
    std::vector<std::string> origins;
};

/// True for `OPTIONS` with both Origin and Access-Control-Request-Method.
bool is_preflight(const request_head& head);

/// What every response to a request with this Origin header (empty: none) carries. `Vary: Origin`
/// whenever CORS is on, since a cache must not give one origin's response to another.
header_lines cors_headers(const cors_policy& policy, std::string_view origin);

/// The answer to a preflight: 204, and where the origin is allowed, what it may send. It gets
/// cors_headers like every response. `allow` is route_match::allow.
response preflight(const cors_policy& policy, std::string_view origin, std::string_view allow);

}  // namespace tenantry::http
