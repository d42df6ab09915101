#include "api/surfaces/cursor_page.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "common/domain/positive_integer.hpp"

namespace tenantry::surfaces {

domain::window read_window(const http::request& request, body_faults& faults) {
    std::int64_t limit = default_limit, after = 0;
    if (const auto text = request.query("limit")) {
        const auto given = domain::positive_integer(*text);
        if (given && *given <= max_limit)
            limit = *given;
        else
            faults.note("limit", fmt::format("must be an integer from 1 to {}", max_limit));
    }
    if (const auto text = request.query("cursor")) {
        const auto given = domain::read_cursor(*text);
        if (given)
            after = *given;
        else
            faults.note("cursor", "must be a next_cursor of this list");
    }
    return domain::window::following(after, limit);
}

result<domain::window> decode_window(const http::request& request) {
    body_faults faults;
    const auto part = read_window(request, faults);
    if (!faults.none()) return std::move(faults).to_error();
    return part;
}

boost::json::object detail::pagination(std::int64_t limit, bool has_more, std::int64_t last) {
    boost::json::value next = nullptr;
    if (has_more) next = domain::cursor_after(last);
    return {{"next_cursor", std::move(next)}, {"has_more", has_more}, {"limit", limit}};
}

}  // namespace tenantry::surfaces
