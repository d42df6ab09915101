#include "api/surfaces/inboxops/encode.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "api/surfaces/cursor_page.hpp"
#include "api/surfaces/document.hpp"
#include "common/domain/public_id.hpp"

namespace tenantry::surfaces::inboxops {

namespace {

namespace json = boost::json;

constexpr std::string_view path = "/api/v1/companies/";

json::object contact_object(const domain::contact& contact, json::storage_ptr memory) {
    json::array phones(contact.phones.begin(), contact.phones.end(), memory);
    return json::object({{"id", contact.id.value()},
                         {"name", contact.name},
                         {"email", text_or_null(contact.email, memory)},
                         {"phones", std::move(phones)}},
                        memory);
}

json::array contacts_of(domain::company_id company, std::span<const domain::contact> contacts,
                        json::storage_ptr memory) {
    json::array own(memory);
    for (const auto& contact : contacts)
        if (contact.company == company) own.push_back(contact_object(contact, memory));
    return own;
}

json::object subset_of(const domain::company& company, json::storage_ptr memory) {
    const auto& domains = company.profile->domains;
    return json::object({{"id", domain::company_uuid(company.agency, company.id)},
                         {"name", company.name},
                         {"domains", json::array(domains.begin(), domains.end(), memory)}},
                        memory);
}

json::object all_of(const domain::company& company, std::span<const domain::contact> contacts,
                    json::storage_ptr memory) {
    auto entry = subset_of(company, memory);
    entry["created_at"] = to_rfc3339_seconds(company.created_at);
    entry["updated_at"] = to_rfc3339_seconds(company.updated_at);
    entry["contacts"] = contacts_of(company.id, contacts, memory);
    return entry;
}

/// Written by hand around the custom fields, which are JSON text already and stand last.
std::string with_fields(std::string entry, const domain::company& company) {
    entry.back() = ',';
    const auto& fields = company.profile->custom_fields;
    return entry + R"("custom_fields":)" + (fields.empty() ? "{}" : fields) + '}';
}

std::string full_text(const domain::company& company, std::span<const domain::contact> contacts) {
    return with_fields(document(all_of, company, contacts), company);
}

std::string in_data(std::string_view data) {
    return R"({"data":)" + std::string{data} + '}';
}

/// "/domains/1" is "domains.1" to the readers of this contract; the whole body is "body".
std::string field_name(std::string_view pointer) {
    if (pointer.starts_with('/')) pointer.remove_prefix(1);
    std::string name{pointer.empty() ? "body" : pointer};
    std::ranges::replace(name, '/', '.');
    return name;
}

json::value details_of(const refusal& refusal, const error& e) {
    if (refusal.status != 400) return json::value(refusal.detail);
    json::array all;
    for (const auto& [pointer, detail] : e.fields)
        all.push_back({{"field", field_name(pointer)}, {"message", detail}});
    if (all.empty()) all.push_back({{"field", "request"}, {"message", refusal.detail}});
    return all;
}

std::string_view message_of(unsigned status) {
    switch (status) {
        case 400:
            return "The request contains invalid parameters or malformed data";
        case 401:
            return "The request lacks a valid API key";
        case 403:
            return "The API key does not permit this request";
        case 404:
            return "The requested resource does not exist";
        case 409:
            return "The request conflicts with the current state of the resource";
        case 429:
            return "Too many requests";
        default:
            return status < 500 ? "The request cannot be served as it was sent"
                                : "The request could not be served, try again later";
    }
}

}  // namespace

store::stored_response encode_created(std::span<const domain::company> companies) {
    const auto& company = companies.front();
    return {.status = 201,
            .location = std::string{path} + domain::company_uuid(company.agency, company.id),
            .body = encode_updated(company)};
}

std::string encode_updated(const domain::company& company) {
    return in_data(with_fields(document(subset_of, company), company));
}

std::string encode_company(const domain::company& company,
                           std::span<const domain::contact> contacts) {
    return in_data(full_text(company, contacts));
}

std::string encode_companies(const domain::page<domain::company>& page,
                             std::span<const domain::contact> contacts) {
    std::string text = R"({"data":[)";
    for (std::size_t i = 0; i < page.content.size(); ++i)
        text += (i > 0 ? "," : "") + full_text(page.content[i], contacts);
    return text + R"(],"pagination":)" + json::serialize(pagination_of(page)) + '}';
}

std::string encode_error(const refusal& refusal, const error& e, timestamp) {
    return json::serialize(json::object{{"error", refusal.title},
                                        {"message", message_of(refusal.status)},
                                        {"code", refusal.status},
                                        {"details", details_of(refusal, e)}});
}

}  // namespace tenantry::surfaces::inboxops
