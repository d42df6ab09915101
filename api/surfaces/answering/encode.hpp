// Contract 1: from a view to a response's bytes.
#pragma once

#include <span>
#include <string>

#include "api/surfaces/surface.hpp"
#include "common/domain/company.hpp"
#include "common/domain/organization.hpp"

namespace tenantry::surfaces::answering {

/// id, name, created_at, updated_at, users (each with its place in this organization alone),
/// phone_numbers.
std::string encode_organization(const domain::organization& organization);
std::string encode_organizations(std::span<const domain::organization> organizations);
/// 201 `{"organization":…,"owner":…}`, the owner with all places, with the organization's place in
/// Location.
store::stored_response encode_founded(const domain::company& company, const domain::user& owner);

/// id, external_id (null for a user who came from elsewhere), email, name, created_at, updated_at,
/// organizations `[{id,name,role}]`; instants as the contract's example has them, without a
/// fraction.
std::string encode_user(const domain::user& user);
std::string encode_users(std::span<const domain::user> users);
/// 201 with the user's place in Location.
store::stored_response encode_created_user(const domain::user& user);

/// id, name, phone_number, status, address, google_place_id, created_at, updated_at; reason too,
/// when it failed.
std::string encode_location(const domain::location& location);
std::string encode_locations(std::span<const domain::location> locations);
/// 201 with the location's place in Location.
store::stored_response encode_created_location(const domain::location& location);

/// `{"message":…,"errors":{"field":["sentence",…],…}}`; a field of an object is written with dots,
/// "owner.email".
std::string encode_error(const refusal& refusal, const error& error, timestamp now);

}  // namespace tenantry::surfaces::answering
