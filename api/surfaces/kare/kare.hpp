// The Kare surface (contract 3, the page 3-kare-contacts): its handlers, its words.
#pragma once

#include "api/surfaces/surface.hpp"

namespace tenantry::surfaces::kare {

extern const surface definition;

/// The status of any error, its reason phrase and our words.
refusal describe(const error& error);

task<result<http::response>> verify_token(exchange x);
task<result<http::response>> revoke_token(exchange x);

task<result<http::response>> list_companies(exchange x);
task<result<http::response>> create_company(exchange x);

task<result<http::response>> list_contacts(exchange x);
task<result<http::response>> create_contacts(exchange x);

}  // namespace tenantry::surfaces::kare
