// The same scenarios through every surface: five products' words, one set of rules.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <map>
#include <mutex>

#include "tests/support/at_once.hpp"
#include "tests/support/effects.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

/// How a surface is asked to make one company, and with what status it says what.
struct product {
    std::string name, path;
    std::string body;     ///< {name} stands for the company's name, as JSON
    std::string without;  ///< the same without the name
    std::size_t longest;  ///< characters of a name
    unsigned invalid, duplicate, mismatch;
    bool in_session = false;
};

const product products[] = {
    {"woodpecker", "/rest/v2/agency/companies", R"({"companies":[{"name":{name}}]})",
     R"({"companies":[{}]})", 255, 400, 422, 422},
    {"inboxops", "/api/v1/companies", R"({"name":{name}})", R"({"domains":[]})", 255, 400, 409,
     409},
    {"answering", "/api/v1/organizations",
     R"({"name":{name},"owner":{"external_id":"owner","email":"o@acme.example","name":"O"}})",
     R"({"owner":{"external_id":"owner","email":"o@acme.example","name":"O"}})", 255, 422, 422,
     422},
    {"kare", "/companies/v2/rs", R"({"name":{name},"type":1,"email":"o@acme.example"})",
     R"({"type":1,"email":"o@acme.example"})", 250, 400, 409, 422, true},
    {"stablesea", "/v1/organizations",
     R"({"name":{name},"contact":{"email":"o@acme.example","first_name":"O","last_name":"A"}})",
     R"({"contact":{"email":"o@acme.example","first_name":"O","last_name":"A"}})", 255, 400, 409,
     422},
};

struct world : running_stack {
    agency_account other = base.make_agency("Pawnee Parks", "Leslie Knope");
    std::string read_only = base.make_key(agency.id, {"--scope", "read_only"});
    int keys = 0;
};

world& shared() {
    static world w;
    return w;
}

std::string new_key() {
    return fmt::format("550e8400-e29b-41d4-a716-{:012x}", ++shared().keys);
}

std::string body_of(const product& p, const std::string& json_name) {
    auto body = p.body;
    const std::string mark = "{name}";
    return body.replace(body.find(mark), mark.size(), json_name);
}

/// One session a key: opening one waits for what a test may hold locked.
http_headers session_of(client& of) {
    static std::mutex mutex;
    static std::map<std::string, std::string> opened;
    const std::lock_guard lock{mutex};
    auto& token = opened[of.key()];
    if (token.empty()) {
        const auto reply =
            of.post("/auth/v1/rs/token/verify", fmt::format(R"({{"token":"{}"}})", of.key()));
        if (reply.status != 201) return {};
        token = reply.text("/sessionToken");
    }
    return {{"x-session-token", token}};
}

http_reply post(const product& p, client&& by, const std::string& body,
                const std::string& key = new_key()) {
    auto headers = p.in_session ? session_of(by) : http_headers{};
    headers.emplace_back("Idempotency-Key", key);
    return by.post(p.path, body, std::move(headers));
}

http_reply create(const product& p, const std::string& name, const std::string& key = new_key()) {
    return post(p, shared().owner(), body_of(p, '"' + name + '"'), key);
}

std::string named(const product& p, std::string_view what) {
    return fmt::format("{} through {}", what, p.name);
}

std::int64_t companies_named(const std::string& name, const std::string& more = "") {
    return shared().base.sql().number(fmt::format(
        "SELECT count(*) FROM tenantry.company WHERE lower(name) = lower('{}'){}", name, more));
}

