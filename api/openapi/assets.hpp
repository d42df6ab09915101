// The published contract as the program carries it: the OpenAPI document and the reference page
// with what that loads, embedded at build.
#pragma once

#include <span>
#include <string_view>

namespace tenantry::openapi {

struct asset {
    std::string_view path;  ///< where it is served
    std::string_view media_type;
    std::string_view digest;  ///< of the content, in hex
    std::string_view plain;
    std::string_view gzip;  ///< the same content, packed
};

/// Defined in a source that scripts/openapi makes.
std::span<const asset> every_asset();

}  // namespace tenantry::openapi
