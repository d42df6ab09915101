#include "api/surfaces/kare/encode.hpp"

#include <boost/json.hpp>

#include "api/surfaces/document.hpp"

namespace tenantry::surfaces::kare {

namespace {

namespace json = boost::json;

json::array texts_of(const std::vector<std::string>& texts, json::storage_ptr memory) {
    return json::array(texts.begin(), texts.end(), std::move(memory));
}

json::object company_object(const domain::company& company, json::storage_ptr memory) {
    const auto& profile = *company.profile;
    return json::object({{"id", company.id.value()},
                         {"name", company.name},
                         {"type", profile.type ? json::value(*profile.type) : json::value(nullptr)},
                         {"email", text_or_null(profile.email, memory)},
                         {"phones", texts_of(profile.phones, memory)},
                         {"comment", text_or_null(profile.comment, memory)},
                         {"location", text_or_null(profile.location, memory)},
                         {"createdAt", to_rfc3339(company.created_at)},
                         {"updatedAt", to_rfc3339(company.updated_at)}},
                        memory);
}

json::object contact_object(const domain::contact& contact, json::storage_ptr memory) {
    return json::object({{"id", contact.id.value()},
                         {"name", contact.name},
                         {"email", text_or_null(contact.email, memory)},
                         {"phones", texts_of(contact.phones, memory)},
                         {"comment", text_or_null(contact.comment, memory)},
                         {"companyId", contact.company.value()},
                         {"notifyAt", time_or_null(contact.notify_at, memory)},
                         {"updatedAt", to_rfc3339(contact.updated_at)},
                         {"createdAt", to_rfc3339(contact.created_at)}},
                        memory);
}

template<class T, class Encode>
std::string encode_list(const domain::page<T>& page, Encode encode) {
    return document([&](json::storage_ptr memory) {
        return json::object({{"data", array_of(page.content, encode, memory)},
                             {"totalCount", page.total_elements},
                             {"pagination", {{"page", page.number}, {"pageSize", page.size}}}},
                            memory);
    });
}

}  // namespace

store::stored_response encode_session(const service::session& session) {
    const json::object body{{"accessToken", session.key_text},
                            {"sessionToken", session.token},
                            {"organizationName", session.holder.agency_name},
                            {"establishmentId", id_or_null(session.holder.company)},
                            {"userId", session.holder.user.value()},
                            {"expiresAt", to_rfc3339(session.expires_at)}};
    return {.status = 201, .body = json::serialize(body)};
}

store::stored_response encode_inserted(std::size_t contacts) {
    return {.status = 201, .body = json::serialize(json::object{{"nbInsertion", contacts}})};
}

std::string encode_contacts(const domain::page<domain::contact>& page,
                            const std::optional<domain::company>& company) {
    return encode_list(page, [&](const domain::contact& contact, json::storage_ptr memory) {
        auto entry = contact_object(contact, memory);
        if (company) entry["company"] = company_object(*company, memory);
        return entry;
    });
}

store::stored_response encode_created(std::span<const domain::company> companies) {
    return {.status = 201, .body = document(company_object, companies.front())};
}

std::string encode_companies(const domain::page<domain::company>& page) {
    return encode_list(page, company_object);
}

std::string encode_error(const refusal& refusal, const error&, timestamp) {
    return json::serialize(json::object{
        {"statusCode", refusal.status}, {"error", refusal.title}, {"message", refusal.detail}});
}

}  // namespace tenantry::surfaces::kare
