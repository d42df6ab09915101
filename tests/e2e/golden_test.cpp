// The golden exchanges of tests/golden, a folder a surface: each file is a request and the response
// that its contract's page promises, held against the running API member by member, in order.
//
// A file: comments (#), what to run in the database around the request (@before, @after; the
// scene's values stand in it too), the request's line, its headers, a blank line, its body; the
// line "--- response"; the status, the headers that matter, a blank line, the body. White space
// between JSON tokens counts for nothing. {names} in the request, and those of the response that
// were known before, stand for the scene's values; the others for a pattern.
#include <fmt/format.h>

#include <boost/algorithm/string/trim.hpp>
#include <boost/test/unit_test.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "api/routes.hpp"
#include "common/crypto/api_key_text.hpp"
#include "common/domain/public_id.hpp"
#include "tests/support/effects.hpp"
#include "tests/support/exchange_log.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

using tenantry::domain::agency_id;
using tenantry::domain::company_id;
using tenantry::domain::company_uuid;
using tenantry::domain::organization_id;

using values = std::map<std::string, std::string>;

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

const fs::path golden_files{TENANTRY_SOURCE_DIR "/tests/golden"};

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

std::vector<exchange> every_exchange() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator{TENANTRY_SOURCE_DIR "/tests/golden"})
        if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::vector<exchange> all;
    for (const auto& file : files) all.push_back(read_exchange(file));
    return all;
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

std::string filled(const std::string& text, const values& scene) {
    return expand(
        text, [&](const std::string& name) { return scene.at(name); },
        [](const std::string& plain) { return plain; });
}

std::string quoted(const std::string& plain) {
    static const std::regex special{R"([.^$|()\[\]{}*+?\\])"};
    return std::regex_replace(plain, special, R"(\$&)");
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

/// Without the white space between tokens.
std::string compact(const std::string& json) {
    std::string out;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (json[i] == '"' && (i == 0 || json[i - 1] != '\\')) in_string = !in_string;
        if (in_string || !std::isspace(static_cast<unsigned char>(json[i]))) out += json[i];
    }
    return out;
}

running_stack& shared() {
    static running_stack s;
    return s;
}

std::int64_t foreign_company() {
    static const auto id = shared()
                               .as(shared().base.make_agency("Pawnee Parks", "Leslie Knope").key)
                               .create_one("Theirs");
    return id;
}

/// The company as the other surfaces name it.
std::string uuid_of(std::int64_t agency, const std::string& company) {
    return company_uuid(agency_id{agency}, company_id{std::stoll(company)});
}
std::string organization_of(const std::string& company) {
    return organization_id(company_id{std::stoll(company)});
}

struct born {
    std::string id, key, key_id;
};

born make_company(client& owner, const std::string& name) {
    const auto id = owner.create_one(name);
    const auto keys = owner.get(company_path(id, "/api_keys"));
    return {std::to_string(id), keys.text("/content/0/api_key"),
            std::to_string(keys.integer("/content/0/id"))};
}

std::string job_of(const std::string& company, const std::string& kind) {
    return shared().base.sql().execute(fmt::format(
        "SELECT job_id FROM tenantry.job WHERE company_id = {} AND kind = '{}'", company, kind));
}

std::string make_dead_job(std::int64_t agency, const std::string& company) {
    return shared().base.sql().execute(fmt::format(
        "INSERT INTO tenantry.job (agency_id, job_id, queue, kind, company_id, state, attempts, "
        "steps_total, last_error, created_at, run_at, dispatch_at, started_at, finished_at) "
        "VALUES ({}, nextval('tenantry.job_id_seq') + 1000000, 'billing', 'noop', {}, 'dead', 20, "
        "1, "
        "'the job took too long', now(), now(), now(), now(), now()) RETURNING job_id",
        agency, company));
}

std::string make_revoked_key(client& owner, const std::string& company) {
    const auto path = company_path(std::stoll(company), "/api_keys");
    const auto made = owner.post(path, R"({"label":"to be revoked"})");
    owner.erase(made.header("Location"));
    return made.text("/api_key");
}

/// Contract 3: the session token that the key is exchanged for.
std::string session_of(const std::string& key) {
    const auto opened =
        shared().as(key).post("/auth/v1/rs/token/verify", fmt::format(R"({{"token":"{}"}})", key));
    return opened.text("/sessionToken");
}

