#include "api/surfaces/inboxops/decode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "api/surfaces/body_reader.hpp"
#include "api/surfaces/cursor_page.hpp"
#include "common/domain/public_id.hpp"
#include "common/domain/text.hpp"
#include "common/runtime/json_text.hpp"
#include "common/runtime/redact.hpp"

namespace tenantry::surfaces::inboxops {

namespace {

namespace json = boost::json;

bool holds_nul(json::string_view text) {
    return text.find('\0') != text.npos;
}

/// PostgreSQL keeps no NUL, neither in a string nor in a name.
bool holds_nul(const json::value& value) {
    if (const auto* text = value.if_string()) return holds_nul(json::string_view{*text});
    if (const auto* array = value.if_array())
        return std::any_of(array->begin(), array->end(),
                           [](const json::value& each) { return holds_nul(each); });
    if (const auto* object = value.if_object())
        return std::any_of(object->begin(), object->end(), [](const auto& each) {
            return holds_nul(each.key()) || holds_nul(each.value());
        });
    return false;
}

/// The text of what was read as `value`: it is kept and given back as it was written.
std::string read_custom_fields(const http::request& request, const json::value& value,
                               body_faults& faults) {
    auto text = member_text(request.body(), "custom_fields").value();
    if (text.size() > domain::max_custom_fields)
        faults.note("/custom_fields", "must not be larger than 32 KiB");
    else if (holds_nul(value))
        faults.note("/custom_fields", "must not contain the character U+0000");
    else if (reveals_key(json::serialize(value)))
        faults.note("/custom_fields", "must not contain an API key");
    return text;
}

std::vector<std::string> read_domains(const json::value& value, body_faults& faults) {
    std::vector<std::string_view> given;
    const auto* array = value.if_array();
    if (!array) {
        faults.note("/domains", "must be an array of strings");
        return {};
    }
    for (const auto& each : *array)
        // What is no string is no host name either, and is told so in its place.
        given.push_back(each.is_string() ? std::string_view{each.get_string()} : "");
    auto domains = domain::parse_domains(given);
    if (domains) return std::move(*domains);
    faults.take(domains.error());
    return {};
}

}  // namespace

result<service::new_company> decode_create_company(http::request& request) {
    const auto body = read_object(request);
    if (!body) return body.error();
    body_faults faults;
    auto name = read_company_name(*body, faults);
    domain::company_profile profile;
    if (const auto* domains = body->if_contains("domains"))
        profile.domains = read_domains(*domains, faults);
    if (const auto* fields = body->if_contains("custom_fields")) {
        if (fields->is_object())
            profile.custom_fields = read_custom_fields(request, *fields, faults);
        else
            faults.note("/custom_fields", "must be an object");
    }
    if (!faults.none()) return std::move(faults).to_error();
    if (profile.custom_fields == "{}") profile.custom_fields.clear();  // as good as none
    return service::new_company{std::move(*name), std::move(profile)};
}

result<domain::company_change> decode_update_company(http::request& request) {
    const auto body = read_object(request);
    if (!body) return body.error();
    body_faults faults;
    domain::company_change change{.only_if_active = true};
    if (body->contains("name")) change.name = read_company_name(*body, faults);
    if (const auto* domains = body->if_contains("domains"))
        change.profile.domains = read_domains(*domains, faults);
    if (const auto* fields = body->if_contains("custom_fields")) {
        if (fields->is_object() || fields->is_null())
            change.profile.custom_fields_patch = read_custom_fields(request, *fields, faults);
        else
            faults.note("/custom_fields", "must be an object");
    }
    if (faults.none() && !change.name && change.profile.empty())
        faults.note("", "must have name, domains or custom_fields");
    if (!faults.none()) return std::move(faults).to_error();
    return change;
}

result<list_query> decode_list(const http::request& request) {
    body_faults faults;
    const auto part = read_window(request, faults);
    domain::company_filter filter{.active = true};
    if (const auto text = request.query("name")) {
        const auto name = domain::tidy(*text, domain::max_company_name);
        if (name)
            filter.name_part = domain::caseless_key(*name);
        else
            faults.note("name", "must be a part of a name");
    }
    if (const auto text = request.query("domain")) {
        filter.domain = domain::host_name(*text);
        if (!filter.domain) faults.note("domain", "must be a host name");
    }
    if (!faults.none()) return std::move(faults).to_error();
    return list_query{std::move(filter), part};
}

result<domain::company_id> decode_company_id(const http::request& request,
                                             domain::agency_id agency) {
    const auto id = domain::company_of_uuid(agency, request.path_parameter(0));
    if (!id) return error{.code = errc::not_found};
    return *id;
}

}  // namespace tenantry::surfaces::inboxops
