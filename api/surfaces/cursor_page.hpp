// Lists that go on behind a cursor (contracts 0 and 4): which part a request asks for, and the
// `pagination` beside it.
#pragma once

#include <boost/json/object.hpp>

#include "api/http/message.hpp"
#include "api/surfaces/body_reader.hpp"
#include "common/domain/page.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::surfaces {

/// Elements that a request may ask for, and that it gets when it does not say (contracts README).
inline constexpr std::int64_t max_limit = 100;
inline constexpr std::int64_t default_limit = 20;

/// `?limit=&cursor=`. Notes each of them that is none.
domain::window read_window(const http::request& request, body_faults& faults);
/// The same for a list that has no other parameters.
result<domain::window> decode_window(const http::request& request);

namespace detail {
boost::json::object pagination(std::int64_t limit, bool has_more, std::int64_t last);
}

/// `{"next_cursor":…|null,"has_more":…,"limit":…}`.
template<class T>
boost::json::object pagination_of(const domain::page<T>& page) {
    return detail::pagination(page.size, page.has_more,
                              page.has_more ? page.content.back().id.value() : 0);
}

}  // namespace tenantry::surfaces
