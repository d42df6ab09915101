#include "api/surfaces/kare/encode.hpp"

#include <boost/json.hpp>

#include "common/runtime/timestamp_text.hpp"

namespace tenantry::surfaces::kare {

namespace {

namespace json = boost::json;

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

json::object company_object(const domain::company& company) {
    return {{"id", company.id.value()},
            {"name", company.name},
            {"createdAt", to_rfc3339(company.created_at)},
            {"updatedAt", to_rfc3339(company.updated_at)}};
}

json::object contact_object(const domain::contact& contact) {
    json::value notify_at = nullptr;
    if (contact.notify_at) notify_at = to_rfc3339(*contact.notify_at);
    return {{"id", contact.id.value()},
            {"name", contact.name},
            {"email", text_or_null(contact.email)},
            {"phones", json::array(contact.phones.begin(), contact.phones.end())},
            {"comment", text_or_null(contact.comment)},
            {"companyId", contact.company.value()},
            {"notifyAt", std::move(notify_at)},
            {"updatedAt", to_rfc3339(contact.updated_at)},
            {"createdAt", to_rfc3339(contact.created_at)}};
}

std::string encode_list(json::array data, std::int64_t total, const window& part) {
    return json::serialize(
        json::object{{"data", std::move(data)},
                     {"totalCount", total},
                     {"pagination", {{"page", part.page}, {"pageSize", part.size}}}});
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

std::string encode_contacts(const service::contact_list& list, const window& part,
                            const std::optional<domain::company>& company) {
    json::array data;
    for (const auto& contact : list.contacts) {
        auto entry = contact_object(contact);
        if (company) entry["company"] = company_object(*company);
        data.push_back(std::move(entry));
    }
    return encode_list(std::move(data), list.total, part);
}

std::string encode_error(const refusal& refusal, const error&, timestamp) {
    return json::serialize(json::object{
        {"statusCode", refusal.status}, {"error", refusal.title}, {"message", refusal.detail}});
}

}  // namespace tenantry::surfaces::kare
