#include "api/surfaces/surface.hpp"

namespace tenantry::surfaces {

http::response to_response(service::answer answer) {
    http::response response{.status = static_cast<unsigned>(answer.response.status),
                            .body = std::move(answer.response.body)};
    if (answer.response.location)
        response.headers.push_back({"Location", std::move(*answer.response.location)});
    if (answer.replayed) response.headers.push_back({"Idempotent-Replayed", "true"});
    return response;
}

}  // namespace tenantry::surfaces
