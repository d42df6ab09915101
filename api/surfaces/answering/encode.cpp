#include "api/surfaces/answering/encode.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "api/surfaces/document.hpp"

namespace tenantry::surfaces::answering {

namespace {

namespace json = boost::json;

json::object place_object(const domain::user_company& place, json::storage_ptr memory) {
    return json::object(
        {{"id", place.id.value()}, {"name", place.name}, {"role", to_string(place.role)}},
        std::move(memory));
}

// Nothing changes what a user is known by, so it was last updated when it was created.
json::object user_object(const domain::user& user, json::storage_ptr memory) {
    return json::object({{"id", user.id.value()},
                         {"external_id", text_or_null(user.external_id, memory)},
                         {"email", user.email},
                         {"name", user.name},
                         {"created_at", to_rfc3339_seconds(user.created_at)},
                         {"updated_at", to_rfc3339_seconds(user.created_at)},
                         {"organizations", array_of(user.companies, place_object, memory)}},
                        memory);
}

json::object location_object(const domain::location& location, json::storage_ptr memory) {
    json::object entry({{"id", location.id.value()},
                        {"name", location.name},
                        {"phone_number", text_or_null(location.phone_number, memory)},
                        {"status", to_string(location.status)},
                        {"address", text_or_null(location.address, memory)},
                        {"google_place_id", text_or_null(location.google_place_id, memory)},
                        {"created_at", to_rfc3339_seconds(location.created_at)},
                        {"updated_at", to_rfc3339_seconds(location.updated_at)}},
                       memory);
    if (location.reason) entry["reason"] = *location.reason;
    return entry;
}

json::object organization_object(const domain::organization& organization,
                                 json::storage_ptr memory) {
    return json::object(
        {{"id", organization.id.value()},
         {"name", organization.name},
         {"created_at", to_rfc3339_seconds(organization.created_at)},
         {"updated_at", to_rfc3339_seconds(organization.updated_at)},
         {"users", array_of(organization.users, user_object, memory)},
         {"phone_numbers", array_of(organization.locations, location_object, memory)}},
        memory);
}

template<class Range, class Encode>
std::string encode_all(const Range& all, Encode encode) {
    return document(
        [&](json::storage_ptr memory) { return array_of(all, encode, std::move(memory)); });
}

/// "/owner/email" as "owner.email"; a query parameter's name as it is.
std::string field_name(std::string_view pointer) {
    if (pointer.empty()) return "body";
    std::string name{pointer.starts_with('/') ? pointer.substr(1) : pointer};
    for (char& c : name)
        if (c == '/') c = '.';
    return name;
}

}  // namespace

std::string encode_organization(const domain::organization& organization) {
    return document(organization_object, organization);
}

std::string encode_organizations(std::span<const domain::organization> organizations) {
    return encode_all(organizations, organization_object);
}

store::stored_response encode_founded(const domain::company& company, const domain::user& owner) {
    domain::organization organization{.id = company.id,
                                      .name = company.name,
                                      .created_at = company.created_at,
                                      .updated_at = company.updated_at,
                                      .users = {owner}};
    organization.users.front().companies = {{company.id, company.name, domain::user_role::owner}};
    auto body = document([&](json::storage_ptr memory) {
        return json::object({{"organization", organization_object(organization, memory)},
                             {"owner", user_object(owner, memory)}},
                            memory);
    });
    return {.status = 201,
            .location = fmt::format("/api/v1/organizations/{}", company.id),
            .body = std::move(body)};
}

std::string encode_user(const domain::user& user) {
    return document(user_object, user);
}

std::string encode_users(std::span<const domain::user> users) {
    return encode_all(users, user_object);
}

store::stored_response encode_created_user(const domain::user& user) {
    const auto name = boost::urls::encode(*user.external_id, boost::urls::unreserved_chars);
    return {.status = 201, .location = "/api/v1/users/" + name, .body = encode_user(user)};
}

std::string encode_location(const domain::location& location) {
    return document(location_object, location);
}

std::string encode_locations(std::span<const domain::location> locations) {
    return encode_all(locations, location_object);
}

store::stored_response encode_created_location(const domain::location& location) {
    return {.status = 201,
            .location = fmt::format("/api/v1/locations/{}", location.id),
            .body = encode_location(location)};
}

std::string encode_error(const refusal& refusal, const error& e, timestamp) {
    json::object errors;
    for (const auto& field : e.fields) {
        auto& sentences = errors[field_name(field.pointer)];
        if (!sentences.is_array()) sentences.emplace_array();
        sentences.get_array().push_back(json::string{field.detail});
    }
    return json::serialize(
        json::object{{"message", refusal.detail}, {"errors", std::move(errors)}});
}

}  // namespace tenantry::surfaces::answering
