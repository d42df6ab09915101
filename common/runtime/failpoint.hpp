// Places where a test can make a program die as if its power had failed: compiled in only with
// TENANTRY_FAILPOINTS.
#pragma once

#include <string_view>

namespace tenantry {

/// Kills this process with SIGKILL when the environment's TENANTRY_FAILPOINT names this place, as
/// "executor.after_claim", or "executor.after_claim:3" for the third time it is reached.
#ifdef TENANTRY_FAILPOINTS
void failpoint(std::string_view name);
#else
inline void failpoint(std::string_view) {}
#endif

}  // namespace tenantry
