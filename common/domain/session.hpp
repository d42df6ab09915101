// A session (contract 3): what an API key is exchanged for, and how long it is good.
#pragma once

#include <chrono>
#include <string>

#include "common/domain/ids.hpp"
#include "common/runtime/clock.hpp"

namespace tenantry::domain {

/// How far the clocks of two processes may be apart before a session seems to begin too late or to
/// end too early.
inline constexpr std::chrono::seconds session_clock_skew{60};

/// What a session's token says of it; whole seconds, as RFC 7519 writes them.
struct session_claims {
    user_id user;
    std::string session;  ///< unguessable, known within its agency
    std::chrono::sys_seconds issued_at;
    std::chrono::sys_seconds expires_at;

    bool operator==(const session_claims&) const = default;
};

/// Whether a session's time is now.
inline bool is_current(const session_claims& claims, timestamp now) {
    return claims.issued_at <= now + session_clock_skew &&
           now < claims.expires_at + session_clock_skew;
}

}  // namespace tenantry::domain
