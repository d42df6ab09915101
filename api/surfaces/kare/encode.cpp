#include "api/surfaces/kare/encode.hpp"

#include <boost/json.hpp>

#include "api/surfaces/text_or_null.hpp"
#include "common/runtime/timestamp_text.hpp"

namespace tenantry::surfaces::kare {

namespace {

namespace json = boost::json;

json::array array_of(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
}

json::object company_object(const domain::company& company) {
    const auto& profile = company.profile;
    return {{"id", company.id.value()},
            {"name", company.name},
            {"type", profile.type ? json::value(*profile.type) : json::value(nullptr)},
            {"email", text_or_null(profile.email)},
            {"phones", array_of(profile.phones)},
            {"comment", text_or_null(profile.comment)},
            {"location", text_or_null(profile.location)},
            {"createdAt", to_rfc3339(company.created_at)},
            {"updatedAt", to_rfc3339(company.updated_at)}};
}

json::object contact_object(const domain::contact& contact) {
    json::value notify_at = nullptr;
    if (contact.notify_at) notify_at = to_rfc3339(*contact.notify_at);
    return {{"id", contact.id.value()},
            {"name", contact.name},
            {"email", text_or_null(contact.email)},
            {"phones", array_of(contact.phones)},
            {"comment", text_or_null(contact.comment)},
            {"companyId", contact.company.value()},
            {"notifyAt", std::move(notify_at)},
            {"updatedAt", to_rfc3339(contact.updated_at)},
            {"createdAt", to_rfc3339(contact.created_at)}};
}

template<class T>
std::string encode_list(json::array data, const domain::page<T>& page) {
    return json::serialize(
        json::object{{"data", std::move(data)},
                     {"totalCount", page.total_elements},
                     {"pagination", {{"page", page.number}, {"pageSize", page.size}}}});
}

}  // namespace

store::stored_response encode_session(const service::session& session) {
    json::value establishment = nullptr;
    if (session.holder.company) establishment = session.holder.company->value();
    const json::object body{{"accessToken", session.key_text},
                            {"sessionToken", session.token},
                            {"organizationName", session.holder.agency_name},
                            {"establishmentId", std::move(establishment)},
                            {"userId", session.holder.user.value()},
                            {"expiresAt", to_rfc3339(session.expires_at)}};
    return {.status = 201, .body = json::serialize(body)};
}

store::stored_response encode_inserted(std::size_t contacts) {
    return {.status = 201, .body = json::serialize(json::object{{"nbInsertion", contacts}})};
}

std::string encode_contacts(const domain::page<domain::contact>& page,
                            const std::optional<domain::company>& company) {
    json::array data;
    for (const auto& contact : page.content) {
        auto entry = contact_object(contact);
        if (company) entry["company"] = company_object(*company);
        data.push_back(std::move(entry));
    }
    return encode_list(std::move(data), page);
}

store::stored_response encode_created(std::span<const domain::company> companies) {
    return {.status = 201, .body = json::serialize(company_object(companies.front()))};
}

std::string encode_companies(const domain::page<domain::company>& page) {
    json::array data;
    for (const auto& company : page.content) data.push_back(company_object(company));
    return encode_list(std::move(data), page);
}

std::string encode_error(const refusal& refusal, const error&, timestamp) {
    return json::serialize(json::object{
        {"statusCode", refusal.status}, {"error", refusal.title}, {"message", refusal.detail}});
}

}  // namespace tenantry::surfaces::kare
