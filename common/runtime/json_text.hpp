// JSON as its text, for values that a client gave and reads back: a parser would round their
// numbers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tenantry {

/// The text of a member of `object`, which is an object as JSON text and known to be valid: as it
/// stands there, but for the white space between its tokens. Nothing when it has no such member.
std::optional<std::string> member_text(std::string_view object, std::string_view name);

}  // namespace tenantry