/// Runs the scenario for each surface and says which one it was.
template<class Scenario>
void through_every_surface(Scenario scenario) {
    for (const auto& p : products) BOOST_TEST_CONTEXT(p.name) {
            scenario(p);
        }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(surfaces_test)

BOOST_AUTO_TEST_CASE(a_company_is_created_and_starts_the_same_jobs) {
    through_every_surface([](const product& p) {
        const auto name = named(p, "Created");
        BOOST_TEST(create(p, name).status == 201u);
        BOOST_TEST(companies_named(name) == 1);
        BOOST_TEST(shared().base.sql().execute(fmt::format(
                       "SELECT string_agg(j.kind, ' ' ORDER BY j.kind) FROM tenantry.job j JOIN"
                       " tenantry.company c USING (agency_id, company_id) WHERE c.name = '{}'",
                       name)) == "billing provisioning");
    });
    BOOST_REQUIRE(every_job_gets_done(shared().base.sql(), 20s));
    BOOST_TEST(faults_of_companies(shared().base.sql()) == "");
}

BOOST_AUTO_TEST_CASE(a_name_is_taken_on_every_surface_in_any_case) {
    through_every_surface([](const product& first) {
        const auto name = named(first, "Taken");
        BOOST_TEST(create(first, name).status == 201u);
        for (const auto& second : products) {
            BOOST_TEST(create(second, name).status == second.duplicate, second.name);
            BOOST_TEST(create(second, "TAKEN" + name.substr(5)).status == second.duplicate);
        }
        BOOST_TEST(companies_named(name) == 1);
    });
}

BOOST_AUTO_TEST_CASE(of_two_at_once_one_gets_the_name) {
    through_every_surface([](const product& p) {
        const auto name = named(p, "Raced for");
        const std::string keys[] = {new_key(), new_key(), new_key(), new_key()};
        const auto replies = at_once(4, [&](int i) { return create(p, name, keys[i]); });
        const auto count = [&](unsigned status) {
            return std::ranges::count(replies, status, &http_reply::status);
        };
        BOOST_TEST(count(201) == 1);
        BOOST_TEST(count(p.duplicate) == 3);
        BOOST_TEST(companies_named(name) == 1);
    });
}

BOOST_AUTO_TEST_CASE(a_name_that_is_none_is_refused) {
    through_every_surface([](const product& p) {
        for (const auto* bad : {R"("")", R"("   ")", R"("\u0000")", R"("a\nb")", R"("\u200b")", "7",
                                "null", "true", "[]", "{}"})
            BOOST_TEST(post(p, shared().owner(), body_of(p, bad)).status == p.invalid, bad);
        BOOST_TEST(post(p, shared().owner(), p.without).status == p.invalid);
    });
}

BOOST_AUTO_TEST_CASE(the_longest_name_is_taken_and_one_character_more_is_not) {
    through_every_surface([](const product& p) {
        auto name = named(p, "Long");
        name.resize(p.longest, 'x');
        BOOST_TEST(create(p, name + 'x').status == p.invalid);
        BOOST_TEST(create(p, name).status == 201u);
    });
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_400) {
    through_every_surface([](const product& p) {
        for (const auto* bad : {"{", "{} {}", "\xff", R"({"name":"a","name":"b"})"})
            BOOST_TEST(post(p, shared().owner(), bad).status == 400u, bad);
    });
}

BOOST_AUTO_TEST_CASE(a_body_of_another_type_is_415) {
    through_every_surface([](const product& p) {
        auto by = shared().owner();
        auto headers = p.in_session ? session_of(by) : http_headers{};
        headers.emplace_back("Idempotency-Key", new_key());
        headers.emplace_back("Content-Type", "text/plain");
        BOOST_TEST(by.request("POST", p.path, headers, body_of(p, R"("x")")).status == 415u);
    });
}

BOOST_AUTO_TEST_CASE(without_a_good_key_it_is_401) {
    through_every_surface([](const product& p) {
        for (const auto* key : {"", "ixk_nonsense"})
            BOOST_TEST(post(p, shared().as(key), body_of(p, R"("x")")).status == 401u);
    });
}

BOOST_AUTO_TEST_CASE(a_read_only_key_and_one_of_a_company_create_nothing) {
    auto owner = shared().owner();
    const auto company = owner.create_one("Bound");
    const auto bound = owner.get(company_path(company, "/api_keys")).text("/content/0/api_key");
    through_every_surface([&](const product& p) {
        for (const auto& key : {shared().read_only, bound})
            BOOST_TEST(post(p, shared().as(key), body_of(p, R"("x")")).status == 403u);
    });
}

BOOST_AUTO_TEST_CASE(another_agency_may_have_the_name_and_sees_only_its_own) {
    through_every_surface([](const product& p) {
        const auto name = named(p, "Everywhere");
        BOOST_TEST(create(p, name).status == 201u);
        auto theirs = shared().as(shared().other.key);
        BOOST_TEST(post(p, shared().as(shared().other.key), body_of(p, '"' + name + '"')).status ==
                   201u);
        BOOST_TEST(companies_named(name) == 2);
        const auto ours = named(p, "Ours alone");
        BOOST_TEST(create(p, ours).status == 201u);
        const auto list = theirs.get(p.path, p.in_session ? session_of(theirs) : http_headers{});
        BOOST_TEST(list.status == 200u);
        BOOST_TEST(list.body.find(ours) == list.body.npos);
    });
}

BOOST_AUTO_TEST_CASE(the_same_request_again_gets_the_stored_answer) {
    through_every_surface([](const product& p) {
        const auto name = named(p, "Once");
        const auto key = new_key();
        const auto first = create(p, name, key);
        const auto again = create(p, name, key);
        BOOST_TEST(first.status == 201u);
        BOOST_TEST(again.status == 201u);
        BOOST_TEST(again.body == first.body);
        BOOST_TEST(first.header("Idempotent-Replayed") == "");
        BOOST_TEST(again.header("Idempotent-Replayed") == "true");
        BOOST_TEST(create(p, named(p, "Other"), key).status == p.mismatch);
        BOOST_TEST(companies_named(named(p, "Other")) == 0);
    });
}

BOOST_AUTO_TEST_CASE(while_the_first_still_runs_the_second_is_told_so) {
    through_every_surface([](const product& p) {
        const auto name = named(p, "Running");
        const auto key = new_key();
        BOOST_TEST(create(p, named(p, "So that the owner is there")).status == 201u);
        auto lock = shared().base.new_session();
        lock.execute("BEGIN; SELECT 1 FROM tenantry.app_user FOR UPDATE");
        auto first = std::async(std::launch::async, [&] { return create(p, name, key); });
        BOOST_REQUIRE(eventually([] {
            return shared().base.sql().number(
                       "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                       "AND application_name = 'tenantry-api' AND wait_event_type = 'Lock'") == 1;
        }));
        BOOST_TEST(create(p, name, key).status == 409u);
        lock.execute("COMMIT");
        BOOST_TEST(first.get().status == 201u);
        BOOST_TEST(create(p, name, key).header("Idempotent-Replayed") == "true");
    });
}

BOOST_AUTO_TEST_CASE(a_problem_is_told_by_rfc_9457_when_asked_for) {
    through_every_surface([](const product& p) {
        auto by = shared().owner();
        auto headers = p.in_session ? session_of(by) : http_headers{};
        headers.emplace_back("Idempotency-Key", new_key());
        headers.emplace_back("Accept", "application/problem+json");
        const auto refused = by.post(p.path, body_of(p, R"("  ")"), headers);
        BOOST_TEST(refused.status == p.invalid);
        BOOST_TEST(refused.header("Content-Type") == "application/problem+json");
        BOOST_TEST(refused.integer("/status") == p.invalid);
        BOOST_TEST(refused.text("/instance") == p.path);
    });
}

BOOST_AUTO_TEST_CASE(a_method_that_a_path_has_not_is_405) {
    through_every_surface([](const product& p) {
        const auto reply = shared().owner().request("PUT", p.path);
        BOOST_TEST(reply.status == 405u);
        BOOST_TEST(reply.header("Allow") == "GET, HEAD, POST, OPTIONS");
    });
}

BOOST_AUTO_TEST_CASE(every_response_tells_what_may_follow) {
    through_every_surface([](const product& p) {
        for (const auto& reply : {create(p, named(p, "Counted")), shared().as("").get(p.path)})
            for (const auto* name :
                 {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit",
                  "RateLimit-Policy", "X-Request-Id"})
                BOOST_TEST(reply.header(name) != "", name);
    });
}

// The last one: Redis stays down.
BOOST_AUTO_TEST_CASE(with_redis_down_a_company_is_created_all_the_same) {
    shared().base.redis().kill();
    through_every_surface(
        [](const product& p) { BOOST_TEST(create(p, named(p, "Without Redis")).status == 201u); });
    shared().base.redis().restart();
    BOOST_REQUIRE(every_job_gets_done(shared().base.sql(), 60s));
    BOOST_TEST(faults_of_companies(shared().base.sql()) == "");
}

BOOST_AUTO_TEST_SUITE_END()
