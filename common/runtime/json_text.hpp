// JSON as people write it, for values that a client gave and reads back: the library would turn 0.1
// into 1E-1.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace tenantry {

/// `value` without white space; numbers in their shortest form that reads back as the same.
std::string to_json_text(const boost::json::value& value);

}  // namespace tenantry
