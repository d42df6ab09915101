// A body or a query through one of a surface's decoders.
#pragma once

#include <string>
#include <string_view>

#include "api/http/message.hpp"

namespace tenantry::test {

template<class Value>
result<Value> decoded(result<Value> (*decode)(http::request&), std::string_view body,
                      std::string_view query = {}) {
    http::request r;
    http::make_request(r, http::verb::post, "/?" + std::string{query}, {}, body);
    return decode(r);
}

template<class Value>
result<Value> decoded(result<Value> (*decode)(const http::request&), std::string_view query) {
    http::request r;
    http::make_request(r, http::verb::get, "/?" + std::string{query});
    return decode(r);
}

}  // namespace tenantry::test
