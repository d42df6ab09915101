#include "api/surfaces/surface.hpp"

#include <charconv>

namespace tenantry::surfaces {

http::response to_response(service::answer answer) {
    http::response response{.status = static_cast<unsigned>(answer.response.status),
                            .body = std::move(answer.response.body)};
    if (answer.response.location)
        response.headers.push_back({"Location", std::move(*answer.response.location)});
    if (answer.replayed) response.headers.push_back({"Idempotent-Replayed", "true"});
    return response;
}

std::optional<std::int64_t> positive_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size() || value < 1 || text.front() == '0')
        return std::nullopt;
    return value;
}

}  // namespace tenantry::surfaces
