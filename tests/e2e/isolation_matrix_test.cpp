// Every route of every surface, asked by everybody who may not: from the route table, so that a new
// route without a row here fails.
#include <fmt/format.h>

#include <boost/beast/http/verb.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "api/routes.hpp"
#include "common/crypto/api_key_text.hpp"
#include "common/domain/public_id.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;

/// What a route answers to three callers who hold a good key: one of another agency, one of another
/// company of the same agency, and one that may only read.
struct row {
    std::string_view route;
    std::string_view body;
    unsigned foreign, other_company, read_only;
    std::string_view query = "";
};

// Names in braces are filled in; {unique} is another one for each request.
const row rows[] = {
    {"GET /rest/v1/me", "", 200, 200, 200},
    {"GET /rest/v2/agency/companies", "", 200, 200, 200},
    {"POST /rest/v2/agency/companies", R"({"companies":[{"name":"{unique}"}]})", 201, 403, 403},
    {"GET /rest/v2/agency/companies/{company_id}", "", 404, 404, 200},
    {"PATCH /rest/v2/agency/companies/{company_id}", R"({"active":true})", 404, 404, 403},
    {"GET /rest/v2/agency/companies/{company_id}/api_keys", "", 404, 404, 200},
    {"POST /rest/v2/agency/companies/{company_id}/api_keys", R"({"label":"x"})", 404, 404, 403},
    {"DELETE /rest/v2/agency/companies/{company_id}/api_keys/{key_id}", "", 404, 404, 403},
    {"POST /rest/v2/agency/companies/{company_id}/api_keys/{key_id}/rotate", "{}", 404, 404, 403},
    {"GET /rest/v2/agency/jobs", "", 200, 200, 200},
    {"GET /rest/v2/agency/jobs/{job_id}", "", 404, 404, 200},
    {"POST /rest/v2/agency/jobs/{job_id}/retry", "", 404, 404, 403},
    {"POST /rest/v2/agency/jobs/{job_id}/cancel", "", 404, 404, 403},
    {"GET /rest/v2/agency/batches/{batch_id}", "", 404, 404, 200},

    {"GET /api/v1/companies", "", 200, 200, 200},
    {"POST /api/v1/companies", R"({"name":"{unique}"})", 201, 403, 403},
    {"GET /api/v1/companies/{company_uuid}", "", 404, 404, 200},
    {"PATCH /api/v1/companies/{company_uuid}", R"({"name":"{unique}"})", 404, 404, 403},
    {"DELETE /api/v1/companies/{company_uuid}", "", 404, 404, 403},

    {"GET /v1/organizations", "", 200, 200, 200},
    {"POST /v1/organizations",
     R"({"name":"{unique}","contact":{"email":"a@b.example","first_name":"A","last_name":"B"}})",
     201, 403, 403},
    {"GET /v1/organizations/{organization_id}", "", 404, 404, 200},
    {"POST /v1/organizations/{organization_id}/hold", "", 404, 404, 403},
    {"POST /v1/organizations/{organization_id}/release", "", 404, 404, 403},
    // The token is one of the target's agency: for its own keys it is good, a read-only one too.
    {"POST /auth/v1/rs/token/verify", R"({"token":"{company_key}"})", 401, 201, 201},
    {"POST /auth/v1/rs/token/revoke", "", 204, 204, 204},
    {"GET /companies/v2/rs", "", 200, 200, 200},
    {"POST /companies/v2/rs", R"({"name":"{unique}","type":1,"email":"a@b.co"})", 201, 403, 403},
    {"GET /companies/v2/rs/{company_id}/contacts", "", 404, 404, 200},
    {"POST /companies/v2/rs/{company_id}/contacts", R"([{"name":"x","notify":true}])", 404, 404,
     403},
    {"GET /api/v1/organizations", "", 200, 200, 200},
    {"POST /api/v1/organizations",
     R"({"name":"{unique}","owner":{"external_id":"{unique}","email":"a@b.example"}})", 201, 403,
     403},
    {"GET /api/v1/organizations/{organization_id}", "", 404, 404, 200},
    {"PATCH /api/v1/organizations/{organization_id}", R"({"name":"x"})", 404, 404, 403},
    {"DELETE /api/v1/organizations/{organization_id}", "", 404, 404, 403},
    {"GET /api/v1/users", "", 200, 200, 200},
    {"POST /api/v1/users", R"({"external_id":"{unique}","email":"a@b.example"})", 404, 403, 403,
     "?organization_id={organization_id}"},
    {"GET /api/v1/users/{external_id}", "", 404, 404, 200},
    {"GET /api/v1/locations", "", 200, 200, 200},
    {"POST /api/v1/locations", R"({"name":"x","area_code":"415"})", 404, 404, 403,
     "?organization_id={organization_id}"},
    {"GET /api/v1/locations/{location_id}", "", 404, 404, 200},
    {"PATCH /api/v1/locations/{location_id}", R"({"name":"x"})", 404, 404, 403},
    {"DELETE /api/v1/locations/{location_id}", "", 404, 404, 403},
};

