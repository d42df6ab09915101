// The golden files of tests/golden, a folder a surface: each is a request and the response that its
// contract's page promises.
//
// A file: comments (#), what to run in the database around the request (@before, @after; the
// scene's values stand in it too), the request's line, its headers, a blank line, its body; the
// line "--- response"; the status, the headers that matter, a blank line, the body. White space
// between JSON tokens counts for nothing. {names} in the request, and those of the response that
// were known before, stand for the scene's values; the others for a pattern.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/http_client.hpp"

namespace tenantry::test::golden {

using values = std::map<std::string, std::string>;

struct exchange {
    std::string surface, name;
    std::string before, after;
    std::string method, target;
    http_headers headers;
    std::string body;
    unsigned status = 0;
    http_headers expected_headers;
    std::string expected_body;
};

exchange read_exchange(const std::filesystem::path& file);

/// Below tests/golden, by name; `extension` with its dot.
std::vector<std::filesystem::path> files(std::string_view extension);
std::vector<exchange> every_exchange();

/// The text with the scene's values in it. Throws std::out_of_range for a name that it has not.
std::string filled(const std::string& text, const values& scene);

/// Whether that is what the text stands for, to the letter.
bool matches(const std::string& actual, const std::string& expected, const values& scene);

/// JSON without the white space between its tokens.
std::string compact(const std::string& json);

}  // namespace tenantry::test::golden
