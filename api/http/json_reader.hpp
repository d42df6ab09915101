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

/// How many values one text may have, those of arrays and objects and these themselves counted: a
/// text of a few megabytes could have a million, which hold up all other requests of the thread.
inline constexpr std::size_t max_json_values = 20'000;

/// Parses one JSON text (RFC 8259) in UTF-8. The value's memory comes from `memory`, for example
/// request::memory(). errc::malformed_json, with one sentence in `subject` that says what and at
/// which byte, when the body is empty, is no JSON or more than one value, is nested deeper than
/// max_json_depth, has more than max_json_values, repeats a key in an object (compared after
/// unescaping), is no UTF-8, or has a number that no double can hold.
result<boost::json::value> parse_json(std::string_view body, boost::json::storage_ptr memory = {});

}  // namespace tenantry::http
