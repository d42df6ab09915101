// Whether the API can serve: looked at in the background, so that a probe costs nothing and cannot
// hang.
#pragma once

#include <atomic>

#include "api/http/message.hpp"

namespace tenantry::api {

/// Written by one thread, read by all.
class readiness {
public:
    /// 200 `{"status":"ready"|"degraded",…}` or 503 `{"status":"unready",…}`. Redis down is
    /// degraded: jobs are late, none is lost. PostgreSQL down or not migrated is unready.
    http::response response() const;

    bool ready() const { return postgres_ && migrated_ && !stopping_; }

    void set_postgres(bool reachable, bool migrated) {
        postgres_ = reachable;
        migrated_ = migrated;
    }
    void set_redis(bool reachable) { redis_ = reachable; }
    void set_stopping() { stopping_ = true; }

private:
    std::atomic<bool> postgres_{false}, migrated_{false}, redis_{false}, stopping_{false};
};

}  // namespace tenantry::api
