#include "api/http/problem.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/json.hpp>
#include <optional>

namespace tenantry::http {
namespace {

namespace json = boost::json;
using boost::beast::iequals;
using boost::beast::string_view;

std::string_view trim(std::string_view s) {
    const auto first = s.find_first_not_of(" \t");
    if (first == s.npos) return {};
    return s.substr(first, s.find_last_not_of(" \t") - first + 1);
}

/// RFC 9110 §12.4.2, in thousandths. Nothing when it is malformed.
std::optional<int> weight(std::string_view q) {
    if (q.empty() || q.size() > 5 || (q[0] != '0' && q[0] != '1')) return std::nullopt;
    if (q.size() > 1 && q[1] != '.') return std::nullopt;
    int thousandths = 0;
    for (std::size_t i = 2; i < 5; ++i) {
        const char digit = i < q.size() ? q[i] : '0';
        if (digit < '0' || digit > '9') return std::nullopt;
        thousandths = thousandths * 10 + (digit - '0');
    }
    if (q[0] == '0') return thousandths;
    return thousandths == 0 ? std::optional{1000} : std::nullopt;
}

/// The weight of one element such as `application/json; charset=utf-8; q=0.5`; malformed reads as
/// 0.
int weight_of(std::string_view element) {
    auto rest = element.substr(std::min(element.find(';'), element.size()));
    while (!rest.empty()) {
        rest.remove_prefix(1);
        const auto parameter = trim(rest.substr(0, rest.find(';')));
        rest.remove_prefix(std::min(rest.find(';'), rest.size()));
        if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
            return weight(parameter.substr(2)).value_or(0);
        }
    }
    return 1000;
}

bool is_type(std::string_view element, std::string_view type) {
    const auto name = trim(element.substr(0, element.find(';')));
    return iequals(string_view{name.data(), name.size()}, string_view{type.data(), type.size()});
}

}  // namespace

std::string problem_json(std::string_view type, std::string_view title, unsigned status,
                         std::string_view detail, std::string_view instance,
                         std::span<const field_error> fields) {
    const auto text = [](std::string_view s) { return json::string_view{s.data(), s.size()}; };
    json::object problem{
        {"type", text(type)}, {"title", text(title)}, {"status", status}, {"detail", text(detail)}};
    if (!instance.empty()) problem["instance"] = text(instance);
    if (!fields.empty()) {
        json::array& errors = problem["errors"].emplace_array();
        for (const field_error& f : fields) {
            const char* const kind = f.pointer.starts_with('/') ? "pointer" : "parameter";
            errors.push_back(json::object{{"detail", f.detail}, {kind, f.pointer}});
        }
    }
    return json::serialize(problem);
}

bool wants_problem_json(std::string_view accept) {
    int problem = 0;
    int plain = 0;
    while (!accept.empty()) {
        const auto element = accept.substr(0, accept.find(','));
        accept.remove_prefix(std::min(accept.size(), element.size() + 1));
        if (is_type(element, problem_media_type)) problem = std::max(problem, weight_of(element));
        if (is_type(element, "application/json")) plain = std::max(plain, weight_of(element));
    }
    return problem > 0 && problem >= plain;
}

}  // namespace tenantry::http
