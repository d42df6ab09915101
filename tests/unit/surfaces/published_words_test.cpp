// The errors that the published document shows are those that the surfaces say: each status that a
// surface can answer is there, and each example's words are words that it has.
#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "api/openapi/assets.hpp"
#include "api/routes.hpp"
#include "tests/unit/surfaces/every_errc.hpp"

namespace {

using namespace tenantry;
namespace json = boost::json;

constexpr std::string_view anything = "\x01";

json::value published_document() {
    for (const auto& asset : openapi::every_asset())
        if (asset.path == "/api/v1/openapi.json") return json::parse(std::string{asset.plain});
    throw std::runtime_error("no document");
}

/// False for what only some surfaces have use cases for: the others have words for it, but no route
/// that says them.
bool of_any_surface(errc code) {
    constexpr errc of_some[] = {errc::external_id_taken, errc::last_owner, errc::missing_session,
                                errc::invalid_session};
    return std::ranges::find(of_some, code) == std::ranges::end(of_some);
}

/// What the surface says of every error; `anything` stands for what the error is about.
std::vector<surfaces::refusal> every_refusal(
    const surfaces::surface& surface, bool (*counts)(errc) = [](errc) { return true; }) {
    std::vector<surfaces::refusal> all;
    for (const auto code : test::every_errc()) {
        if (!counts(code)) continue;
        error probe{.code = code, .subject = std::string{anything}};
        probe.fields.push_back({std::string{anything}, std::string{anything}});
        all.push_back(surface.describe(probe));
    }
    return all;
}

bool says(const surfaces::refusal& refusal, std::string_view title, std::string_view detail) {
    const std::string_view words = refusal.detail;
    const auto first = words.find(anything);
    if (refusal.title != title) return false;
    if (first == words.npos) return detail == words;
    return detail.starts_with(words.substr(0, first)) &&
           detail.ends_with(words.substr(words.rfind(anything) + anything.size()));
}

/// The component of a surface's errors of one status; null when there is none.
const json::value* response_of(const json::value& document, std::string_view surface,
                               unsigned status) {
    const auto wanted = std::string{surface} + std::to_string(status);
    for (const auto& [name, response] : document.at_pointer("/components/responses").as_object())
        if (boost::algorithm::to_lower_copy(std::string{name.data(), name.size()}) == wanted)
            return &response;
    return nullptr;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(published_words_test)

BOOST_AUTO_TEST_CASE(each_status_that_a_surface_answers_is_published) {
    const auto document = published_document();
    for (const auto& [surface, routes] : api::every_route())
        for (const auto& refusal : every_refusal(*surface, of_any_surface))
            BOOST_TEST((response_of(document, surface->name, refusal.status) != nullptr),
                       surface->name << ' ' << refusal.status << ' ' << refusal.detail);
}

BOOST_AUTO_TEST_CASE(each_published_error_is_in_the_words_of_its_surface) {
    const auto document = published_document();
    for (const auto& [surface, routes] : api::every_route()) {
        const auto refusals = every_refusal(*surface);
        for (const unsigned status : {400U, 401U, 403U, 404U, 405U, 408U, 409U, 411U, 413U, 415U,
                                      422U, 429U, 431U, 500U, 503U}) {
            const auto* response = response_of(document, surface->name, status);
            if (!response) continue;
            const auto& examples =
                response->at_pointer("/content/application~1problem+json/examples").as_object();
            BOOST_TEST(!examples.empty());
            for (const auto& [name, example] : examples) {
                const std::string_view title = example.at_pointer("/value/title").as_string();
                const std::string_view detail = example.at_pointer("/value/detail").as_string();
                const bool said = std::ranges::any_of(refusals, [&](const auto& refusal) {
                    return refusal.status == status && says(refusal, title, detail);
                });
                BOOST_TEST(said, surface->name << " never says " << status << ' ' << title << ": "
                                               << detail);
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
