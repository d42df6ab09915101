// Instants as text, the one form that logs and files use.
#pragma once

#include <array>
#include <string>

#include "common/runtime/clock.hpp"

namespace tenantry {

/// RFC 3339 in UTC with microseconds: "2025-03-05T17:57:00.000123Z". Years 0 to 9999.
using rfc3339_text = std::array<char, 27>;
rfc3339_text rfc3339(timestamp instant);
std::string to_rfc3339(timestamp instant);

/// The same in whole seconds, cut and not rounded: "2025-03-05T17:57:00Z".
std::string to_rfc3339_seconds(timestamp instant);

}  // namespace tenantry
