// Contract 1: from a request's bytes to a command. What is wrong is named all at once: each error
// is `invalid_value` with every bad field in `fields`, or `malformed_json`.
#pragma once

#include <optional>
#include <string>

#include "api/http/message.hpp"
#include "api/service/companies.hpp"
#include "common/domain/location.hpp"
#include "common/domain/user.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::surfaces::answering {

struct organization_creation {
    service::new_company company;
    domain::new_person owner;
};

/// `{"name":…,"owner":{"external_id":…,"email":…,"name":…|null},"description":…|null}`.
result<organization_creation> decode_create_organization(http::request& request);

/// `{"name":…,"description":…|null}`, at least one of them; null removes.
result<domain::company_change> decode_update_organization(http::request& request);

struct user_creation {
    domain::new_person person;
    std::optional<domain::company_id> organization{};
    std::optional<domain::user_role> role{};
};

/// `{"external_id":…,"email":…,"name":…|null,"role":…}` and `?organization_id=`, without which
/// there is no role.
result<user_creation> decode_create_user(http::request& request);

struct location_creation {
    domain::company_id organization;
    domain::new_location location;
};

/// `{"name":…,"area_code":…,"address":…|null,"google_place_id":…|null}` and `?organization_id=`.
result<location_creation> decode_create_location(http::request& request);

/// `{"name":…,"address":…|null,"google_place_id":…|null}`, at least one of them; null removes.
result<domain::location_change> decode_update_location(http::request& request);

/// `?organization_id=`; all without it.
result<std::optional<domain::company_id>> decode_organization_id(const http::request& request);

/// The external id in the path. `not_found` when no user can have it.
result<std::string> decode_external_id(const http::request& request);

}  // namespace tenantry::surfaces::answering
