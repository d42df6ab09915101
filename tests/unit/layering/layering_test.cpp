// Keeps the design's picture of who may know whom true: the tables below are the picture, and every
// include and every SQL statement of the tree is held against them.
#include <fmt/format.h>
#include <stdlib.h>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using strings = std::vector<std::string_view>;

struct layer {
    std::string_view folder;
    strings may_include;  ///< besides itself: folders, or single headers
};

// A layer covers the folders below it, except that "api" and "worker" are their own files alone.
const std::vector<layer> layers{
    {"common/runtime", {}},
    {"common/domain",
     {"common/runtime/error.hpp", "common/runtime/clock.hpp", "common/runtime/redact.hpp"}},
    {"common/crypto",
     {"common/runtime", "common/domain/ids.hpp", "common/domain/session.hpp",
      "common/domain/positive_integer.hpp"}},
    {"common/pg", {"common/runtime"}},
    {"common/redis", {"common/runtime"}},
    {"common/jobs", {"common/domain", "common/runtime"}},
    {"common/store",
     {"common/domain", "common/jobs", "common/pg", "common/crypto", "common/runtime"}},
    {"api/http", {"common/runtime"}},
    {"api/guard",
     {"api/http", "api/service", "common/store", "common/pg", "common/redis", "common/domain",
      "common/crypto", "common/runtime"}},
    // A use case holds its transaction (pg) and pushes its jobs' ids after the commit (redis).
    {"api/service",
     {"common/store", "common/jobs", "common/domain", "common/crypto", "common/pg", "common/redis",
      "common/runtime"}},
    {"api/surfaces", {"api/service", "api/http", "common/domain", "common/runtime"}},
    {"api/openapi", {"api/http", "common/runtime"}},
    {"api/admin",
     {"api/service", "common/store", "common/jobs", "common/domain", "common/crypto", "common/pg",
      "common/runtime"}},
    {"api", {"api", "common"}},
    {"worker/handlers",
     {"common/store", "common/jobs", "common/domain", "common/crypto", "common/pg",
      "common/runtime"}},
    {"worker", {"worker", "common"}},
};

struct fence {
    std::string_view header;  ///< what an include in angle brackets begins with
    strings folders;          ///< who may write it
};

const std::vector<fence> fences{
    {"libpq-fe.h", {"common/pg"}},
    {"hiredis/", {"common/redis"}},
    {"jwt.h", {"common/crypto"}},
    {"boost/beast", {"api/http", "common/runtime"}},
    {"openssl/", {"common/crypto", "common/redis"}},  // Redis names a script by its SHA-1
    {"prometheus/", {"common/runtime"}},
    {"utf8proc.h", {"common/domain"}},
    {"date/", {"common/domain"}},
};

/// The domain knows nothing of I/O: whatever library it includes is named here.
const strings domain_libraries{"boost/system/", "boost/locale/utf.hpp", "utf8proc.h", "fmt/",
                               "date/"};

const strings sql_folders{"common/store", "common/pg"};

bool is_within(std::string_view path, std::string_view folder) {
    return path == folder ||
           (path.starts_with(folder) && path.substr(folder.size()).starts_with('/'));
}

bool is_within_any(std::string_view path, const strings& folders) {
    return std::ranges::any_of(folders, [&](auto each) { return is_within(path, each); });
}

const layer* layer_of(const fs::path& file) {
    const auto folder = file.parent_path().string();
    for (const auto& each : layers) {
        const bool is_root = each.folder.find('/') == each.folder.npos;
        if (folder == each.folder || (!is_root && is_within(folder, each.folder))) return &each;
    }
    return nullptr;
}

struct found_text {
    std::size_t line;
    std::string text;
};

// The string literals of C++ source, neighbours joined as the compiler joins them.
class literal_reader {
public:
    explicit literal_reader(std::string_view source) : source_(source) {}

