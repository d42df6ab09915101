#include "api/surfaces/woodpecker/decode.hpp"

#include <boost/json.hpp>

#include "api/surfaces/body_reader.hpp"
#include "common/domain/page.hpp"
#include "common/domain/positive_integer.hpp"

namespace tenantry::surfaces::woodpecker {

namespace {

namespace json = boost::json;

error incorrect_parameter(std::string_view name, std::string detail) {
    return incorrect(name, std::string{name}, std::move(detail));
}

/// The same error, pointing at its field.
error at_field(error e, std::string pointer) {
    if (e.fields.empty()) e.fields.push_back({std::move(pointer), "is not a valid name"});
    return e;
}

result<std::string_view> read_name(const json::value& entry, std::size_t i) {
    const auto pointer = "/companies/" + std::to_string(i);
    const auto* company = entry.if_object();
    if (!company) return incorrect("companies", pointer, "must be an object");
    const auto* name = company->if_contains("name");
    if (!name) return incorrect("companies", pointer + "/name", "is required");
    if (!name->is_string()) return incorrect("companies", pointer + "/name", "must be a string");
    return std::string_view{name->get_string()};
}

/// The id that a query parameter filters by; nothing without it.
template<class Id>
result<std::optional<Id>> decode_id(const http::request& request, std::string_view name) {
    const auto text = request.query(name);
    if (!text) return std::nullopt;
    const auto id = domain::positive_integer(*text);
    if (!id) return incorrect_parameter(name, "must be an integer from 1");
    return Id{*id};
}

}  // namespace

result<std::vector<domain::company_name>> decode_create_companies(http::request& request) {
    const auto body = read_object(request, "companies");
    if (!body) return body.error();
    const auto* companies = body->if_contains("companies");
    if (!companies) return incorrect("companies", "/companies", "is required");
    if (!companies->is_array()) return incorrect("companies", "/companies", "must be an array");
    const auto& entries = companies->get_array();
    std::vector<std::string_view> names;
    // The limit goes first: nobody is told about the eleventh entry's name.
    if (entries.size() > domain::max_companies_per_request)
        return error{.code = errc::too_many_companies};
    names.reserve(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto name = read_name(entries[i], i);
        if (!name) return name.error();
        names.push_back(*name);
    }
    return domain::parse_company_names(names);
}

result<domain::company_change> decode_update_company(http::request& request) {
    const auto body = read_object(request, "request body");
    if (!body) return body.error();
    domain::company_change change;
    if (const auto* name = body->if_contains("name")) {
        if (!name->is_string()) return incorrect("name", "/name", "must be a string");
        auto parsed = domain::company_name::parse(name->get_string());
        if (!parsed) return at_field(parsed.error(), "/name");
        change.name = std::move(*parsed);
    }
    if (const auto* active = body->if_contains("active")) {
        if (!active->is_bool()) return incorrect("active", "/active", "must be true or false");
        change.active = active->get_bool();
    }
    if (!change.name && !change.active)
        return incorrect("request body", "", "must have name or active");
    return change;
}

result<domain::api_key_label> decode_create_api_key(http::request& request) {
    const auto body = read_object(request, "label");
    if (!body) return body.error();
    const auto* label = body->if_contains("label");
    if (!label) return incorrect("label", "/label", "is required");
    if (!label->is_string()) return incorrect("label", "/label", "must be a string");
    return domain::api_key_label::parse(label->get_string());
}

result<domain::rotation_overlap> decode_rotate_api_key(http::request& request) {
    constexpr auto by_default = domain::rotation_overlap::one_day;
    if (request.body().empty()) return by_default;
    const auto body = read_object(request, "overlap");
    if (!body) return body.error();
    const auto* overlap = body->if_contains("overlap");
    if (!overlap) return by_default;
    if (overlap->is_string())
        if (auto parsed = domain::parse_rotation_overlap(overlap->get_string())) return *parsed;
    if (whole_number(*overlap) == 0) return domain::rotation_overlap::none;
    return incorrect("overlap", "/overlap", "must be \"0\", \"1h\", \"24h\" or \"7d\"");
}

result<std::int64_t> decode_page(const http::request& request) {
    const auto text = request.query("page");
    if (!text) return 1;
    const auto page = domain::positive_integer(*text);
    if (!page || *page > domain::max_page)
        return incorrect_parameter("page", "must be an integer from 1");
    return *page;
}

result<std::optional<bool>> decode_active(const http::request& request) {
    const auto text = request.query("active");
    if (!text) return std::nullopt;
    if (*text == "true") return true;
    if (*text == "false") return false;
    return incorrect_parameter("active", "must be true or false");
}

result<std::chrono::seconds> decode_wait(const http::request& request) {
    constexpr std::int64_t longest = 30;
    const auto text = request.query("wait");
    if (!text || *text == "0") return std::chrono::seconds{0};
    const auto wait = domain::positive_integer(*text);
    if (!wait || *wait > longest)
        return incorrect_parameter("wait", "must be a number of seconds from 0 to 30");
    return std::chrono::seconds{*wait};
}

result<domain::job_filter> decode_job_filter(const http::request& request) {
    domain::job_filter filter;
    if (const auto state = request.query("state")) {
        filter.state = domain::parse_job_state(*state);
        if (!filter.state) return incorrect_parameter("state", "must be the state of a job");
    }
    filter.kind = request.query("kind");
    const auto company = decode_id<domain::company_id>(request, "company_id");
    if (!company) return company.error();
    filter.company = *company;
    const auto batch = decode_id<domain::job_id>(request, "batch_id");
    if (!batch) return batch.error();
    filter.batch = *batch;
    return filter;
}

}  // namespace tenantry::surfaces::woodpecker
