// A member that is there also when it has no value.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>

namespace tenantry::surfaces {

inline boost::json::value text_or_null(const std::optional<std::string>& text) {
    return text ? boost::json::value(*text) : boost::json::value(nullptr);
}

}  // namespace tenantry::surfaces
