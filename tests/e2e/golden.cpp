#include "tests/e2e/golden.hpp"

#include <algorithm>
#include <boost/algorithm/string/trim.hpp>
#include <regex>
#include <sstream>

#include "tests/support/program.hpp"

namespace tenantry::test::golden {

namespace fs = std::filesystem;

namespace {

const values patterns{
    {"id", "[1-9][0-9]*"},
    {"key", "ixk_[0-9A-Za-z]{39,49}"},
    {"timestamp", "[0-9]{4}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-6][0-9]"},
    {"instant", "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9][.][0-9]{6}Z"},
    {"second", "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z"},
    {"uuid", "[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"},
    {"organization_id", "org_[0-9a-f]{16}"},
    {"cursor", "i[0-9a-f]{16}"},
    {"token", "eyJ[0-9A-Za-z_-]+[.]eyJ[0-9A-Za-z_-]+[.][0-9A-Za-z_-]{43}"},
    {"schema", TENANTRY_SCHEMA_CHANGE},
    {"sentence", "[^\"]+"},
};

http_headers read_headers(std::istream& in) {
    http_headers headers;
    for (std::string line; std::getline(in, line) && !line.empty();) {
        const auto colon = line.find(": ");
        if (colon == std::string::npos) throw std::runtime_error("no header: " + line);
        headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    return headers;
}

/// Everything to the line `end`, or to the end.
std::string read_body(std::istream& in, std::string_view end = "") {
    std::string body;
    for (std::string line; std::getline(in, line) && (end.empty() || line != end);)
        body += line + '\n';
    return boost::trim_copy(body);
}

/// Replaces {names} by what `known` says, and the text between them by what `plain` makes of it.
template<class Known, class Plain>
std::string expand(const std::string& text, Known known, Plain plain) {
    static const std::regex name{R"(\{([a-z_]+)\})"};
    std::string out;
    auto from = text.cbegin();
    for (std::sregex_iterator at{text.begin(), text.end(), name}, end; at != end; ++at) {
        out += plain(std::string{from, (*at)[0].first}) + known((*at)[1]);
        from = (*at)[0].second;
    }
    return out + plain(std::string{from, text.cend()});
}

std::string quoted(const std::string& plain) {
    static const std::regex special{R"([.^$|()\[\]{}*+?\\])"};
    return std::regex_replace(plain, special, R"(\$&)");
}

}  // namespace

exchange read_exchange(const fs::path& file) {
    std::istringstream in{read_file(file)};
    exchange e;
    e.surface = file.parent_path().filename().string();
    e.name = file.stem().string();
    std::string line;
    while (std::getline(in, line) && (line.starts_with('#') || line.starts_with('@'))) {
        if (line.starts_with("@before ")) e.before = line.substr(8);
        if (line.starts_with("@after ")) e.after = line.substr(7);
    }
    std::istringstream{line} >> e.method >> e.target;
    e.headers = read_headers(in);
    e.body = read_body(in, "--- response");
    std::getline(in, line);
    e.status = static_cast<unsigned>(std::stoul(line));
    e.expected_headers = read_headers(in);
    e.expected_body = read_body(in);
    return e;
}

std::vector<fs::path> files(std::string_view extension) {
    std::vector<fs::path> all;
    for (const auto& entry : fs::recursive_directory_iterator{TENANTRY_SOURCE_DIR "/tests/golden"})
        if (entry.path().extension() == extension) all.push_back(entry.path());
    std::ranges::sort(all);
    return all;
}

std::vector<exchange> every_exchange() {
    std::vector<exchange> all;
    for (const auto& file : files(".http")) all.push_back(read_exchange(file));
    return all;
}

std::string filled(const std::string& text, const values& scene) {
    return expand(
        text, [&](const std::string& name) { return scene.at(name); },
        [](const std::string& plain) { return plain; });
}

bool matches(const std::string& actual, const std::string& expected, const values& scene) {
    const auto pattern = expand(
        expected,
        [&](const std::string& name) {
            const auto known = scene.find(name);
            return known != scene.end() ? quoted(known->second) : patterns.at(name);
        },
        quoted);
    return std::regex_match(actual, std::regex{pattern});
}

std::string compact(const std::string& json) {
    std::string out;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (json[i] == '"' && (i == 0 || json[i - 1] != '\\')) in_string = !in_string;
        if (in_string || !std::isspace(static_cast<unsigned char>(json[i]))) out += json[i];
    }
    return out;
}

}  // namespace tenantry::test::golden
