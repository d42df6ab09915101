// What stands between the HTTP server and the surfaces: routing, guards, the words of an error, the
// trace that each request leaves. One for each thread.
#pragma once

#include <memory>
#include <vector>

#include "api/guard/authenticator.hpp"
#include "api/guard/rate_limiter.hpp"
#include "api/guard/session_guard.hpp"
#include "api/http/application.hpp"
#include "api/http/cors.hpp"
#include "api/http/router.hpp"
#include "api/openapi/assets.hpp"
#include "api/readiness.hpp"
#include "api/request_metrics.hpp"
#include "api/routes.hpp"
#include "common/runtime/settings.hpp"

namespace tenantry::api {

class application final : public http::application {
public:
    application(service::environment& env, guard::authenticator& authenticator,
                guard::rate_limiter& limiter, guard::session_guard& sessions,
                const readiness& ready, http::cors_policy cors, access_log logged);

    task<http::response> handle(http::request& request) override;
    http::response refuse(const http::protocol_refusal& refusal) override;
    bool is_probe(const http::request_head& head) const override;
    http::body_policy body_policy_for(const http::request_head& head) override;

private:
    /// A route of the flattened table, which the router answers with the index of.
    struct entry {
        const surfaces::surface* surface;
        const surfaces::route* route;  ///< null for the paths that are not part of the contract
        http::response (application::*open)() const = nullptr;
        const openapi::asset* asset = nullptr;  ///< what is served as it is
    };

    /// What the words of an error depend on, and its line in the log.
    struct asker {
        std::string_view path;
        std::string_view accept;
        std::string_view request_id;
    };

    /// What became known of a request on its way, for its last headers and its line in the log.
    struct trace {
        domain::agency_id agency{0};
        std::optional<domain::allowance> allowance{};  ///< of a request to a surface
    };

    task<http::response> route(http::request& request, trace& seen);
    task<result<http::response>> run(const entry& found, http::request& request, trace& seen);
    task<result<domain::principal>> admit(const entry& found, http::request& request, trace& seen);
    task<result<domain::principal>> act_for_named(domain::principal who, http::request& request);
    http::response health() const;
    http::response readiness_response() const;
    http::response render(const surfaces::surface& surface, const error& e, const asker& by) const;
    const surfaces::surface& surface_of(std::string_view path) const;
    /// What every response gets last: headers for browsers, a line in the log, its metrics.
    void finish(const http::request_head& request, http::response& response,
                const trace& seen) const;
    void leave_trace(const http::request_head& request, const http::response& response,
                     domain::agency_id agency) const;

    service::environment& env_;
    guard::authenticator& authenticator_;
    guard::rate_limiter& limiter_;
    guard::session_guard& sessions_;
    const readiness& ready_;
    const http::cors_policy cors_;
    const access_log logged_;
    std::vector<entry> entries_;
    std::unique_ptr<http::router> router_;
    request_metrics metrics_;
};

}  // namespace tenantry::api