    std::vector<found_text> read() {
        while (at_ < source_.size()) step();
        return std::move(literals_);
    }

private:
    void step() {
        if (looking_at("//")) return skip_past("\n");
        if (looking_at("/*")) return skip_past("*/");
        if (looking_at("R\"")) return raw_string();
        const char c = source_[at_];
        if (c == '"') return quoted();
        if (c == '\'' && !(at_ > 0 && std::isalnum(static_cast<unsigned char>(source_[at_ - 1]))))
            return skip_character();
        if (!std::isspace(static_cast<unsigned char>(c))) joins_ = false;
        ++at_;
    }

    bool looking_at(std::string_view text) const { return source_.substr(at_).starts_with(text); }

    void skip_past(std::string_view end) {
        const auto found = source_.find(end, at_);
        at_ = found == source_.npos ? source_.size() : found + end.size();
    }

    void skip_character() {
        ++at_;
        while (at_ < source_.size() && source_[at_] != '\'') at_ += source_[at_] == '\\' ? 2 : 1;
        ++at_;
        joins_ = false;
    }

    void quoted() {
        const auto start = ++at_;
        while (at_ < source_.size() && source_[at_] != '"') at_ += source_[at_] == '\\' ? 2 : 1;
        keep(start, std::min(at_, source_.size()));
        ++at_;
    }

    void raw_string() {
        const auto open = source_.find('(', at_);
        const auto end = ")" + std::string{source_.substr(at_ + 2, open - at_ - 2)} + "\"";
        const auto close = std::min(source_.find(end, open), source_.size());
        keep(open + 1, close);
        at_ = close + end.size();
    }

    void keep(std::size_t start, std::size_t end) {
        if (!joins_)
            literals_.push_back({1U + static_cast<std::size_t>(std::count(
                                          source_.begin(), source_.begin() + start, '\n')),
                                 ""});
        literals_.back().text += source_.substr(start, end - start);
        joins_ = true;
    }

    std::string_view source_;
    std::size_t at_ = 0;
    bool joins_ = false;  // nothing but space since the last literal
    std::vector<found_text> literals_;
};

// By what a statement begins with: words in the middle of a sentence are English.
bool is_sql(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) {
        return static_cast<char>(std::isspace(c) ? ' ' : std::tolower(c));
    });
    text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
    const auto begins = [&](std::string_view verb) { return text.starts_with(verb); };
    const auto has = [&](std::string_view word) { return text.find(word) != text.npos; };
    return begins("insert into ") || begins("delete from ") || begins("set local ") ||
           (begins("select ") && (has(" from ") || has("("))) ||
           (begins("update ") && has(" set ")) || (begins("with ") && has(" as ("));
}

struct included {
    std::size_t line;
    std::string header;
    bool ours;  ///< in quotes
};

std::vector<included> includes_of(std::string_view source) {
    std::vector<included> found;
    std::size_t line = 0;
    while (!source.empty()) {
        ++line;
        const auto end = std::min(source.find('\n'), source.size() - 1);
        const auto text = source.substr(0, end);
        source.remove_prefix(end + 1);
        if (!text.starts_with("#include ") || text.size() < 11) continue;
        const auto name = text.substr(10);
        found.push_back(
            {line, std::string{name.substr(0, name.find_first_of("\">"))}, text[9] == '"'});
    }
    return found;
}

// Why `layer` may not include this; empty where it may.
std::string refusal(const layer& from, const included& what) {
    if (what.ours) {
        const bool allowed =
            is_within(what.header, from.folder) || is_within_any(what.header, from.may_include);
        return allowed ? "" : fmt::format("{} may not include \"{}\"", from.folder, what.header);
    }
    for (const auto& each : fences)
        if (what.header.starts_with(each.header) && !is_within_any(from.folder, each.folders))
            return fmt::format("<{}> belongs to {}", what.header, fmt::join(each.folders, ", "));
    const bool is_library = what.header.find('/') != what.header.npos;
    if (from.folder == "common/domain" && is_library &&
        std::ranges::none_of(domain_libraries,
                             [&](auto each) { return what.header.starts_with(each); }))
        return fmt::format("common/domain may not include <{}>", what.header);
    return "";
}

