#include "api/http/router.hpp"

#include <algorithm>
#include <stdexcept>

namespace tenantry::http {
namespace {

constexpr std::array<verb, 7> methods{verb::get,   verb::head,    verb::post,   verb::put,
                                      verb::patch, verb::delete_, verb::options};
constexpr std::array<std::string_view, 7> method_names{"GET",   "HEAD",   "POST",   "PUT",
                                                       "PATCH", "DELETE", "OPTIONS"};
constexpr std::size_t get_slot = 0;
constexpr std::size_t head_slot = 1;
constexpr std::size_t options_slot = 6;

std::size_t slot_of(verb method) {
    return static_cast<std::size_t>(std::find(methods.begin(), methods.end(), method) -
                                    methods.begin());
}

/// Takes the next segment off a path "/a/b" → "a", leaving "/b".
std::string_view take_segment(std::string_view& rest) {
    rest.remove_prefix(1);
    const auto segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    return segment;
}

bool is_parameter(std::string_view segment) {
    return segment.starts_with('{');
}

[[noreturn]] void refuse(std::string_view path, std::string_view why) {
    throw std::invalid_argument("route " + std::string{path} + ": " + std::string{why});
}

void check_form(const route_pattern& pattern) {
    if (!pattern.path.starts_with('/')) refuse(pattern.path, "does not start with a slash");
    if (slot_of(pattern.method) == methods.size()) refuse(pattern.path, "has no known method");
    std::size_t parameters = 0;
    for (auto rest = pattern.path; !rest.empty();) {
        const auto segment = take_segment(rest);
        if (segment.empty() && pattern.path != "/") refuse(pattern.path, "has an empty segment");
        const bool braces = segment.find_first_of("{}") != segment.npos;
        const bool whole = segment.size() > 2 && is_parameter(segment) && segment.ends_with('}') &&
                           segment.find_first_of("{}", 1) == segment.size() - 1;
        if (braces && !whole) refuse(pattern.path, "has a parameter that is no whole segment");
        parameters += braces;
    }
    if (parameters > max_path_parameters) refuse(pattern.path, "has too many parameters");
}

}  // namespace

router::router(std::span<const route_pattern> patterns) {
    nodes_.emplace_back();
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        check_form(patterns[i]);
        refuse_ambiguous(0, patterns[i].path, 0, patterns[i].path);
        insert(patterns[i], static_cast<std::uint32_t>(i));
    }
    for (node& n : nodes_) {
        const auto has = [&n](std::size_t slot) { return n.routes[slot] != none; };
        if (std::none_of(n.routes.begin(), n.routes.end(), [](auto r) { return r != none; })) {
            continue;
        }
        for (std::size_t slot = 0; slot < methods.size(); ++slot) {
            const bool implied = slot == options_slot || (slot == head_slot && has(get_slot));
            if (!has(slot) && !implied) continue;
            if (!n.allow.empty()) n.allow += ", ";
            n.allow += method_names[slot];
        }
    }
}

// Walks every earlier route that matches a common path. `specificity` collects who was the more
// specific one so far: bit 1 the new route, bit 2 the earlier one; both is neither.
void router::refuse_ambiguous(std::uint32_t at, std::string_view rest, int specificity,
                              std::string_view path) const {
    const node& here = nodes_[at];
    if (rest.empty()) {
        if (specificity == 3 && !std::all_of(here.routes.begin(), here.routes.end(),
                                             [](auto r) { return r == none; })) {
            refuse(path, "is ambiguous with an earlier one");
        }
        return;
    }
    const auto segment = take_segment(rest);
    if (is_parameter(segment)) {
        for (const auto& [literal, next] : here.literals) {
            refuse_ambiguous(next, rest, specificity | 2, path);
        }
        if (here.parameter != none) refuse_ambiguous(here.parameter, rest, specificity, path);
    } else {
        if (const auto next = child(at, segment); next != none) {
            refuse_ambiguous(next, rest, specificity, path);
        }
        if (here.parameter != none) refuse_ambiguous(here.parameter, rest, specificity | 1, path);
    }
}

void router::insert(const route_pattern& pattern, std::uint32_t index) {
    std::uint32_t at = 0;
    for (auto rest = pattern.path; !rest.empty();) at = make_child(at, take_segment(rest));
    std::uint32_t& route = nodes_[at].routes[slot_of(pattern.method)];
    if (route != none) refuse(pattern.path, "is there twice");
    route = index;
}

std::uint32_t router::child(std::uint32_t at, std::string_view segment) const {
    const auto& literals = nodes_[at].literals;
    const auto found =
        std::lower_bound(literals.begin(), literals.end(), segment,
                         [](const auto& literal, std::string_view s) { return literal.first < s; });
    return found != literals.end() && found->first == segment ? found->second : none;
}

std::uint32_t router::make_child(std::uint32_t at, std::string_view segment) {
    const auto existing = is_parameter(segment) ? nodes_[at].parameter : child(at, segment);
    if (existing != none) return existing;
    const auto made = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
    if (is_parameter(segment)) {
        nodes_[at].parameter = made;
    } else {
        auto& literals = nodes_[at].literals;
        const auto place = std::upper_bound(
            literals.begin(), literals.end(), segment,
            [](std::string_view s, const auto& literal) { return s < literal.first; });
        literals.emplace(place, std::string{segment}, made);
    }
    return made;
}

// Depth first, the literal before the parameter; no deeper than the deepest route.
const router::node* router::walk(std::uint32_t at, std::string_view rest,
                                 route_match& found) const {
    const node& here = nodes_[at];
    if (rest.empty()) return here.allow.empty() ? nullptr : &here;
    const auto segment = take_segment(rest);
    if (const auto next = child(at, segment); next != none) {
        if (const node* end = walk(next, rest, found)) return end;
    }
    if (here.parameter == none || segment.empty()) return nullptr;
    const auto count = found.parameter_count;
    found.parameters[found.parameter_count++] = segment;
    if (const node* end = walk(here.parameter, rest, found)) return end;
    found.parameter_count = count;
    return nullptr;
}

route_match router::match(verb method, std::string_view path) const {
    route_match found;
    const node* end = path.starts_with('/') ? walk(0, path, found) : nullptr;
    if (!end) return {};
    found.allow = end->allow;
    const auto slot = slot_of(method);
    auto index = slot < methods.size() ? end->routes[slot] : none;
    if (index == none && slot == head_slot) index = end->routes[get_slot];
    found.what = index == none ? route_match::kind::method_not_allowed : route_match::kind::found;
    found.index = index == none ? 0 : index;
    return found;
}

}  // namespace tenantry::http
