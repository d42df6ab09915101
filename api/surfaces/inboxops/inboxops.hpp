// The InboxOps surface (contract 0, the page 0-inboxops-companies): its handlers, its words.
#pragma once

#include "api/surfaces/surface.hpp"

namespace tenantry::surfaces::inboxops {

extern const surface definition;

/// The contract's status, title and words of any error.
refusal describe(const error& error);

task<result<http::response>> create_company(exchange x);
task<result<http::response>> list_companies(exchange x);
task<result<http::response>> get_company(exchange x);
task<result<http::response>> update_company(exchange x);
/// Deactivates it: on this surface it is gone then.
task<result<http::response>> delete_company(exchange x);

}  // namespace tenantry::surfaces::inboxops
