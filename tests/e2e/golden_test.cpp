// Each golden exchange, held against the running API member by member, in order.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <regex>
#include <set>

#include "api/routes.hpp"
#include "tests/e2e/scene.hpp"
#include "tests/support/exchange_log.hpp"

namespace {

using namespace tenantry::test;
using namespace tenantry::test::golden;

http_reply perform(const exchange& e, const values& scene) {
    http_headers headers;
    for (const auto& [name, value] : e.headers) headers.emplace_back(name, filled(value, scene));
    if (!e.before.empty()) shared().base.sql().execute(filled(e.before, scene));
    const auto target = filled(e.target, scene);
    const auto body = filled(e.body, scene);
    auto reply = shared().as("").request(e.method, target, headers, body);
    keep_exchange(e.surface + "/" + e.name, e.method, target, headers, body, reply);
    if (!e.after.empty()) shared().base.sql().execute(filled(e.after, scene));
    return reply;
}

/// Whether `target`, without its query, is of the route's pattern.
bool is_of(std::string_view target, std::string_view pattern) {
    target = target.substr(0, target.find('?'));
    const auto wildcards =
        std::regex_replace(std::string{pattern}, std::regex{R"(\{[a-z_]+\})"}, "[^/]+");
    return std::regex_match(std::string{target}, std::regex{wildcards});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(golden_test)

BOOST_AUTO_TEST_CASE(every_golden_exchange_is_answered_to_the_letter) {
    for (const auto& e : every_exchange()) {
        BOOST_TEST_CONTEXT(e.surface << '/' << e.name) {
            const auto scene = scene_for(e);
            const auto reply = perform(e, scene);
            BOOST_TEST(reply.status == e.status, reply.body);
            for (const auto& [name, value] : e.expected_headers)
                BOOST_TEST(matches(reply.header(name), value, scene),
                           name << ": " << reply.header(name) << ", not " << value);
            BOOST_TEST(matches(reply.body, compact(e.expected_body), scene),
                       reply.body << "\nis not\n"
                                  << compact(e.expected_body));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_published_contract_is_kept_among_the_exchanges) {
    for (const auto* path : {"/api/v1/openapi.json", "/api/v1/docs"}) {
        const auto reply = shared().as("").get(path);
        BOOST_TEST(reply.status == 200U);
        keep_exchange("published", "GET", path, {}, "", reply);
    }
}

BOOST_AUTO_TEST_CASE(every_route_has_a_golden_exchange_that_succeeds) {
    const auto exchanges = every_exchange();
    for (const auto& [surface, routes] : tenantry::api::every_route())
        for (const auto& route : routes) {
            const std::string method{to_string(route.method)};
            const bool covered = std::ranges::any_of(exchanges, [&](const exchange& e) {
                return e.method == method && e.status < 300 && is_of(e.target, route.path);
            });
            BOOST_TEST(covered, method << ' ' << route.path << " has no golden exchange");
        }
}

BOOST_AUTO_TEST_CASE(every_status_of_the_contracts_page_has_a_golden_exchange) {
    std::set<unsigned> shown;
    for (const auto& e : every_exchange())
        if (e.surface == "woodpecker" && e.method == "POST" &&
            e.name.starts_with("companies-create"))
            shown.insert(e.status);
    for (const unsigned status : {201U, 400U, 401U, 404U, 422U, 500U})
        BOOST_TEST(shown.contains(status), status);
}

BOOST_AUTO_TEST_CASE(every_status_of_the_answering_agent_has_a_golden_exchange) {
    std::set<unsigned> shown;
    for (const auto& e : every_exchange())
        if (e.surface == "answering") shown.insert(e.status);
    for (const unsigned status : {200U, 201U, 204U, 400U, 401U, 403U, 404U, 405U, 415U, 422U, 500U})
        BOOST_TEST(shown.contains(status), status);
}

BOOST_AUTO_TEST_CASE(an_errors_timestamp_is_the_time_in_utc) {
    const auto reply = shared().as("").get("/rest/v2/agency/nowhere");
    const auto age = shared().base.sql().number(
        fmt::format("SELECT extract(epoch FROM now() - '{}+00'::timestamptz)::bigint",
                    reply.text("/timestamp")));
    BOOST_TEST((age >= -1 && age <= 5));
}

BOOST_AUTO_TEST_CASE(a_response_that_differs_in_one_member_is_seen_to_differ) {
    const values scene{{"company", "7"}};
    const auto expected = compact(R"({ "id": {company}, "at": "{timestamp}" })");
    BOOST_TEST(matches(R"({"id":7,"at":"2025-03-05 17:57:00"})", expected, scene));
    for (const auto* other :
         {R"({"id":8,"at":"2025-03-05 17:57:00"})", R"({"at":"2025-03-05 17:57:00","id":7})",
          R"({"id":7,"at":"2025-03-05T17:57:00"})", R"({"id":7,"at":"2025-03-05 17:57:00","x":1})"})
        BOOST_TEST(!matches(other, expected, scene), other);
}

BOOST_AUTO_TEST_SUITE_END()
