// The instant after which nobody waits for an answer any more. It travels with a request; each leaf
// wait enforces it.
#pragma once

#include <chrono>

namespace tenantry {

using deadline = std::chrono::steady_clock::time_point;

inline deadline deadline_in(std::chrono::steady_clock::duration d) {
    return std::chrono::steady_clock::now() + d;
}

}  // namespace tenantry
