// The published contract: what the program serves of it, and what users do with it: a browser, a
// generated client, and a tool that tries the API against its document.
#include <boost/test/unit_test.hpp>

#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

running_stack& shared() {
    static running_stack s;
    return s;
}

client anybody() {
    return shared().as("");
}

std::string url() {
    return "http://127.0.0.1:" + std::to_string(shared().api.http_port());
}

/// A directory where Node finds what npm installed.
class node_directory {
public:
    explicit node_directory(const fs::path& sources) {
        fs::copy(sources, path(), fs::copy_options::recursive);
        fs::create_directory_symlink(TENANTRY_SOURCE_DIR "/build/tools/contract/node_modules",
                                     path() / "node_modules");
    }
    fs::path path() const { return directory_.path() / "work"; }
    std::string tool(const std::string& name) const { return path() / "node_modules/.bin" / name; }

private:
    temporary_directory directory_;
};

void runs(std::vector<std::string> words, variables environment, std::chrono::seconds limit) {
    const auto what = words.front();
    const auto ran = run_command(std::move(words), std::move(environment), limit);
    BOOST_TEST(ran.status == 0, what << " says\n" << ran.output);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(openapi_test)

BOOST_AUTO_TEST_CASE(the_document_is_the_merged_one_and_needs_no_key) {
    const auto reply = anybody().get("/api/v1/openapi.json");
    BOOST_TEST(reply.status == 200U);
    BOOST_TEST(reply.header("Content-Type") == "application/json");
    BOOST_TEST(reply.text("/openapi").starts_with("3.1"));
    BOOST_TEST((reply.body == read_file(TENANTRY_BINARY_DIR "/openapi/openapi.json")));
    const auto head = anybody().request("HEAD", "/api/v1/openapi.json");
    BOOST_TEST(head.header("Content-Length") == std::to_string(reply.body.size()));
}

BOOST_AUTO_TEST_CASE(who_has_the_document_is_not_sent_it_again) {
    const auto tag = anybody().get("/api/v1/openapi.json").header("ETag");
    const auto again = anybody().get("/api/v1/openapi.json", {{"If-None-Match", tag}});
    BOOST_TEST(again.status == 304U);
    BOOST_TEST(again.body.empty());
    BOOST_TEST(anybody().get("/api/v1/openapi.json", {{"If-None-Match", "\"x\""}}).status == 200U);
}

BOOST_AUTO_TEST_CASE(everything_that_the_page_loads_is_here_packed_too) {
    const auto page = anybody().get("/api/v1/docs");
    BOOST_TEST(page.header("Content-Type").starts_with("text/html"));
    for (const auto* name :
         {"page.js", "page.css", "swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"}) {
        const auto path = std::string{"/api/v1/docs/"} + name;
        BOOST_TEST(page.body.find(path) != std::string::npos, path);
        const auto plain = anybody().get(path);
        const auto packed = anybody().get(path, {{"Accept-Encoding", "gzip"}});
        BOOST_TEST(plain.status == 200U);
        BOOST_TEST(packed.header("Content-Encoding") == "gzip");
        BOOST_TEST(packed.body.starts_with("\x1f\x8b"));
        BOOST_TEST(plain.header("ETag") != packed.header("ETag"));
    }
    BOOST_TEST(anybody().get("/api/v1/docs/nothing").status == 404U);
    BOOST_TEST(anybody().post("/api/v1/docs", "{}").status == 405U);
}

BOOST_AUTO_TEST_CASE(the_page_shows_every_operation_and_tries_requests) {
    const node_directory node{TENANTRY_SOURCE_DIR "/tests/contract"};
    runs({"node", node.path() / "docs_page.mjs", url(), shared().agency.key,
          TENANTRY_BINARY_DIR "/docs.png"},
         {}, 120s);
}

BOOST_AUTO_TEST_CASE(a_generated_client_compiles_strictly_and_creates_a_company) {
    const node_directory node{TENANTRY_SOURCE_DIR "/tests/contract/client"};
    runs({node.tool("openapi-typescript"), TENANTRY_BINARY_DIR "/openapi/openapi.json", "--output",
          node.path() / "api.d.ts"},
         {}, 60s);
    runs({node.tool("tsc"), "--project", node.path()}, {}, 120s);
    runs({"node", node.path() / "out/client.js", url(), shared().agency.key}, {}, 60s);
}

BOOST_AUTO_TEST_SUITE_END()
