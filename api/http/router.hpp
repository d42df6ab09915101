// Finds which route a method and a path mean, by a walk of one step a segment however many routes
// there are. It knows nothing of handlers: it answers with the route's index.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/http/message.hpp"

namespace tenantry::http {

/// A path is "/" separated segments; a segment written `{name}` stands for any non-empty one.
struct route_pattern {
    verb method;
    std::string_view path;
};

struct route_match {
    enum class kind { found, method_not_allowed, not_found };

    kind what = kind::not_found;
    std::size_t index = 0;                                           ///< of the pattern, when found
    std::array<std::string_view, max_path_parameters> parameters{};  ///< still escaped, when found
    std::size_t parameter_count = 0;
    std::string_view allow{};  ///< for the Allow header, unless not_found; lives in the router

    std::span<const std::string_view> path_parameters() const {
        return {parameters.data(), parameter_count};
    }
};

class router {
public:
    /// Throws std::invalid_argument when a pattern is malformed, when two have the same method and
    /// shape, or when two match a common path and neither is the more specific one. Methods: GET,
    /// HEAD, POST, PUT, PATCH, DELETE, OPTIONS.
    explicit router(std::span<const route_pattern> patterns);

    /// A literal segment goes before a `{name}`. HEAD falls back to GET. A trailing slash is a
    /// different path. `path` is request_head::path(); the views in the answer point into it.
    /// Allocates nothing.
    route_match match(verb method, std::string_view path) const;

private:
    static constexpr std::uint32_t none = UINT32_MAX;
    static constexpr std::size_t method_count = 7;
    struct node {
        std::vector<std::pair<std::string, std::uint32_t>> literals;  // sorted by segment
        std::uint32_t parameter = none;
        std::array<std::uint32_t, method_count> routes;  // by method; `none` where there is none
        std::string allow;                               // empty: no route ends here
        node() { routes.fill(none); }
    };

    void refuse_ambiguous(std::uint32_t at, std::string_view rest, int specificity,
                          std::string_view path) const;
    void insert(const route_pattern& pattern, std::uint32_t index);
    std::uint32_t child(std::uint32_t at, std::string_view segment) const;
    std::uint32_t make_child(std::uint32_t at, std::string_view segment);
    const node* walk(std::uint32_t at, std::string_view rest, route_match& found) const;

    std::vector<node> nodes_;
};

}  // namespace tenantry::http