std::vector<std::string> offences_of(const fs::path& root, const fs::path& file) {
    std::ifstream in{root / file};
    const std::string source{std::istreambuf_iterator<char>{in}, {}};
    const auto* layer = layer_of(file);
    if (!layer) return {fmt::format("{}:1: this folder is not in the table", file.string())};
    std::vector<std::string> offences;
    for (const auto& each : includes_of(source))
        if (const auto why = refusal(*layer, each); !why.empty())
            offences.push_back(fmt::format("{}:{}: {}", file.string(), each.line, why));
    if (is_within_any(layer->folder, sql_folders)) return offences;
    for (const auto& each : literal_reader{source}.read())
        if (is_sql(each.text))
            offences.push_back(fmt::format("{}:{}: SQL belongs to {}", file.string(), each.line,
                                           fmt::join(sql_folders, ", ")));
    return offences;
}

struct verdict {
    std::size_t files = 0;
    std::vector<std::string> offences;
};

verdict judge(const fs::path& root) {
    verdict all;
    for (const auto* part : {"common", "api", "worker"}) {
        if (!fs::exists(root / part)) continue;
        for (const auto& entry : fs::recursive_directory_iterator{root / part}) {
            const auto extension = entry.path().extension();
            if (extension != ".cpp" && extension != ".hpp") continue;
            ++all.files;
            const auto found = offences_of(root, fs::relative(entry.path(), root));
            all.offences.insert(all.offences.end(), found.begin(), found.end());
        }
    }
    return all;
}

// A small tree of one file, to see the rules refuse something.
class planted_tree {
public:
    planted_tree(const fs::path& file, std::string_view text) {
        auto name = (fs::temp_directory_path() / "tenantry-layering-XXXXXX").string();
        if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
        root_ = name;
        fs::create_directories((root_ / file).parent_path());
        std::ofstream{root_ / file} << text;
    }
    planted_tree(const planted_tree&) = delete;
    planted_tree& operator=(const planted_tree&) = delete;
    ~planted_tree() { fs::remove_all(root_); }

    std::string first_offence() const {
        const auto found = judge(root_).offences;
        return found.empty() ? "none" : found.front();
    }

private:
    fs::path root_;
};

std::string offence(const fs::path& file, std::string_view text) {
    return planted_tree{file, text}.first_offence();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layering_test)

BOOST_AUTO_TEST_CASE(every_file_of_the_tree_keeps_to_its_layer) {
    const auto tree = judge(TENANTRY_SOURCE_DIR);
    BOOST_TEST(tree.files > 20);
    for (const auto& each : tree.offences) BOOST_ERROR(each);
}

BOOST_AUTO_TEST_CASE(a_forbidden_include_is_named_with_its_line) {
    BOOST_TEST(offence("common/domain/a.hpp", "#pragma once\n#include \"common/pg/pool.hpp\"\n") ==
               "common/domain/a.hpp:2: common/domain may not include \"common/pg/pool.hpp\"");
    for (const auto& [file, header] : std::vector<std::pair<fs::path, std::string>>{
             {"common/domain/a.cpp", "common/runtime/log.hpp"},
             {"common/crypto/a.cpp", "common/domain/money.hpp"},
             {"common/pg/a.cpp", "common/store/companies.hpp"},
             {"common/jobs/a.cpp", "common/store/jobs.hpp"},
             {"common/store/a.cpp", "common/redis/streams.hpp"},
             {"api/surfaces/woodpecker/a.cpp", "common/store/companies.hpp"},
             {"api/http/a.cpp", "api/surfaces/woodpecker.hpp"},
             {"api/service/a.cpp", "api/http/router.hpp"},
             {"api/main.cpp", "worker/relay.hpp"},
             {"worker/main.cpp", "api/service/companies.hpp"},
             {"worker/handlers/a.cpp", "worker/consumer.hpp"},
             {"common/runtime/a.cpp", "log.hpp"},
             {"common/runtime/b.cpp", "common/runtimes/log.hpp"}})
        BOOST_TEST(offence(file, "#include \"" + header + "\"") != "none", file << " " << header);
}

