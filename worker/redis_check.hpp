// Whether Redis is set up so that it does not drop what it was given.
#pragma once

#include <string>

#include "common/redis/connection.hpp"

namespace tenantry::worker {

struct redis_verdict {
    bool usable = true;
    std::string reason{};  ///< why not; or, when usable, what the operator should know
};

/// Refuses an eviction policy other than noeviction: under memory pressure it would throw streams
/// away. Warns when the append-only file is off, or when the server does not say (a managed Redis
/// may refuse CONFIG).
task<redis_verdict> check_redis(redis::connection& redis);

}  // namespace tenantry::worker
