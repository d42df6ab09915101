#include "api/surfaces/body_reader.hpp"

#include <boost/json.hpp>
#include <cmath>
#include <iterator>

#include "api/http/json_reader.hpp"

namespace tenantry::surfaces {

namespace {

namespace json = boost::json;

/// The last part of a pointer: what a client calls the field.
std::string name_in(std::string_view pointer) {
    const auto name = pointer.substr(pointer.rfind('/') + 1);
    return std::string{name.empty() ? "request body" : name};
}

}  // namespace

void body_faults::take(error e) {
    std::move(e.fields.begin(), e.fields.end(), std::back_inserter(fields_));
}

error body_faults::to_error() && {
    auto subject = name_in(fields_.front().pointer);
    return {
        .code = errc::invalid_value, .subject = std::move(subject), .fields = std::move(fields_)};
}

error incorrect(std::string_view subject, std::string pointer, std::string detail) {
    return {.code = errc::invalid_value,
            .subject = std::string{subject},
            .fields = {{std::move(pointer), std::move(detail)}}};
}

result<json::object> read_object(http::request& request, std::string_view subject,
                                 std::string detail) {
    auto value = http::parse_json(request.body(), request.memory());
    if (!value) return value.error();
    if (!value->is_object()) return incorrect(subject, "", std::move(detail));
    return std::move(value->get_object());
}

std::optional<std::string_view> read_text(const json::object& from, std::string_view name,
                                          const std::string& pointer, body_faults& faults) {
    const auto* value = from.if_contains({name.data(), name.size()});
    if (!value)
        faults.note(pointer, "is required");
    else if (!value->is_string())
        faults.note(pointer, "must be a string");
    else
        return std::string_view{value->get_string()};
    return std::nullopt;
}

std::optional<std::int64_t> whole_number(const json::value& value) {
    // Up to here a double stands for one integer alone.
    constexpr double exact = 9007199254740992;  // 2^53
    if (const auto* integer = value.if_int64()) return *integer;
    const auto* number = value.if_double();
    if (!number || std::trunc(*number) != *number || std::abs(*number) > exact) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

std::optional<domain::company_name> read_company_name(const json::object& from,
                                                      body_faults& faults) {
    const auto text = read_text(from, "name", "/name", faults);
    if (!text) return std::nullopt;
    auto name = domain::company_name::parse(*text);
    if (name) return std::move(*name);
    faults.note("/name", domain::name_fault(name.error().code));
    return std::nullopt;
}

}  // namespace tenantry::surfaces
