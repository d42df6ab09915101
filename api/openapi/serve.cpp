#include "api/openapi/serve.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tenantry::openapi {

namespace {

// Short: after a new release nobody reads an old contract for long. It is checked by its tag then.
constexpr const char* cache_control = "public, max-age=300";

// The viewer's icons are data: URLs in its style sheet. It runs no script and no style that is
// written into the page, and calls nobody but this server.
constexpr const char* content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view trim(std::string_view s) {
    const auto first = s.find_first_not_of(" \t");
    if (first == s.npos) return {};
    return s.substr(first, s.find_last_not_of(" \t") - first + 1);
}

/// Takes the next element off a list; neither entity tags of ours nor codings have a comma.
std::string_view take_element(std::string_view& list) {
    const auto element = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), element.size() + 1));
    return trim(element);
}

bool is_gzip(std::string_view coding) {
    constexpr std::string_view gzip = "gzip";
    return std::ranges::equal(coding, gzip, [](char a, char b) { return (a | 0x20) == b; });
}

/// Whether a weight is 0, as in "q=0.000".
bool is_refused(std::string_view parameter) {
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) return false;
    return parameter.find_first_not_of("0.", 2) == parameter.npos;
}

}  // namespace

bool takes_gzip(std::string_view accept_encoding) {
    while (!accept_encoding.empty()) {
        const auto element = take_element(accept_encoding);
        const auto end = std::min(element.find(';'), element.size());
        if (!is_gzip(trim(element.substr(0, end)))) continue;
        return end == element.size() || !is_refused(trim(element.substr(end + 1)));
    }
    return false;
}

bool names_tag(std::string_view if_none_match, std::string_view tag) {
    while (!if_none_match.empty()) {
        auto element = take_element(if_none_match);
        if (element == "*") return true;
        if (element.starts_with("W/")) element.remove_prefix(2);
        if (element == tag) return true;
    }
    return false;
}

http::response serve(const asset& what, const http::request_head& request) {
    const bool packed = takes_gzip(request.header("Accept-Encoding"));
    const auto tag = fmt::format("\"{}{}\"", what.digest, packed ? "-gzip" : "");
    http::response response{.content_type = std::string{what.media_type}};
    response.headers = {{"Cache-Control", cache_control},
                        {"ETag", tag},
                        {"Vary", "Accept-Encoding"},
                        {"X-Content-Type-Options", "nosniff"}};
    if (what.media_type.starts_with("text/html")) {
        response.headers.add("Content-Security-Policy", content_security_policy);
        response.headers.add("Referrer-Policy", "no-referrer");
    }
    if (names_tag(request.header("If-None-Match"), tag)) {
        response.status = 304;
        return response;
    }
    if (packed) response.headers.add("Content-Encoding", "gzip");
    response.body = packed ? what.gzip : what.plain;
    return response;
}

}  // namespace tenantry::openapi
