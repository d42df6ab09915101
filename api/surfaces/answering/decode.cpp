#include "api/surfaces/answering/decode.hpp"

#include <boost/json.hpp>

#include "api/surfaces/body_reader.hpp"
#include "common/domain/company_profile.hpp"
#include "common/domain/organization.hpp"
#include "common/domain/positive_integer.hpp"
#include "common/domain/text.hpp"

namespace tenantry::surfaces::answering {

namespace {

namespace json = boost::json;

constexpr std::string_view organization_parameter = "organization_id";

error incorrect(std::vector<field_error> faults) {
    return {.code = errc::invalid_value,
            .subject = faults.front().pointer,
            .fields = std::move(faults)};
}

/// Reads the members of an object and notes each that is wrong.
class form {
public:
    form(const json::object& members, std::string place, std::vector<field_error>& faults)
        : members_{members}, place_{std::move(place)}, faults_{faults} {}

    bool has(std::string_view name) const { return members_.contains(name); }

    void fault(std::string_view name, std::string_view what) {
        faults_.push_back({place_ + "/" + std::string{name},
                           "The " + std::string{name} + " " + std::string{what} + "."});
    }

    /// A text that has to be there; empty when it is wrong.
    std::string text(std::string_view name, std::size_t max_code_points) {
        const auto* value = string(name);
        if (!value) return {};
        return accepted(name, domain::tidy(*value, max_code_points), max_code_points);
    }

    /// A text that may be null or left out.
    std::optional<std::string> text_if_any(std::string_view name, std::size_t max_code_points) {
        const auto* value = members_.if_contains(name);
        if (!value || value->is_null()) return std::nullopt;
        return text(name, max_code_points);
    }

    /// A text of several lines that may be null or left out.
    std::optional<std::string> lines_if_any(std::string_view name, std::size_t max_code_points) {
        const auto* value = members_.if_contains(name);
        if (!value || value->is_null()) return std::nullopt;
        const auto* given = string(name);
        if (!given) return std::nullopt;
        return accepted(name, domain::tidy_lines(*given, max_code_points), max_code_points);
    }

    /// A company's name; nothing when it is wrong.
    std::optional<domain::company_name> company_name(std::string_view name) {
        const auto tidied = text(name, domain::max_company_name);
        if (tidied.empty()) return std::nullopt;
        return domain::company_name::parse(tidied).value();
    }

    std::string email(std::string_view name) {
        const auto* value = string(name);
        if (!value) return {};
        auto address = domain::email_address(*value);
        if (address) return std::move(*address);
        fault(name, "must be an email address");
        return {};
    }

private:
    /// The string of that name, which has to be there; null when it is wrong.
    const json::string* string(std::string_view name) {
        const auto* value = members_.if_contains(name);
        const auto* found = value ? value->if_string() : nullptr;
        if (!found) fault(name, value ? "must be a string" : "is required");
        return found;
    }

    std::string accepted(std::string_view name,
                         boost::system::result<std::string, domain::text_fault> tidied,
                         std::size_t max_code_points) {
        if (tidied) return std::move(*tidied);
        fault(name, domain::to_sentence(tidied.error(), max_code_points));
        return {};
    }

