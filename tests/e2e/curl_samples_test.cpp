// The cURL sample of each contract's page, run by curl itself, is answered as its golden exchange
// says.
#include <fmt/format.h>

#include <boost/algorithm/string/trim.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <set>

#include "api/routes.hpp"
#include "tests/e2e/scene.hpp"

namespace {

using namespace tenantry::test;
using namespace tenantry::test::golden;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// Where curl finds its settings, so that the sample stays as its page has it.
struct curl_home : temporary_directory {
    curl_home() {
        std::ofstream{path() / ".curlrc"} << "silent\nshow-error\nnoproxy = \"*\"\n"
                                             "write-out = \"\\n%{http_code}\"\n";
    }
};

struct answer {
    std::string body;
    std::string status;
};

answer run_sample(const std::string& command) {
    const curl_home settings;
    const auto ran = run_command({"sh", "-c", command}, {{"CURL_HOME", settings.path()}}, 30s);
    BOOST_TEST_REQUIRE(ran.status == 0, ran.output);
    const auto end = ran.output.rfind('\n');
    return {ran.output.substr(0, end), ran.output.substr(end + 1)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(curl_samples_test)

BOOST_AUTO_TEST_CASE(each_pages_curl_sample_is_answered_as_its_page_says) {
    std::set<std::string> shown;
    for (const auto& sample : files(".curl")) {
        const auto expected = read_exchange(fs::path{sample}.replace_extension(".http"));
        BOOST_TEST_CONTEXT(expected.surface) {
            auto scene = scene_for(expected);
            scene["url"] = fmt::format("http://127.0.0.1:{}", shared().api.http_port());
            const auto got = run_sample(filled(read_file(sample), scene));
            BOOST_TEST(got.status == std::to_string(expected.status));
            BOOST_TEST(matches(got.body, compact(expected.expected_body), scene), got.body);
        }
        shown.insert(expected.surface);
    }
    for (const auto& [surface, routes] : tenantry::api::every_route())
        BOOST_TEST(shown.contains(std::string{surface->name}), surface->name);
}

BOOST_AUTO_TEST_SUITE_END()
