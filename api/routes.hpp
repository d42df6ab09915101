// Which paths there are, whose they are, and what answers them.
#pragma once

#include <span>

#include "api/surfaces/surface.hpp"

namespace tenantry::api {

struct surface_routes {
    const surfaces::surface* surface;
    std::span<const surfaces::route> routes;
};

/// The first surface also answers paths that belong to none.
std::span<const surface_routes> every_route();

}  // namespace tenantry::api
