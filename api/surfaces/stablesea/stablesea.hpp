// The Stablesea surface (contract 4, the page 4-stablesea-organizations): its handlers, its words.
#pragma once

#include "api/surfaces/surface.hpp"

namespace tenantry::surfaces::stablesea {

extern const surface definition;

/// Bytes of a body on this surface, whatever the program's own limit is (contracts README).
inline constexpr std::size_t body_limit = 10 * 1024 * 1024;

/// The contract's status and words of any error.
refusal describe(const error& error);

task<result<http::response>> create_organization(exchange x);
task<result<http::response>> list_organizations(exchange x);
task<result<http::response>> get_organization(exchange x);
task<result<http::response>> hold_organization(exchange x);
task<result<http::response>> release_organization(exchange x);

}  // namespace tenantry::surfaces::stablesea
