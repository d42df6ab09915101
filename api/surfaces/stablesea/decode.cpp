#include "api/surfaces/stablesea/decode.hpp"

#include <boost/json.hpp>

#include "api/surfaces/body_reader.hpp"
#include "common/domain/public_id.hpp"
#include "common/domain/text.hpp"

namespace tenantry::surfaces::stablesea {

namespace {

namespace json = boost::json;

std::string read_email(const json::object& contact, body_faults& faults) {
    const auto text = read_text(contact, "email", "/contact/email", faults);
    if (!text) return {};
    auto email = domain::email_address(*text);
    if (email) return std::move(*email);
    faults.note("/contact/email", "must be an email address");
    return {};
}

std::string read_person_name(const json::object& contact, std::string_view member,
                             body_faults& faults) {
    const auto pointer = "/contact/" + std::string{member};
    const auto text = read_text(contact, member, pointer, faults);
    if (!text) return {};
    auto name = domain::tidy(*text, max_contact_person_name);
    if (name) return std::move(*name);
    faults.note(pointer, "must be a name of 1 to 100 characters");
    return {};
}

std::optional<domain::company_contact> read_contact(const json::object& body, body_faults& faults) {
    const auto* contact = body.if_contains("contact");
    if (!contact) {
        faults.note("/contact", "is required");
    } else if (const auto* members = contact->if_object()) {
        domain::company_contact person;
        person.email = read_email(*members, faults);
        person.first_name = read_person_name(*members, "first_name", faults);
        person.last_name = read_person_name(*members, "last_name", faults);
        return person;
    } else {
        faults.note("/contact", "must be an object");
    }
    return std::nullopt;
}

}  // namespace

result<service::new_company> decode_create_organization(http::request& request) {
    const auto body = read_object(request);
    if (!body) return body.error();
    body_faults faults;
    auto name = read_company_name(*body, faults);
    domain::company_profile profile;
    profile.contact = read_contact(*body, faults);
    if (!faults.none()) return std::move(faults).to_error();
    return service::new_company{std::move(*name), std::move(profile)};
}

result<domain::company_id> decode_organization_id(const http::request& request) {
    const auto id = domain::company_of_organization_id(request.path_parameter(0));
    if (!id) return error{.code = errc::not_found};
    return *id;
}

}  // namespace tenantry::surfaces::stablesea
