// JSON as people write it, for values that a client gave and reads back: the library would turn 0.1
// into 1E-1.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace tenantry {

/// `value` without white space; numbers in their shortest form that reads back as the same.
std::string to_json_text(const boost::json::value& value);

/// The text of a member of `object`, which is an object as JSON text and known to be valid: as it
/// stands there, but for the white space between its tokens. Nothing when it has no such member.
std::optional<std::string> member_text(std::string_view object, std::string_view name);

}  // namespace tenantry
