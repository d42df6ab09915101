// What each client asks for: a pure function of the seed, the client and the number of the request.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tenantry::chaos {

struct request {
    std::vector<std::string> names;     ///< of the companies, 1 to 10
    std::string key;                    ///< Idempotency-Key; "" without one
    bool bad = false;                   ///< must be refused
    bool again = false;                 ///< asked once more after its 201, as if that had been lost
    std::chrono::milliseconds pause{};  ///< before it
};

/// The name that every agency has given away before the storm: asking for it is bad.
inline constexpr const char* taken_name = "Taken";

/// Two clients of the same number in different agencies ask for the same names under the same keys:
/// neither must notice the other.
request make_request(std::uint64_t seed, int client, int number);

}  // namespace tenantry::chaos
