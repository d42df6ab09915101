// Reads a request body as JSON more strictly than the library does by itself, since what a key that
// stands twice means differs from reader to reader.
#pragma once

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "common/runtime/error.hpp"

namespace tenantry::http {

/// How deep arrays and objects may be nested.
inline constexpr std::size_t max_json_depth = 32;

/// Parses one JSON text (RFC 8259) in UTF-8. The value's memory comes from `memory`, for example
/// request::memory(). errc::malformed_json, with one sentence in `subject` that says what and at
/// which byte, when the body is empty, is no JSON or more than one value, is nested deeper than
/// max_json_depth, repeats a key in an object (compared after unescaping), is no UTF-8, or has a
/// number that no double can hold.
result<boost::json::value> parse_json(std::string_view body, boost::json::storage_ptr memory = {});

}  // namespace tenantry::http
