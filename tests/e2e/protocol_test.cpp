// HTTP as the running API speaks it: every refusal of the protocol, its limits, and what it does
// past them.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <future>

#include "tests/support/at_once.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

constexpr std::string_view me = "/rest/v1/me";
const std::string path{companies_path};

struct world : running_stack {
    // Limits that a test can reach, whichever of the threads it comes to.
    program limited = base.start_api({{"threads", "2"},
                                      {"max-in-flight", "1"},
                                      {"max-connections", "4"},
                                      {"header-limit", "2KiB"},
                                      {"body-limit", "4KiB"},
                                      {"header-timeout", "300ms"},
                                      {"body-timeout", "300ms"},
                                      {"request-timeout", "1s"},
                                      {"cors-origins", "https://app.example"}});
};

world& shared() {
    static world w;
    return w;
}

client limited() {
    return {shared().limited.http_port(), shared().agency.key};
}

/// Sends exactly these bytes to the API with the small limits.
std::optional<http_reply> raw(const std::string& bytes) {
    http_connection connection{shared().limited.http_port()};
    connection.send(bytes);
    return connection.receive();
}

std::string post_head(const http_headers& headers) {
    auto text =
        fmt::format("POST {} HTTP/1.1\r\nHost: h\r\nx-api-key: {}\r\n", path, shared().agency.key);
    for (const auto& [name, value] : headers) text += fmt::format("{}: {}\r\n", name, value);
    return text + "\r\n";
}

void check_error(const http_reply& reply, unsigned status, const std::string& title) {
    BOOST_TEST(reply.status == status);
    BOOST_TEST(reply.integer("/status") == status);
    BOOST_TEST(reply.text("/title") == title);
    BOOST_TEST(reply.header("Content-Type") == "application/json");
}

/// Holds a row of `company` until it is let go, so that a change of it waits.
class held_company {
public:
    explicit held_company(std::int64_t company) : session_{shared().base.new_session()} {
        session_.execute(fmt::format(
            "BEGIN; SELECT 1 FROM tenantry.company WHERE company_id = {} FOR UPDATE", company));
    }
    void let_go() { session_.execute("COMMIT"); }

private:
    sql_session session_;
};

