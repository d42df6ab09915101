// Whether Redis is set up so that it keeps what it was given.
#pragma once

#include <string>

#include "common/redis/connection.hpp"

namespace tenantry::worker {

/// What the operator should know, if anything: an eviction policy that throws streams away under
/// memory pressure, no append-only file, or a server that does not tell (a managed Redis may refuse
/// CONFIG). What is lost so are hints, and the jobs start later.
task<std::string> look_at_redis(redis::connection& redis);

}  // namespace tenantry::worker
