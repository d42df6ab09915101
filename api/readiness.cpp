#include "api/readiness.hpp"

#include <boost/json.hpp>

namespace tenantry::api {

http::response readiness::response() const {
    const char* status = !ready() ? "unready" : redis_ ? "ready" : "degraded";
    return {.status = ready() ? 200U : 503U,
            .body = boost::json::serialize(
                boost::json::object{{"status", status},
                                    {"postgres", postgres_ ? "up" : "down"},
                                    {"schema", migrated_ ? TENANTRY_SCHEMA_CHANGE : "not migrated"},
                                    {"redis", redis_ ? "up" : "down"},
                                    {"stopping", stopping_.load()}})};
}

}  // namespace tenantry::api
