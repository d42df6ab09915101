#include "api/surfaces/stablesea/encode.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "api/surfaces/cursor_page.hpp"
#include "api/surfaces/document.hpp"
#include "common/domain/public_id.hpp"

namespace tenantry::surfaces::stablesea {

namespace {

namespace json = boost::json;

constexpr std::string_view path = "/v1/organizations/";

json::value contact_of(const domain::company& company, json::storage_ptr memory) {
    const auto& contact = company.profile->contact;
    if (!contact) return nullptr;
    return json::value({{"email", contact->email},
                        {"first_name", contact->first_name},
                        {"last_name", contact->last_name}},
                       std::move(memory));
}

json::object entry_of_history(domain::company_status status, timestamp at,
                              json::storage_ptr memory) {
    return json::object({{"status", to_string(status)}, {"created_at", to_rfc3339_seconds(at)}},
                        std::move(memory));
}

json::object status_of(const domain::company& company, json::storage_ptr memory) {
    json::array history(memory);
    history.push_back(entry_of_history(domain::company_status::active, company.created_at, memory));
    for (const auto& [status, at] : company.status_changes)
        history.push_back(entry_of_history(status, at, memory));
    return json::object(
        {{"current_status", to_string(company.status())}, {"status_history", std::move(history)}},
        memory);
}

json::object organization(const domain::company& company, json::storage_ptr memory) {
    return json::object({{"id", domain::organization_id(company.id)},
                         {"name", company.name},
                         {"contact", contact_of(company, memory)},
                         {"status", status_of(company, memory)},
                         {"created_at", to_rfc3339_seconds(company.created_at)},
                         {"updated_at", to_rfc3339_seconds(company.updated_at)}},
                        memory);
}

/// "/contact/email" as it stands in a sentence: "contact.email".
std::string field_name(std::string_view pointer) {
    if (pointer.starts_with('/')) pointer.remove_prefix(1);
    std::string name{pointer.empty() ? "request body" : pointer};
    std::ranges::replace(name, '/', '.');
    return name;
}

std::string message_of(const refusal& refusal, const error& e) {
    if (e.fields.empty()) return refusal.detail;
    std::string message;
    for (const auto& [pointer, detail] : e.fields)
        message += (message.empty() ? "" : "; ") + field_name(pointer) + ' ' + detail;
    return message;
}

}  // namespace

store::stored_response encode_created(std::span<const domain::company> companies) {
    const auto& company = companies.front();
    return {.status = 201,
            .location = std::string{path} + domain::organization_id(company.id),
            .body = encode_organization(company)};
}

store::stored_response encode_changed(const domain::company& company) {
    return {.status = 200, .body = encode_organization(company)};
}

std::string encode_organization(const domain::company& company) {
    return document([&](json::storage_ptr memory) {
        return json::object({{"data", organization(company, memory)}}, memory);
    });
}

std::string encode_organizations(const domain::page<domain::company>& page) {
    return document([&](json::storage_ptr memory) {
        return json::object({{"data", array_of(page.content, organization, memory)},
                             {"pagination", pagination_of(page)}},
                            memory);
    });
}

std::string encode_error(const refusal& refusal, const error& e, timestamp) {
    return json::serialize(
        json::object{{"error", refusal.status}, {"message", message_of(refusal, e)}});
}

}  // namespace tenantry::surfaces::stablesea
