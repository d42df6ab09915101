#include "api/surfaces/surface.hpp"

namespace tenantry::surfaces {

http::response ok(std::string body) {
    return {.body = std::move(body)};
}

http::response no_content() {
    return {.status = 204, .content_type = ""};
}

result<http::response> to_response(result<service::answer> answer) {
    if (!answer) return answer.error();
    auto& stored = answer->response;
    http::response response{.status = static_cast<unsigned>(stored.status),
                            .body = std::move(stored.body)};
    if (response.body.empty()) response.content_type.clear();
    if (stored.location) response.headers.add("Location", *stored.location);
    if (answer->batch) response.headers.add("X-Job-Batch", answer->batch->value());
    if (answer->replayed) response.headers.add("Idempotent-Replayed", "true");
    return response;
}

result<std::vector<service::new_company>> only(result<service::new_company> company) {
    if (!company) return company.error();
    std::vector<service::new_company> companies;
    companies.push_back(std::move(*company));
    return companies;
}

}  // namespace tenantry::surfaces