    const json::object& members_;
    std::string place_;
    std::vector<field_error>& faults_;
};

result<json::object> read_object(http::request& request) {
    return surfaces::read_object(request, "request body", "The body must be an object.");
}

domain::new_person read_person(form& from) {
    domain::new_person person{from.text("external_id", domain::max_external_id),
                              from.email("email"), ""};
    person.name = from.text_if_any("name", domain::max_person_name).value_or(person.email);
    return person;
}

/// The owner below "owner"; empty members where something is wrong.
domain::new_person read_owner(form& from, const json::object& body,
                              std::vector<field_error>& faults) {
    const auto* owner = body.if_contains("owner");
    if (!owner) {
        from.fault("owner", "is required");
    } else if (!owner->is_object()) {
        from.fault("owner", "must be an object");
    } else {
        form of_owner{owner->get_object(), "/owner", faults};
        return read_person(of_owner);
    }
    return {};
}

std::optional<domain::company_id> read_organization(const http::request& request, bool required,
                                                    std::vector<field_error>& faults) {
    const auto text = request.query(organization_parameter);
    if (!text && !required) return std::nullopt;
    const auto id = text ? domain::positive_integer(*text) : std::nullopt;
    if (id) return domain::company_id{*id};
    faults.push_back({std::string{organization_parameter},
                      text ? "The organization_id must be an integer from 1."
                           : "The organization_id is required."});
    return std::nullopt;
}

std::optional<domain::user_role> read_role(form& from, const json::object& body) {
    const auto* value = body.if_contains("role");
    if (!value || value->is_null()) return std::nullopt;
    const auto* word = value->if_string();
    const auto role = word ? domain::parse_user_role(*word) : std::nullopt;
    if (!role) from.fault("role", "must be owner, manager or user");
    return role;
}

}  // namespace

result<organization_creation> decode_create_organization(http::request& request) {
    const auto body = read_object(request);
    if (!body) return body.error();
    std::vector<field_error> faults;
    form from{*body, "", faults};
    auto name = from.company_name("name");
    auto owner = read_owner(from, *body, faults);
    domain::company_profile profile;
    profile.description = from.lines_if_any("description", domain::max_description);
    if (!faults.empty()) return incorrect(std::move(faults));
    return organization_creation{{std::move(*name), std::move(profile)}, std::move(owner)};
}

result<domain::company_change> decode_update_organization(http::request& request) {
    const auto body = read_object(request);
    if (!body) return body.error();
    std::vector<field_error> faults;
    form from{*body, "", faults};
    domain::company_change change;
    if (from.has("name")) change.name = from.company_name("name");
    if (from.has("description"))
        change.profile.description = from.lines_if_any("description", domain::max_description);
    if (!from.has("name") && !from.has("description"))
        faults.push_back({"", "The body must have name or description."});
    if (!faults.empty()) return incorrect(std::move(faults));
    return change;
}

result<user_creation> decode_create_user(http::request& request) {
    const auto body = read_object(request);
    if (!body) return body.error();
    std::vector<field_error> faults;
    form from{*body, "", faults};
    user_creation command{read_person(from)};
    command.role = read_role(from, *body);
    command.organization = read_organization(request, false, faults);
    if (command.role && !request.query(organization_parameter))
        from.fault("role", "needs an organization_id");
    if (!faults.empty()) return incorrect(std::move(faults));
    return command;
}

result<location_creation> decode_create_location(http::request& request) {
    const auto body = read_object(request);
    if (!body) return body.error();
    std::vector<field_error> faults;
    form from{*body, "", faults};
    domain::new_location location{from.text("name", domain::max_location_name),
                                  from.text("area_code", domain::area_code_digits)};
    if (!location.area_code.empty() && !domain::is_area_code(location.area_code))
        from.fault("area_code", "must be three digits");
    location.address = from.text_if_any("address", domain::max_address);
    location.google_place_id = from.text_if_any("google_place_id", domain::max_google_place_id);
    const auto organization = read_organization(request, true, faults);
    if (!faults.empty()) return incorrect(std::move(faults));
    return location_creation{*organization, std::move(location)};
}

result<domain::location_change> decode_update_location(http::request& request) {
    const auto body = read_object(request);
    if (!body) return body.error();
    std::vector<field_error> faults;
    form from{*body, "", faults};
    domain::location_change change;
    if (from.has("name")) change.name = from.text("name", domain::max_location_name);
    if (from.has("address")) change.address = from.text_if_any("address", domain::max_address);
    if (from.has("google_place_id"))
        change.google_place_id = from.text_if_any("google_place_id", domain::max_google_place_id);
    if (!change.name && !change.address && !change.google_place_id)
        faults.push_back({"", "The body must have name, address or google_place_id."});
    if (!faults.empty()) return incorrect(std::move(faults));
    return change;
}

result<std::optional<domain::company_id>> decode_organization_id(const http::request& request) {
    std::vector<field_error> faults;
    const auto organization = read_organization(request, false, faults);
    if (!faults.empty()) return incorrect(std::move(faults));
    return organization;
}

result<std::string> decode_external_id(const http::request& request) {
    auto id = domain::tidy(request.path_parameter(0), domain::max_external_id);
    if (!id) return error{.code = errc::not_found};
    return std::move(*id);
}

}  // namespace tenantry::surfaces::answering
