// When a failed job runs again, and when it does not.
#pragma once

#include <algorithm>
#include <chrono>

namespace tenantry::domain {

/// A job that failed this often is dead.
inline constexpr int max_attempts = 20;

/// A job that took its worker down this often is quarantined.
inline constexpr int max_crashes = 3;

inline constexpr std::chrono::hours longest_backoff{1};

/// The wait after attempt number `attempt` (1 or more) failed: min(1 h, 2^attempt s) × U(0.5, 1.5),
/// the jitter keeping jobs that failed together from coming back together. `uniform01` is a draw
/// from [0, 1).
inline std::chrono::milliseconds retry_delay(int attempt, double uniform01) {
    using namespace std::chrono;
    constexpr int longest_exponent = 12;  // 2^12 s is over an hour already; more would overflow
    const seconds doubled{1LL << std::clamp(attempt, 0, longest_exponent)};
    const auto backoff = std::min<milliseconds>(longest_backoff, doubled);
    return duration_cast<milliseconds>(backoff * (0.5 + uniform01));
}

}  // namespace tenantry::domain
