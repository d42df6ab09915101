// Contract 4: from a request's bytes to a command.
#pragma once

#include "api/http/message.hpp"
#include "api/service/companies.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::surfaces::stablesea {

/// Code points of a contact's first or last name (OURS).
inline constexpr std::size_t max_contact_person_name = 100;

/// `{"name":…,"contact":{"email":…,"first_name":…,"last_name":…}}`, all required.
/// `malformed_json`, `invalid_value` with every field that is wrong. Members that the contract does
/// not name are ignored.
result<service::new_company> decode_create_organization(http::request& request);

/// The organization that the path names; `not_found` when it is no id.
result<domain::company_id> decode_organization_id(const http::request& request);

}  // namespace tenantry::surfaces::stablesea