bool the_api_waits_for_a_lock() {
    return eventually([] {
        return shared().base.sql().number(
                   "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                   "application_name = 'tenantry-api' AND wait_event_type = 'Lock'") > 0;
    });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(protocol_test)

BOOST_AUTO_TEST_CASE(a_method_that_a_path_has_not_is_405_with_those_it_has) {
    auto owner = shared().owner();
    const auto reply = owner.request("DELETE", path);
    check_error(reply, 405, "Method Not Allowed");
    BOOST_TEST(reply.header("Allow") == "GET, HEAD, POST, OPTIONS");
    BOOST_TEST(owner.request("PUT", path + "/1").header("Allow") == "GET, HEAD, PATCH, OPTIONS");
    BOOST_TEST(owner.request("BREW", path).status == 405);
}

BOOST_AUTO_TEST_CASE(a_path_that_there_is_not_is_404_with_and_without_a_key) {
    for (const auto& key : {shared().agency.key, std::string{}}) {
        auto asking = shared().as(key);
        for (const auto* missing :
             {"/", "/rest/v2/agency", "/rest/v2/agency/companies/1/unknown", "/nowhere"})
            check_error(asking.get(missing), 404, "Not Found");
    }
}

BOOST_AUTO_TEST_CASE(head_is_get_without_its_body) {
    auto owner = shared().owner();
    const auto get = owner.get(path);
    const auto head = owner.request("HEAD", path);
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.body == "");
    BOOST_TEST(head.header("Content-Length") == get.header("Content-Length"));
    BOOST_TEST(owner.request("HEAD", "/nowhere").status == 404);
    BOOST_TEST(owner.get(path).status == 200);
}

BOOST_AUTO_TEST_CASE(options_says_what_a_path_can) {
    auto owner = shared().owner();
    const auto reply = owner.request("OPTIONS", path);
    BOOST_TEST(reply.status == 204);
    BOOST_TEST(reply.header("Allow") == "GET, HEAD, POST, OPTIONS");
    BOOST_TEST(owner.request("OPTIONS", "/nowhere").status == 404);
}

BOOST_AUTO_TEST_CASE(a_configured_origin_may_call_and_another_may_not) {
    auto browser = client{shared().limited.http_port(), ""};
    const auto preflight = [&](const std::string& origin) {
        return browser.request("OPTIONS", path,
                               {{"Origin", origin},
                                {"Access-Control-Request-Method", "POST"},
                                {"Access-Control-Request-Headers", "x-api-key, content-type"}});
    };
    const auto allowed = preflight("https://app.example");
    BOOST_TEST(allowed.status == 204);
    BOOST_TEST(allowed.header("Access-Control-Allow-Origin") == "https://app.example");
    BOOST_TEST(allowed.header("Access-Control-Allow-Methods") == "GET, HEAD, POST, OPTIONS");
    BOOST_TEST(allowed.header("Access-Control-Allow-Headers").find("X-Api-Key") !=
               std::string::npos);
    BOOST_TEST(preflight("https://evil.example").header("Access-Control-Allow-Origin") == "");
    const auto simple = limited().get(path, {{"Origin", "https://app.example"}});
    BOOST_TEST(simple.header("Access-Control-Allow-Origin") == "https://app.example");
    BOOST_TEST(simple.header("Vary") == "Origin");
    BOOST_TEST(limited()
                   .get(path, {{"Origin", "https://evil.example"}})
                   .header("Access-Control-Allow-Origin") == "");
    // None is configured there.
    BOOST_TEST(shared()
                   .owner()
                   .get(path, {{"Origin", "https://app.example"}})
                   .header("Access-Control-Allow-Origin") == "");
}

BOOST_AUTO_TEST_CASE(a_body_without_its_length_is_411) {
    check_error(*raw(post_head({{"Content-Type", "application/json"}})), 411, "Length Required");
}

BOOST_AUTO_TEST_CASE(a_body_of_the_limit_is_read_and_one_byte_more_is_413) {
    auto owner = limited();
    const auto body = [](std::size_t size) {
        auto text = companies_json({" "});
        return text.append(size - text.size(), ' ');
    };
    BOOST_TEST(owner.post(path, body(4096)).text("/detail") ==
               "Requested company name must not be blank.");
    check_error(owner.post(path, body(4097)), 413, "Payload Too Large");
    // By its length alone, before any of it is sent.
    check_error(
        *raw(post_head({{"Content-Type", "application/json"}, {"Content-Length", "999999999"}})),
        413, "Payload Too Large");
    BOOST_TEST(limited().get(me).status == 200);
}

BOOST_AUTO_TEST_CASE(a_body_of_another_type_is_415) {
    auto owner = shared().owner();
    for (const auto* type : {"text/plain", "application/xml", "application/x-www-form-urlencoded"})
        check_error(owner.request("POST", path, {{"Content-Type", type}}, companies_json({"x"})),
                    415, "Unsupported Media Type");
    BOOST_TEST(owner
                   .request("POST", path, {{"Content-Type", "Application/JSON; charset=utf-8"}},
                            companies_json({"With a charset"}))
                   .status == 201);
}

BOOST_AUTO_TEST_CASE(a_head_over_the_limit_is_431) {
    check_error(*raw("GET /rest/v1/me HTTP/1.1\r\nHost: h\r\nX-Long: " + std::string(2048, 'x') +
                     "\r\n\r\n"),
                431, "Request Header Fields Too Large");
    BOOST_TEST(
        raw("GET /healthz HTTP/1.1\r\nHost: h\r\nX-Long: " + std::string(1900, 'x') + "\r\n\r\n")
            ->status == 200);
}

BOOST_AUTO_TEST_CASE(a_request_line_over_the_limit_is_431_in_the_words_of_its_path) {
    const auto long_query = std::string(2048, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n";
    check_error(*raw("GET /rest/v1/me?" + long_query), 431, "Request Header Fields Too Large");
    const auto reply = *raw("GET /v1/organizations?" + long_query);
    BOOST_TEST(reply.status == 431);
    BOOST_TEST(reply.integer("/error") == 431);
    BOOST_TEST(reply.header("X-RateLimit-Limit") == "1000");
    for (const std::string cut : {"", "/", " ", "GET", "GET ", "GET  "})
        BOOST_TEST(raw(cut + std::string(2048, 'x') + long_query)->status >= 400, cut);
}

BOOST_AUTO_TEST_CASE(a_slow_head_and_a_slow_body_are_408) {
    check_error(*raw("GET /rest/v1/me HTTP/1.1\r\nHost"), 408, "Request Timeout");
    check_error(*raw(post_head({{"Content-Type", "application/json"}, {"Content-Length", "100"}}) +
                     "{\"comp"),
                408, "Request Timeout");
}

BOOST_AUTO_TEST_CASE(what_is_no_request_is_400_and_ends_the_connection) {
    for (const auto* bytes : {"NONSENSE\r\n\r\n", "GET / HTTP/9.9\r\nHost: h\r\n\r\n",
                              "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n",
                              "GET / HTTP/1.1\r\nHost: h\r\nBad Header: x\r\n\r\n"}) {
        http_connection connection{shared().api.http_port()};
        connection.send(bytes);
        check_error(*connection.receive(), 400, "Bad request");
        connection.finish_sending();
        BOOST_TEST(connection.at_end(), bytes);
    }
}

BOOST_AUTO_TEST_CASE(a_header_that_may_be_there_once_is_refused_twice) {
    const auto& key = shared().agency.key;
    for (const auto& [name, value] :
         http_headers{{"x-api-key", key}, {"x-company-id", "1"}, {"Idempotency-Key", "k"}}) {
        const auto reply = shared().as("").post(
            path, companies_json({"Repeated header"}),
            {{"x-api-key", key}, {"Idempotency-Key", "k"}, {"x-company-id", "1"}, {name, value}});
        check_error(reply, 400, "Bad request");
        BOOST_TEST(reply.text("/detail") ==
                   "Malformed request syntax. The header " + name + " is given twice.");
    }
}

BOOST_AUTO_TEST_CASE(malformed_json_and_wrong_types_are_400) {
    auto owner = shared().owner();
    const auto nested = [](int depth) {
        return R"({"companies":[{"name":"Deep"}],"x":)" + std::string(depth, '[') +
               std::string(depth, ']') + "}";
    };
    for (const auto& malformed :
         {std::string{"{"}, std::string{"{\"companies\":[}"}, std::string{"{} {}"},
          std::string{"\xff"}, std::string{"{'companies':[]}"},
          std::string{R"({"companies":[{"name":"\ud800"}]})"},
          std::string{R"({"companies":[{"name":"a","name":"b"}]})"},
          std::string{R"({"companies":[],"c\u006fmpanies":[]})"}, nested(32)}) {
        const auto reply = owner.post(path, malformed);
        check_error(reply, 400, "Bad request");
        BOOST_TEST(reply.text("/detail").starts_with("Malformed request body."), malformed);
    }
    BOOST_TEST(owner.post(path, nested(31)).status == 201);
    for (const auto* wrong :
         {"[]", "7", "null", "\"x\"", "{}", R"({"companies":{}})", R"({"companies":null})",
          R"({"companies":[]})", R"({"companies":[7]})", R"({"companies":[{}]})",
          R"({"companies":[{"name":7}]})", R"({"companies":[{"name":null}]})",
          R"({"companies":["x"]})"}) {
        const auto reply = owner.post(path, wrong);
        check_error(reply, 400, "Bad request");
        BOOST_TEST(reply.text("/detail") == "Value of companies is incorrect.", wrong);
    }
}

BOOST_AUTO_TEST_CASE(an_encoding_that_is_not_known_is_400) {
    check_error(
        shared().owner().post(path, companies_json({"Zipped"}), {{"Content-Encoding", "gzip"}}),
        400, "Bad request");
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
    http_connection connection{shared().api.http_port()};
    const http_headers key{{"x-api-key", shared().agency.key},
                           {"Content-Type", "application/json"}};
    std::string all;
    for (int i = 0; i < 20; ++i) {
        all += request_text("POST", path, key, companies_json({fmt::format("Pipelined {}", i)}));
        all += request_text("GET", fmt::format("/nowhere/{}", i));
    }
    connection.send(all);
    for (int i = 0; i < 20; ++i) {
        const auto created = connection.receive();
        BOOST_REQUIRE(created);
        BOOST_TEST(created->text("/companies/0/name") == fmt::format("Pipelined {}", i));
        BOOST_TEST(connection.receive()->status == 404);
    }
}

BOOST_AUTO_TEST_CASE(health_and_readiness_need_no_key) {
    auto nobody = shared().as("");
    BOOST_TEST(nobody.get("/healthz").body == R"({"status":"ok"})");
    const auto ready = nobody.get("/readyz");
    BOOST_TEST(ready.status == 200);
    BOOST_TEST(ready.text("/status") == "ready");
    BOOST_TEST(ready.text("/postgres") == "up");
    BOOST_TEST(ready.text("/schema") == TENANTRY_SCHEMA_CHANGE);
    BOOST_TEST(ready.text("/redis") == "up");
}

BOOST_AUTO_TEST_CASE(a_database_of_an_older_migration_is_unready) {
    stack base;
    const auto api = base.start_api();
    client probe{api.http_port(), ""};
    base.sql().execute(
        "UPDATE sqitch.changes SET change = 'older' WHERE change = '" TENANTRY_SCHEMA_CHANGE "'");
    BOOST_REQUIRE(eventually([&] { return probe.get("/readyz").status == 503; }));
    BOOST_TEST(probe.get("/readyz").text("/schema") == "not migrated");
    base.sql().execute("UPDATE sqitch.changes SET change = '" TENANTRY_SCHEMA_CHANGE
                       "' WHERE change = 'older'");
    BOOST_TEST(eventually([&] { return probe.get("/readyz").status == 200; }));
}

BOOST_AUTO_TEST_CASE(without_redis_the_api_is_degraded_and_ready) {
    stack base;
    const auto agency = base.make_agency("Dunder Mifflin");
    const auto api = base.start_api();
    client probe{api.http_port(), agency.key};
    base.redis().kill();
    BOOST_REQUIRE(eventually([&] { return probe.get("/readyz").text("/status") == "degraded"; }));
    BOOST_TEST(probe.get("/readyz").status == 200);
    BOOST_TEST(probe.create({"Without Redis"}).status == 201);
    base.redis().restart();
    BOOST_TEST(eventually([&] { return probe.get("/readyz").text("/status") == "ready"; }));
}

BOOST_AUTO_TEST_CASE(a_request_id_is_echoed_or_made) {
    auto owner = shared().owner();
    BOOST_TEST(owner.get(me, {{"X-Request-Id", "abc-123"}}).header("X-Request-Id") == "abc-123");
    const auto one = owner.get(me).header("X-Request-Id");
    const auto two = owner.get("/nowhere").header("X-Request-Id");
    BOOST_TEST(one.size() >= 16);
    BOOST_TEST(one != two);
    BOOST_TEST(raw("NONSENSE\r\n\r\n")->header("X-Request-Id").size() >= 16);
    BOOST_TEST(owner.create({"Traced"}, {{"X-Request-Id", "trace-me"}}).status == 201);
    BOOST_TEST(shared().base.sql().number(
                   "SELECT count(*) FROM tenantry.audit_event WHERE request_id = 'trace-me'") == 1);
    BOOST_TEST(eventually([] {
        return shared().api.log().find("\"request_id\":\"trace-me\"") != std::string::npos;
    }));
}

BOOST_AUTO_TEST_CASE(a_client_that_asks_for_problem_json_gets_it) {
    auto owner = shared().owner();
    const auto reply =
        owner.post(path, R"({"companies":[{"name":7}]})", {{"Accept", "application/problem+json"}});
    BOOST_TEST(reply.status == 400);
    BOOST_TEST(reply.header("Content-Type") == "application/problem+json");
    BOOST_TEST(reply.text("/type") == "about:blank");
    BOOST_TEST(reply.text("/title") == "Bad request");
    BOOST_TEST(reply.integer("/status") == 400);
    BOOST_TEST(reply.text("/detail") == "Value of companies is incorrect.");
    BOOST_TEST(reply.text("/instance") == path);
    BOOST_TEST(reply.text("/errors/0/pointer") == "/companies/0/name");
    BOOST_TEST(
        owner.get("/nowhere", {{"Accept", "application/problem+json"}}).header("Content-Type") ==
        "application/problem+json");
}

BOOST_AUTO_TEST_CASE(a_401_has_a_challenge) {
    for (const auto& key : {std::string{}, std::string{"nonsense"}, shared().agency.key + "x"}) {
        const auto reply = shared().as(key).get(me);
        check_error(reply, 401, "Unauthorized");
        BOOST_TEST(reply.header("WWW-Authenticate") == "Bearer");
    }
    BOOST_TEST(
        shared().as("").get(me, {{"Authorization", "Bearer " + shared().agency.key}}).status ==
        200);
}

BOOST_AUTO_TEST_CASE(past_the_requests_in_flight_the_next_is_503_with_retry_after) {
    const auto id = shared().owner().create_one("In flight");
    held_company held{id};
    auto waiting = std::async(std::launch::async, [&] {
        return limited().patch(company_path(id), R"({"active":true})");
    });
    BOOST_REQUIRE(the_api_waits_for_a_lock());
    const auto refused = limited().get(me);
    check_error(refused, 503, "Service Unavailable");
    BOOST_TEST(refused.header("Retry-After") == "1");
    for (const auto* probe : {"/healthz", "/readyz"})
        BOOST_TEST(limited().get(probe).status == 200, probe);
    held.let_go();
    BOOST_TEST(waiting.get().status == 200);
    BOOST_TEST(limited().get(me).status == 200);
}

BOOST_AUTO_TEST_CASE(past_the_connections_the_next_is_503_with_retry_after) {
    const auto port = shared().limited.http_port();
    std::vector<std::unique_ptr<http_connection>> open;
    for (int i = 0; i < 4; ++i) {
        open.push_back(std::make_unique<http_connection>(port));
        open.back()->send(request_text("GET", "/healthz"));
        BOOST_TEST(open.back()->receive()->status == 200);
    }
    http_connection one_too_many{port};
    one_too_many.send(request_text("GET", "/healthz"));
    const auto refused = one_too_many.receive();
    BOOST_REQUIRE(refused);
    BOOST_TEST(refused->status == 503);
    BOOST_TEST(refused->header("Retry-After") == "1");
    open.pop_back();
    BOOST_TEST(eventually([&] {
        const auto reply = client{port, ""}.try_request("GET", "/healthz");
        return reply && reply->status == 200;
    }));
}

BOOST_AUTO_TEST_CASE(
    a_request_that_waits_for_a_lock_is_503_at_its_deadline_and_the_server_goes_on) {
    const auto id = shared().owner().create_one("Locked");
    held_company held{id};
    auto owner = limited();
    for (int i = 0; i < 6; ++i) {  // more often than the thread has connections to PostgreSQL
        const auto begin = std::chrono::steady_clock::now();
        const auto reply = owner.patch(company_path(id), R"({"name":"Never renamed"})");
        const auto took = std::chrono::steady_clock::now() - begin;
        check_error(reply, 503, "Service Unavailable");
        BOOST_TEST((took > 500ms && took < 3s));
        BOOST_TEST(limited().get(company_path(id)).status == 200);
    }
    held.let_go();
    BOOST_TEST(owner.patch(company_path(id), R"({"name":"Renamed"})").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
