#include "api/surfaces/kare/decode.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "api/http/json_reader.hpp"
#include "api/surfaces/body_reader.hpp"
#include "common/domain/positive_integer.hpp"

namespace tenantry::surfaces::kare {

namespace {

namespace json = boost::json;

/// Reads members of one object; keeps the first fault, as a client mends one type at a time.
class member_reader {
public:
    member_reader(const json::object& object, std::string place, std::optional<error>& fault)
        : object_{object}, place_{std::move(place)}, fault_{fault} {}

    std::string_view text(std::string_view name) {
        const auto* value = required(name);
        if (!value) return {};
        if (const auto* text = value->if_string()) return *text;
        return refuse(name, "must be a string"), std::string_view{};
    }

    bool boolean(std::string_view name) {
        const auto* value = required(name);
        if (!value) return false;
        if (const auto* boolean = value->if_bool()) return *boolean;
        return refuse(name, "must be true or false"), false;
    }

    /// One of the integers from 1 to `highest`.
    int choice(std::string_view name, int highest) {
        const auto* value = required(name);
        if (!value) return 0;
        const auto number = whole_number(*value);
        if (number && *number >= 1 && *number <= highest) return static_cast<int>(*number);
        return refuse(name, fmt::format("must be an integer from 1 to {}", highest)), 0;
    }

    /// Nothing when it is missing or null.
    std::optional<std::string_view> optional_text(std::string_view name) {
        const auto* value = object_.if_contains(name);
        if (!value || value->is_null()) return std::nullopt;
        return text(name);
    }

    std::vector<std::string_view> optional_texts(std::string_view name) {
        std::vector<std::string_view> texts;
        const auto* value = object_.if_contains(name);
        if (!value) return texts;
        const auto* array = value->if_array();
        if (!array) return refuse(name, "must be an array of strings"), texts;
        for (const auto& each : *array) {
            if (!each.is_string()) return refuse(name, "must be an array of strings"), texts;
            texts.push_back(each.get_string());
        }
        return texts;
    }

private:
    const json::value* required(std::string_view name) {
        const auto* value = object_.if_contains(name);
        if (!value) refuse(name, "is required");
        return value;
    }

    void refuse(std::string_view name, std::string detail) {
        if (!fault_)
            fault_ = incorrect(name, fmt::format("{}/{}", place_, name), std::move(detail));
    }

    const json::object& object_;
    const std::string place_;
    std::optional<error>& fault_;
};

domain::contact_form read_contact(const json::value& element, std::size_t i,
                                  std::optional<error>& fault) {
    const auto place = fmt::format("/{}", i);
    const auto* object = element.if_object();
    if (!object) {
        if (!fault) fault = incorrect("contacts", place, "must be an object");
        return {};
    }
    member_reader members{*object, place, fault};
    return {.name = members.text("name"),
            .notify = members.boolean("notify"),
            .email = members.optional_text("email"),
            .phones = members.optional_texts("phones"),
            .comment = members.optional_text("comment")};
}

/// The contract's types of companies; it does not say what they mean.
constexpr int highest_company_type = 3;

struct company_form {
    std::string_view name;
    int type = 0;
    std::string_view email;
    std::optional<std::string_view> comment, location;
    std::vector<std::string_view> phones;
};

company_form read_company(const json::object& object, std::optional<error>& fault) {
    member_reader members{object, "", fault};
    return {.name = members.text("name"),
            .type = members.choice("type", highest_company_type),
            .email = members.text("email"),
            .comment = members.optional_text("comment"),
            .location = members.optional_text("location"),
            .phones = members.optional_texts("phones")};
}

result<service::new_company> parse_company(const company_form& form) {
    domain::field_errors found;
    const auto name = domain::read_line(form.name, domain::max_short_company_name, "/name", found);
    domain::company_profile profile{.type = form.type};
    profile.email = domain::read_email(form.email, "/email", found);
    if (form.comment) profile.comment = domain::read_comment(*form.comment, "/comment", found);
    if (form.location)
        profile.location =
            domain::read_line(*form.location, domain::max_location, "/location", found);
    profile.phones = domain::read_phones(form.phones, "/phones", found);
    if (!found.empty()) return domain::refused_fields(std::move(found));
    auto company_name = domain::company_name::parse(name);
    if (!company_name) return company_name.error();
    return service::new_company{std::move(*company_name), std::move(profile)};
}

result<std::int64_t> read_parameter(const http::request& request, std::string_view name,
                                    std::int64_t fallback, std::int64_t highest) {
    const auto text = request.query(name);
    if (!text) return fallback;
    const auto value = domain::positive_integer(*text);
    if (value && *value <= highest) return *value;
    return incorrect(name, std::string{name},
                     fmt::format("must be an integer from 1 to {}", highest));
}

}  // namespace

result<std::string> decode_verify(http::request& request) {
    const auto body = read_object(request);
    if (!body) return body.error();
    std::optional<error> fault;
    const auto token = member_reader{*body, "", fault}.text("token");
    if (fault) return *fault;
    return std::string{token};
}

result<std::vector<domain::new_contact>> decode_contacts(http::request& request) {
    const auto body = http::parse_json(request.body(), request.memory());
    if (!body) return body.error();
    const auto* elements = body->if_array();
    // The limit goes first: nobody is told about the hundred and first one's name.
    if (!elements || elements->size() > domain::max_contacts_per_request)
        return domain::parse_contacts({}).error();
    std::vector<domain::contact_form> forms;
    std::optional<error> fault;
    for (std::size_t i = 0; i < elements->size(); ++i)
        forms.push_back(read_contact((*elements)[i], i, fault));
    if (fault) return *fault;
    return domain::parse_contacts(forms);
}

result<service::new_company> decode_company(http::request& request) {
    const auto body = read_object(request);
    if (!body) return body.error();
    std::optional<error> fault;
    const auto form = read_company(*body, fault);
    if (fault) return *fault;
    return parse_company(form);
}

result<domain::window> decode_window(const http::request& request) {
    const auto page = read_parameter(request, "page", 1, domain::max_page);
    if (!page) return page.error();
    const auto size = read_parameter(request, "pageSize", domain::page_size, max_page_size);
    if (!size) return size.error();
    return domain::window::page(*page, *size);
}

result<bool> decode_extend(const http::request& request) {
    const auto extend = request.query("extend");
    if (!extend || extend->empty()) return false;
    if (*extend == "company") return true;
    return incorrect("extend", "extend", "must be company");
}

}  // namespace tenantry::surfaces::kare
