#include "common/store/company_profile_codec.hpp"

#include <boost/json.hpp>
#include <stdexcept>

#include "common/runtime/json_text.hpp"

namespace tenantry::store {

namespace {

namespace json = boost::json;

json::array to_array(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
}

json::object to_object(const domain::company_contact& contact) {
    return {{"email", contact.email},
            {"first_name", contact.first_name},
            {"last_name", contact.last_name}};
}

void put(json::object& out, std::string_view name, const std::optional<std::string>& text) {
    if (text) out[{name.data(), name.size()}] = *text;
}

std::optional<std::string> text_in(const json::object& from, std::string_view name) {
    const auto* found = from.if_contains({name.data(), name.size()});
    if (!found) return std::nullopt;
    return json::value_to<std::string>(*found);
}

std::vector<std::string> texts_in(const json::object& from, std::string_view name) {
    const auto* found = from.if_contains({name.data(), name.size()});
    if (!found) return {};
    return json::value_to<std::vector<std::string>>(*found);
}

/// As the client wrote them: a JSON value would not keep every number as it is.
std::string with_custom_fields(const json::object& others, std::string_view fields) {
    auto text = json::serialize(others);
    if (fields.empty()) return text;
    text.pop_back();
    if (!others.empty()) text += ',';
    return text.append(R"("custom_fields":)").append(fields) + '}';
}

domain::company_contact contact_from(const json::object& from) {
    return {text_in(from, "email").value(), text_in(from, "first_name").value(),
            text_in(from, "last_name").value()};
}

}  // namespace

std::optional<std::string> encode_profile(const domain::company_profile& profile) {
    if (profile.empty()) return std::nullopt;
    json::object out;
    put(out, "description", profile.description);
    if (!profile.domains.empty()) out["domains"] = to_array(profile.domains);
    if (profile.contact) out["contact"] = to_object(*profile.contact);
    if (profile.type) out["type"] = *profile.type;
    put(out, "email", profile.email);
    put(out, "comment", profile.comment);
    put(out, "location", profile.location);
    if (!profile.phones.empty()) out["phones"] = to_array(profile.phones);
    return with_custom_fields(out, profile.custom_fields);
}

std::size_t encoded_size(const domain::company_profile& profile) {
    auto size = profile.custom_fields.size();
    for (const auto* text :
         {&profile.description, &profile.email, &profile.comment, &profile.location})
        size += text->value_or("").size();
    for (const auto* texts : {&profile.domains, &profile.phones})
        for (const auto& text : *texts) size += text.size();
    if (const auto& contact = profile.contact)
        size += contact->email.size() + contact->first_name.size() + contact->last_name.size();
    return size;
}

std::optional<std::string> encode_profile_change(const domain::company_profile_change& change) {
    if (change.empty()) return std::nullopt;
    json::object out;
    if (change.description)
        out["description"] = *change.description ? json::value(**change.description) : nullptr;
    // An empty list is not kept, as in a new profile.
    if (change.domains)
        out["domains"] = change.domains->empty() ? json::value(nullptr) : to_array(*change.domains);
    return with_custom_fields(out, change.custom_fields_patch.value_or(""));
}

domain::company_profile decode_profile(std::string_view text) try {
    const auto value = json::parse({text.data(), text.size()});
    const auto& from = value.as_object();
    domain::company_profile profile{.description = text_in(from, "description"),
                                    .domains = texts_in(from, "domains"),
                                    .email = text_in(from, "email"),
                                    .comment = text_in(from, "comment"),
                                    .location = text_in(from, "location"),
                                    .phones = texts_in(from, "phones")};
    profile.custom_fields = member_text(text, "custom_fields").value_or("");
    if (const auto* contact = from.if_contains("contact"))
        profile.contact = contact_from(contact->as_object());
    if (const auto* type = from.if_contains("type")) profile.type = json::value_to<int>(*type);
    return profile;
} catch (const std::exception& e) {
    throw std::logic_error(std::string{"a profile that no surface wrote: "} + e.what());
}

}  // namespace tenantry::store