std::string make_ended_session(const std::string& key) {
    auto token = session_of(key);
    const auto ended =
        shared().as(key).request("POST", "/auth/v1/rs/token/revoke", {{"x-session-token", token}});
    BOOST_REQUIRE(ended.status == 204);
    return token;
}

std::string foreign_session() {
    static const auto token = session_of(shared().base.make_agency("Eagleton Parks", "Tammy").key);
    return token;
}

/// A new agency with a company whose jobs are done, one that is no longer active, and keys of every
/// kind.
values set_scene() {
    const auto agency = shared().base.make_agency("Dunder Mifflin");
    auto owner = shared().as(agency.key);
    const auto company = make_company(owner, "My existing client");
    const auto former = make_company(owner, "My former client");
    BOOST_REQUIRE(owner.patch(company_path(std::stoll(former.id)), R"({"active":false})").status ==
                  200);
    // Those of earlier scenes.
    shared().base.sql().execute("DELETE FROM tenantry.job WHERE state = 'dead'");
    BOOST_REQUIRE(every_job_gets_done(shared().base.sql(), 10s));
    return {{"agency", std::to_string(agency.id)},
            {"agency_key", agency.key},
            {"company", company.id},
            {"company_key", company.key},
            {"company_key_id", company.key_id},
            {"company_uuid", uuid_of(agency.id, company.id)},
            {"organization", organization_of(company.id)},
            {"former_company", former.id},
            {"former_uuid", uuid_of(agency.id, former.id)},
            {"former_organization", organization_of(former.id)},
            {"former_key", former.key},
            {"foreign_company", std::to_string(foreign_company())},
            {"foreign_uuid", uuid_of(agency.id, std::to_string(foreign_company()))},
            {"foreign_organization", organization_of(std::to_string(foreign_company()))},
            {"provisioning_job", job_of(company.id, "provisioning")},
            {"billing_job", job_of(company.id, "billing")},
            {"dead_job", make_dead_job(agency.id, company.id)},
            {"revoked_key", make_revoked_key(owner, company.id)},
            {"unknown_key", tenantry::crypto::mint_api_key(tenantry::domain::agency_id{agency.id})},
            {"read_only_key", shared().base.make_key(agency.id, {"--scope", "read_only"})},
            {"session", session_of(agency.key)},
            {"ended_session", make_ended_session(agency.key)},
            {"foreign_session", foreign_session()}};
}

/// Somebody to manage the company, and two locations: one with its number, one that gets none.
void add_people(values& scene) {
    auto owner = shared().as(scene.at("agency_key"));
    const auto in_company = "?organization_id=" + scene.at("company");
    scene["member"] = "jane_doe";
    BOOST_REQUIRE(owner
                      .post("/api/v1/users" + in_company,
                            R"({"external_id":"jane_doe","email":"jane@example.com",)"
                            R"("name":"Jane Doe","role":"manager"})")
                      .status == 201);
    const auto location =
        owner.post("/api/v1/locations" + in_company,
                   R"({"name":"Front desk","area_code":"415","address":"1 Main St"})");
    const auto failed =
        owner.post("/api/v1/locations" + in_company, R"({"name":"Nowhere","area_code":"999"})");
    scene["location"] = std::to_string(location.integer("/id"));
    scene["failed_location"] = std::to_string(failed.integer("/id"));
    const auto settled = [&] {
        return owner.get("/api/v1/locations/" + scene["location"]).text("/status") == "active" &&
               owner.get("/api/v1/locations/" + scene["failed_location"]).text("/status") ==
                   "failed";
    };
    BOOST_REQUIRE(eventually(settled, 10s));
    scene["number"] = owner.get("/api/v1/locations/" + scene["location"]).text("/phone_number");
}

values scene_with_people() {
    auto scene = set_scene();
    add_people(scene);
    return scene;
}

/// One scene serves all exchanges that change nothing in it.
values scene_for(const exchange& e) {
    if (e.surface != "answering") return set_scene();
    static const auto unchanged = scene_with_people();
    const bool changes = !e.before.empty() || (e.method != "GET" && e.status < 300);
    return changes ? scene_with_people() : unchanged;
}

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
