// The Woodpecker agency surface (contract 2, the page 2-woodpecker-agency-companies): its handlers,
// its words.
#pragma once

#include "api/surfaces/surface.hpp"

namespace tenantry::surfaces::woodpecker {

extern const surface definition;

/// The contract's status, title and detail of any error.
refusal describe(const error& error);

task<result<http::response>> create_companies(exchange x);
task<result<http::response>> list_companies(exchange x);
task<result<http::response>> get_company(exchange x);
task<result<http::response>> update_company(exchange x);

task<result<http::response>> list_api_keys(exchange x);
task<result<http::response>> create_api_key(exchange x);
task<result<http::response>> revoke_api_key(exchange x);
task<result<http::response>> rotate_api_key(exchange x);

task<result<http::response>> list_jobs(exchange x);
task<result<http::response>> get_job(exchange x);
task<result<http::response>> retry_job(exchange x);
task<result<http::response>> cancel_job(exchange x);
task<result<http::response>> get_batch(exchange x);

task<result<http::response>> get_me(exchange x);

}  // namespace tenantry::surfaces::woodpecker