constexpr const char* target_name = "Target of the matrix";

struct world : running_stack {
    world() {
        auto us = owner();
        const auto company = us.create_one(target_name);
        const auto keys = us.get(company_path(company, "/api_keys"));
        const auto in_it = fmt::format("?organization_id={}", company);
        us.post("/api/v1/users" + in_it,
                R"({"external_id":"matrix","email":"m@b.example","name":"Target of the matrix"})");
        const auto location = us.post("/api/v1/locations" + in_it,
                                      R"({"name":"Target of the matrix","area_code":"415"})");
        const tenantry::domain::company_id id{company};
        const tenantry::domain::agency_id ours{agency.id};
        values = {{"company_id", std::to_string(company)},
                  {"company_uuid", tenantry::domain::company_uuid(ours, id)},
                  {"organization_id", std::to_string(company)},
                  {"stablesea_id", tenantry::domain::organization_id(id)},
                  {"external_id", "matrix"},
                  {"location_id", std::to_string(location.integer("/id"))},
                  {"batch_id",
                   base.sql().execute(fmt::format(
                       "SELECT min(batch_id) FROM tenantry.job WHERE company_id = {}", company))},
                  {"key_id", std::to_string(keys.integer("/content/0/id"))},
                  {"company_key", keys.text("/content/0/api_key")},
                  {"job_id",
                   base.sql().execute(fmt::format(
                       "SELECT min(job_id) FROM tenantry.job WHERE company_id = {}", company))}};
        const auto made = us.post(company_path(company, "/api_keys"), R"({"label":"revoked"})");
        revoked = made.text("/api_key");
        us.erase(made.header("Location"));
        const auto closed = us.create_one("Closed company");
        inactive = key_of(closed);
        us.patch(company_path(closed), R"({"active":false})");
        const auto stopped = us.create_one("Held company");
        held = key_of(stopped);
        us.post(
            fmt::format("/v1/organizations/{}/hold",
                        tenantry::domain::organization_id(tenantry::domain::company_id{stopped})),
            "", {{"Idempotency-Key", "550e8400-e29b-41d4-a716-446655440000"}});
        other_company = key_of(us.create_one("Another company"));
    }

    std::string key_of(std::int64_t company) const {
        return owner().get(company_path(company, "/api_keys")).text("/content/0/api_key");
    }

    std::map<std::string, std::string> values;
    std::string foreign = base.make_agency("Pawnee Parks", "Leslie Knope").key;
    std::string read_only = base.make_key(agency.id, {"--scope", "read_only"});
    std::string unknown = tenantry::crypto::mint_api_key(tenantry::domain::agency_id{agency.id});
    std::string revoked, inactive, held, other_company;
    int requests = 0;
};

world& shared() {
    static world w;
    return w;
}

std::string filled(std::string text) {
    auto values = shared().values;
    // Contract 4's organizations are contract 1's by another id.
    if (text.starts_with("/v1/")) values["organization_id"] = values["stablesea_id"];
    values["unique"] = fmt::format("Of the matrix {}", ++shared().requests);
    for (const auto& [name, value] : values) {
        const auto mark = "{" + name + "}";
        for (auto at = text.find(mark); at != text.npos; at = text.find(mark))
            text.replace(at, mark.size(), value);
    }
    return text;
}