BOOST_AUTO_TEST_CASE(an_allowed_include_is_no_offence) {
    for (const auto& [file, header] : std::vector<std::pair<fs::path, std::string>>{
             {"common/domain/a.cpp", "common/runtime/error.hpp"},
             {"common/crypto/a.cpp", "common/domain/ids.hpp"},
             {"common/store/companies/a.cpp", "common/store/rows.hpp"},
             {"api/surfaces/woodpecker/a.cpp", "api/service/companies.hpp"},
             {"api/main.cpp", "api/http/listener.hpp"},
             {"worker/main.cpp", "common/redis/streams.hpp"}})
        BOOST_TEST(offence(file, "#include \"" + header + "\"") == "none");
}

BOOST_AUTO_TEST_CASE(a_library_stays_behind_its_fence) {
    BOOST_TEST(offence("api/main.cpp", "\n\n#include <libpq-fe.h>\n") ==
               "api/main.cpp:3: <libpq-fe.h> belongs to common/pg");
    BOOST_TEST(offence("common/store/a.cpp", "#include <hiredis/async.h>") != "none");
    BOOST_TEST(offence("api/surfaces/a.cpp", "#include <boost/beast/http.hpp>") != "none");
    BOOST_TEST(offence("common/domain/a.cpp", "#include <boost/asio.hpp>") != "none");
    BOOST_TEST(offence("common/domain/a.cpp", "#include <boost/json.hpp>") != "none");
    BOOST_TEST(offence("common/domain/a.cpp", "#include <chrono>") == "none");
    BOOST_TEST(offence("common/pg/a.cpp", "#include <libpq-fe.h>") == "none");
    BOOST_TEST(offence("api/http/a.cpp", "#include <boost/beast/http.hpp>") == "none");
}

BOOST_AUTO_TEST_CASE(a_folder_that_the_table_forgot_is_an_offence) {
    for (const auto* file :
         {"common/new/a.cpp", "api/new/a.cpp", "worker/new/a.hpp", "common/a.hpp"})
        BOOST_TEST(offence(file, "") == std::string{file} + ":1: this folder is not in the table");
}

BOOST_AUTO_TEST_CASE(sql_outside_the_store_is_an_offence_in_any_literal) {
    BOOST_TEST(offence("api/service/a.cpp", "\nauto s =\n    \"SELECT id FROM company\";") ==
               "api/service/a.cpp:3: SQL belongs to common/store, common/pg");
    for (const auto* sql :
         {"R\"(\n insert into job values ($1))\"", "\"update \" \"job set x = 1\"",
          "\"DELETE FROM job\"", "R\"sql(WITH a AS (SELECT 1) SELECT * FROM a)sql\"",
          "'\"'; auto t = \"select now()\"", "1'000; auto t = \"select f(1)\""})
        BOOST_TEST(offence("worker/a.cpp", fmt::format("auto s = {};", sql)) != "none", sql);
}

BOOST_AUTO_TEST_CASE(english_comments_and_the_store_may_say_select) {
    for (const auto* text : {"// SELECT id FROM company", "/* \"SELECT id FROM company\" */",
                             "auto s = \"Select a company.\";", "auto s = \"update the sets\";",
                             "auto s = \"with regards\";"})
        BOOST_TEST(offence("api/service/a.cpp", text) == "none", text);
    BOOST_TEST(offence("common/store/a.cpp", "auto s = \"SELECT id FROM company\";") == "none");
}

BOOST_AUTO_TEST_SUITE_END()
