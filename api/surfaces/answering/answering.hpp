// The Answering Agent surface (contract 1, the page 1-answeringagent-organizations): its handlers,
// its words.
#pragma once

#include "api/surfaces/surface.hpp"

namespace tenantry::surfaces::answering {

extern const surface definition;

/// The contract's status and message of any error.
refusal describe(const error& error);

task<result<http::response>> list_organizations(exchange x);
task<result<http::response>> get_organization(exchange x);
task<result<http::response>> create_organization(exchange x);
task<result<http::response>> update_organization(exchange x);
task<result<http::response>> delete_organization(exchange x);

task<result<http::response>> list_users(exchange x);
task<result<http::response>> get_user(exchange x);
task<result<http::response>> create_user(exchange x);

task<result<http::response>> list_locations(exchange x);
task<result<http::response>> get_location(exchange x);
task<result<http::response>> create_location(exchange x);
task<result<http::response>> update_location(exchange x);
task<result<http::response>> delete_location(exchange x);

}  // namespace tenantry::surfaces::answering