/// Contract 3 asks for a session beside the key: one of the same key, as far as there is one.
http_headers session_of(const std::string& key) {
    const auto opened =
        shared().as(key).post("/auth/v1/rs/token/verify", fmt::format(R"({{"token":"{}"}})", key));
    if (opened.status != 201) return {};
    return {{"x-session-token", opened.text("/sessionToken")}};
}

http_reply ask(const row& r, const std::string& key) {
    const auto space = r.route.find(' ');
    const bool in_session =
        r.route.find("/companies/v2/rs") != r.route.npos || r.route.ends_with("/token/revoke");
    auto headers = in_session ? session_of(key) : http_headers{};
    if (r.route.starts_with("POST"))
        headers.emplace_back("Idempotency-Key",
                             fmt::format("550e8400-e29b-41d4-a716-{:012x}", ++shared().requests));
    if (!r.body.empty()) headers.emplace_back("Content-Type", "application/json");
    return shared().as(key).request(
        r.route.substr(0, space),
        filled(std::string{r.route.substr(space + 1)} + std::string{r.query}), std::move(headers),
        filled(std::string{r.body}));
}

std::set<std::string> every_route() {
    std::set<std::string> all;
    for (const auto& [surface, routes] : tenantry::api::every_route())
        for (const auto& route : routes)
            all.insert(fmt::format("{} {}",
                                   std::string_view{boost::beast::http::to_string(route.method)},
                                   route.path));
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(isolation_matrix_test)

BOOST_AUTO_TEST_CASE(every_route_has_its_row) {
    std::set<std::string> of_rows;
    for (const auto& r : rows) of_rows.emplace(r.route);
    BOOST_TEST(of_rows == every_route(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_a_good_key_everything_is_401) {
    for (const auto& r : rows)
        for (const auto& key :
             {std::string{}, std::string{"no key"}, shared().unknown, shared().revoked}) {
            const auto reply = ask(r, key);
            BOOST_TEST(reply.status == 401u, r.route << " with the key '" << key << "'");
            BOOST_TEST(reply.header("WWW-Authenticate") == "Bearer");
        }
}

BOOST_AUTO_TEST_CASE(the_key_of_a_closed_company_gets_403_everywhere) {
    for (const auto& r : rows) BOOST_TEST(ask(r, shared().inactive).status == 403u, r.route);
}

BOOST_AUTO_TEST_CASE(the_key_of_a_held_company_gets_403_everywhere) {
    for (const auto& r : rows) BOOST_TEST(ask(r, shared().held).status == 403u, r.route);
}

BOOST_AUTO_TEST_CASE(another_agency_sees_nothing_and_changes_nothing) {
    for (const auto& r : rows) {
        const auto reply = ask(r, shared().foreign);
        BOOST_TEST(reply.status == r.foreign, r.route);
        BOOST_TEST(reply.body.find(target_name) == reply.body.npos, r.route);
    }
}

BOOST_AUTO_TEST_CASE(another_companys_key_sees_nothing_and_changes_nothing) {
    for (const auto& r : rows) {
        const auto reply = ask(r, shared().other_company);
        BOOST_TEST(reply.status == r.other_company, r.route);
        BOOST_TEST(reply.body.find(target_name) == reply.body.npos, r.route);
    }
}

BOOST_AUTO_TEST_CASE(a_read_only_key_changes_nothing) {
    for (const auto& r : rows)
        BOOST_TEST(ask(r, shared().read_only).status == r.read_only, r.route);
}

BOOST_AUTO_TEST_CASE(after_all_that_the_target_is_as_it_was) {
    auto us = shared().owner();
    const auto id = std::stoll(shared().values.at("company_id"));
    const auto company = us.get(company_path(id));
    BOOST_TEST(company.text("/name") == target_name);
    BOOST_TEST(company.boolean("/active"));
    BOOST_TEST(us.get(company_path(id, "/api_keys")).size("/content") == 1);
    const auto organization = us.get(fmt::format("/api/v1/organizations/{}", id));
    BOOST_TEST(organization.size("/users") == 2);
    BOOST_TEST(organization.size("/phone_numbers") == 1);
    BOOST_TEST(organization.text("/phone_numbers/0/name") == target_name);
}

BOOST_AUTO_TEST_SUITE_END()
