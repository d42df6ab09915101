#include "api/http/cors.hpp"

#include <algorithm>

namespace tenantry::http {
namespace {

constexpr const char* allowed_headers =
    "Authorization, Content-Type, Idempotency-Key, X-Api-Key, X-Company-Id, X-Request-Id, "
    "X-Session-Token";
constexpr const char* exposed_headers =
    "X-Request-Id, Idempotent-Replayed, RateLimit, RateLimit-Policy, X-RateLimit-Limit, "
    "X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, Location, X-Job-Batch";
constexpr const char* preflight_max_age_seconds = "600";

/// The value of Access-Control-Allow-Origin; empty when the origin is not allowed.
std::string allowed_origin(const cors_policy& policy, std::string_view origin) {
    if (origin.empty()) return {};
    const auto has = [&policy](std::string_view o) {
        return std::find(policy.origins.begin(), policy.origins.end(), o) != policy.origins.end();
    };
    if (has("*")) return "*";
    return has(origin) ? std::string{origin} : std::string{};
}

}  // namespace

bool is_preflight(const request_head& head) {
    return head.method() == verb::options && head.has_header("Origin") &&
           head.has_header("Access-Control-Request-Method");
}

header_lines cors_headers(const cors_policy& policy, std::string_view origin) {
    header_lines headers;
    if (policy.origins.empty()) return headers;
    headers.add("Vary", "Origin");
    if (const auto allowed = allowed_origin(policy, origin); !allowed.empty()) {
        headers.add("Access-Control-Allow-Origin", allowed);
        headers.add("Access-Control-Expose-Headers", exposed_headers);
    }
    return headers;
}

response preflight(const cors_policy& policy, std::string_view origin, std::string_view allow) {
    response answer{.status = 204};
    answer.headers.add("Allow", allow);
    if (!allowed_origin(policy, origin).empty()) {
        answer.headers.add("Access-Control-Allow-Methods", allow);
        answer.headers.add("Access-Control-Allow-Headers", allowed_headers);
        answer.headers.add("Access-Control-Max-Age", preflight_max_age_seconds);
    }
    return answer;
}

}  // namespace tenantry::http
