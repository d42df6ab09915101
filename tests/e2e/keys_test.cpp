// API keys through their lives: born with a company, listed, rotated, revoked, and nowhere to be
// read but in the response.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

constexpr std::string_view me = "/rest/v1/me";

running_stack& shared() {
    static running_stack s;
    return s;
}

std::string born_key(client& owner, std::int64_t company) {
    return owner.get(company_path(company, "/api_keys")).text("/content/0/api_key");
}

std::int64_t id_of_key(client& owner, std::int64_t company, const std::string& key) {
    const auto body = owner.get(company_path(company, "/api_keys")).json();
    for (const auto& entry : body.at("content").as_array())
        if (entry.at("api_key").as_string() == key) return entry.at("id").as_int64();
    throw std::runtime_error("the key is not listed");
}

std::string key_path(std::int64_t company, std::int64_t key, std::string_view below = "") {
    return company_path(company, fmt::format("/api_keys/{}{}", key, below));
}

/// The random parts of all keys that this company has: what must be found nowhere.
std::vector<std::string> secrets_of(client& owner, std::int64_t company) {
    std::vector<std::string> secrets;
    const auto body = owner.get(company_path(company, "/api_keys")).json();
    for (const auto& entry : body.at("content").as_array()) {
        const std::string key{entry.at("api_key").as_string()};
        secrets.push_back(key.substr(key.size() - 38, 32));
    }
    return secrets;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keys_test)

BOOST_AUTO_TEST_CASE(the_key_a_company_is_born_with_is_there_and_works_at_once) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Born with a key");
    const auto list = owner.get(company_path(id, "/api_keys"));
    BOOST_TEST(list.status == 200);
    BOOST_TEST(list.size("/content") == 1);
    BOOST_TEST(list.header("Cache-Control") == "no-store");
    auto company = shared().as(list.text("/content/0/api_key"));
    const auto who = company.get(me);
    BOOST_TEST(who.status == 200);
    BOOST_TEST(who.integer("/company/id") == id);
    BOOST_TEST(who.text("/company/name") == "Born with a key");
    BOOST_TEST(who.integer("/agency/id") == shared().agency.id);
    BOOST_TEST(who.text("/user/name") == "Michael Scott");
}

BOOST_AUTO_TEST_CASE(a_companys_key_is_valid_in_that_company_alone) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Mine");
    const auto sibling = owner.create_one("Sibling");
    auto company = shared().as(born_key(owner, id));
    BOOST_TEST(company.get(company_path(id)).status == 200);
    BOOST_TEST(company.get(company_path(sibling)).status == 404);
    BOOST_TEST(company.get(company_path(sibling, "/api_keys")).status == 404);
    BOOST_TEST(company.post(company_path(sibling, "/api_keys"), R"({"label":"x"})").status == 404);
    BOOST_TEST(company.create({"A company's company"}).status == 403);
    BOOST_TEST(company.get(companies_path).integer("/pagination_data/total_elements") == 1);
    const auto jobs = company.get("/rest/v2/agency/jobs").json();
    for (const auto& job : jobs.at("content").as_array())
        BOOST_TEST(job.at("company_id").as_int64() == id);
}

BOOST_AUTO_TEST_CASE(a_key_is_created_with_a_label_and_works_at_once) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Labelled");
    const auto made = owner.post(company_path(id, "/api_keys"), R"({"label":" CRM sync "})");
    BOOST_TEST(made.status == 201);
    BOOST_TEST(shared().as(made.text("/api_key")).get(me).integer("/company/id") == id);
    const auto list = owner.get(company_path(id, "/api_keys"));
    BOOST_TEST(list.size("/content") == 2);
    BOOST_TEST(list.text("/content/1/api_key") == made.text("/api_key"));
    BOOST_TEST(list.text("/content/1/label") == "CRM sync");
    BOOST_TEST(list.json().at_pointer("/content/0/label").is_null());
    BOOST_TEST(made.header("Location") == key_path(id, list.integer("/content/1/id")));
    for (const auto* bad : {R"({})", R"({"label":7})", R"({"label":" "})"})
        BOOST_TEST(owner.post(company_path(id, "/api_keys"), bad).status == 400, bad);
}

BOOST_AUTO_TEST_CASE(only_the_keys_that_the_requesting_user_created_are_listed) {
    auto owner = shared().owner();
    auto& sql = shared().base.sql();
    const auto id = owner.create_one("Two users");
    auto key_of_second = shared().base.make_key(shared().agency.id, {"--label", "second user"});
    sql.execute(fmt::format(
        "WITH dwight AS (INSERT INTO tenantry.app_user (agency_id, name, email, created_at) "
        "VALUES ({0}, 'Dwight Schrute', 'dwight@agency.example', now()) RETURNING user_id) "
        "UPDATE tenantry.api_key SET user_id = dwight.user_id FROM dwight "
        "WHERE agency_id = {0} AND label = 'second user'",
        shared().agency.id));
    auto second = shared().as(key_of_second);
    BOOST_TEST(second.get(company_path(id, "/api_keys")).size("/content") == 0);
    const auto made = second.post(company_path(id, "/api_keys"), R"({"label":"Dwight's"})");
    const auto list = second.get(company_path(id, "/api_keys"));
    BOOST_TEST(list.size("/content") == 1);
    BOOST_TEST(list.text("/content/0/api_key") == made.text("/api_key"));
    BOOST_TEST(owner.get(company_path(id, "/api_keys")).size("/content") == 1);
    BOOST_TEST(second.create({"Dwight's company"}).text("/companies/0/owner") == "Dwight Schrute");
}

BOOST_AUTO_TEST_CASE(a_revoked_key_is_refused_at_once_on_every_connection) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Revoked");
    const auto key = born_key(owner, id);
    std::vector<client> connections;
    for (int i = 0; i < 16; ++i) connections.push_back(shared().as(key));
    for (auto& each : connections) BOOST_TEST(each.get(me).status == 200);
    const auto path = key_path(id, id_of_key(owner, id, key));
    const auto revoked = owner.erase(path);
    BOOST_TEST(revoked.status == 204);
    BOOST_TEST(revoked.body == "");
    for (auto& each : connections) {
        const auto reply = each.get(me);
        BOOST_TEST(reply.status == 401);
        BOOST_TEST(reply.text("/detail") == "Invalid api key");
    }
    BOOST_TEST(owner.erase(path).status == 404);
    BOOST_TEST(owner.get(company_path(id, "/api_keys")).size("/content") == 0);
}

BOOST_AUTO_TEST_CASE(another_process_hears_of_a_revocation_long_before_its_cache_expires) {
    const auto second = shared().base.start_api({{"key-cache-ttl", "5m"}});
    auto owner = shared().owner();
    const auto id = owner.create_one("Revoked elsewhere");
    const auto key = born_key(owner, id);
    client there{second.http_port(), key};
    BOOST_TEST(there.get(me).status == 200);
    BOOST_TEST(there.get(me).status == 200);
    BOOST_TEST(owner.erase(key_path(id, id_of_key(owner, id, key))).status == 204);
    BOOST_TEST(eventually([&] { return there.get(me).status == 401; }, 2s));
}

BOOST_AUTO_TEST_CASE(a_key_rotated_without_overlap_is_refused_at_once) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Rotated at once");
    const auto old_key = born_key(owner, id);
    auto before = shared().as(old_key);
    BOOST_TEST(before.get(me).status == 200);
    const auto made =
        owner.post(key_path(id, id_of_key(owner, id, old_key), "/rotate"), R"({"overlap":"0"})");
    BOOST_TEST(made.status == 201);
    BOOST_TEST(before.get(me).status == 401);
    BOOST_TEST(shared().as(made.text("/api_key")).get(me).integer("/company/id") == id);
    BOOST_TEST(owner.get(company_path(id, "/api_keys")).size("/content") == 1);
}

BOOST_AUTO_TEST_CASE(a_key_rotated_with_an_overlap_lives_on_and_says_until_when) {
    auto owner = shared().owner();
    for (const auto& [overlap, hours] :
         {std::pair{"1h", 1}, std::pair{"24h", 24}, std::pair{"7d", 168}}) {
        const auto id = owner.create_one(fmt::format("Rotated within {}", overlap));
        const auto old_key = born_key(owner, id);
        const auto old_id = id_of_key(owner, id, old_key);
        const auto made = owner.post(key_path(id, old_id, "/rotate"),
                                     fmt::format(R"({{"overlap":"{}"}})", overlap));
        BOOST_TEST(made.status == 201);
        BOOST_TEST(shared().as(old_key).get(me).status == 200);
        BOOST_TEST(shared().as(made.text("/api_key")).get(me).status == 200);
        const auto list = owner.get(company_path(id, "/api_keys"));
        BOOST_TEST(list.size("/content") == 2);
        const auto left = shared().base.sql().execute(
            fmt::format("SELECT round(extract(epoch FROM '{}'::timestamptz - now()) / 3600)",
                        list.text("/content/0/valid_until")));
        BOOST_TEST(left == std::to_string(hours));
        BOOST_TEST(!list.json().at_pointer("/content/1").as_object().contains("valid_until"));
        // The hour passes: PostgreSQL's clock cannot be moved, so the end is.
        shared().base.sql().execute(fmt::format(
            "UPDATE tenantry.api_key SET revoked_at = now() WHERE api_key_id = {}", old_id));
        shared().base.sql().execute(
            fmt::format("NOTIFY tenantry_revocation, '{}'", shared().agency.id));
        BOOST_TEST(eventually([&] { return shared().as(old_key).get(me).status == 401; }));
    }
}

BOOST_AUTO_TEST_CASE(rotation_keeps_label_and_scope_and_refuses_what_it_does_not_know) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Rotated with label");
    const auto made = owner.post(company_path(id, "/api_keys"), R"({"label":"kept"})");
    const auto key = id_of_key(owner, id, made.text("/api_key"));
    BOOST_TEST(owner.post(key_path(id, key, "/rotate"), R"({"overlap":"2h"})").status == 400);
    BOOST_TEST(owner.post(key_path(id, 99999999, "/rotate"), R"({})").status == 404);
    const auto rotated = owner.post(key_path(id, key, "/rotate"), R"({"overlap":"0"})");
    BOOST_TEST(rotated.status == 201);
    BOOST_TEST(owner.post(key_path(id, key, "/rotate"), R"({})").status == 404);
    const auto list = owner.get(company_path(id, "/api_keys"));
    BOOST_TEST(list.text("/content/1/api_key") == rotated.text("/api_key"));
    BOOST_TEST(list.text("/content/1/label") == "kept");
}

BOOST_AUTO_TEST_CASE(the_agencys_key_acts_for_the_company_it_names) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Acted for");
    const auto sibling = owner.create_one("Not acted for");
    const http_headers acting{{"x-company-id", std::to_string(id)}};
    BOOST_TEST(owner.get(me, acting).integer("/company/id") == id);
    BOOST_TEST(owner.get(company_path(id), acting).status == 200);
    BOOST_TEST(owner.get(company_path(sibling), acting).status == 404);
    BOOST_TEST(owner.create({"Nested"}, acting).status == 403);
    BOOST_TEST(owner.get(me).json().at_pointer("/company").is_null());
}

BOOST_AUTO_TEST_CASE(acting_for_a_company_that_is_not_ones_own_is_not_found) {
    auto owner = shared().owner();
    const auto other = shared().base.make_agency("Pawnee Parks", "Leslie Knope");
    const auto theirs = shared().as(other.key).create_one("Theirs");
    const auto ours = owner.create_one("Ours");
    const auto sibling = owner.create_one("Ours too");
    for (const auto& id : {std::to_string(theirs), std::string{"0"}, std::string{"x"},
                           std::string{"99999999"}, std::string{}})
        BOOST_TEST(owner.get(me, {{"x-company-id", id}}).status == 404, id);
    auto company = shared().as(born_key(owner, ours));
    BOOST_TEST(company.get(me, {{"x-company-id", std::to_string(sibling)}}).status == 404);
    BOOST_TEST(company.get(me, {{"x-company-id", std::to_string(ours)}}).status == 200);
}

BOOST_AUTO_TEST_CASE(a_read_only_key_reads_and_changes_nothing) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Read only");
    auto reader = shared().as(shared().base.make_key(shared().agency.id, {"--scope", "read_only"}));
    BOOST_TEST(reader.get(companies_path).status == 200);
    BOOST_TEST(reader.request("HEAD", companies_path).status == 200);
    BOOST_TEST(reader.create({"By a reader"}).status == 403);
    BOOST_TEST(reader.patch(company_path(id), R"({"active":false})").status == 403);
    BOOST_TEST(reader.post(company_path(id, "/api_keys"), R"({"label":"x"})").status == 403);
    BOOST_TEST(reader.erase(key_path(id, 1)).status == 403);
    // A full key in a reader's list would be a way around all of this.
    BOOST_TEST(reader.get(company_path(id, "/api_keys")).size("/content") == 0);
}

BOOST_AUTO_TEST_CASE(the_key_of_an_inactive_company_is_forbidden_until_it_is_active_again) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Inactive");
    auto company = shared().as(born_key(owner, id));
    BOOST_TEST(company.get(me).status == 200);
    BOOST_TEST(owner.patch(company_path(id), R"({"active":false})").status == 200);
    BOOST_TEST(company.get(me).status == 403);
    BOOST_TEST(owner.patch(company_path(id), R"({"active":true})").status == 200);
    BOOST_TEST(company.get(me).status == 200);
}

BOOST_AUTO_TEST_CASE(keys_from_before_and_after_a_keyring_rotation_stay_readable_while_serving) {
    auto owner = shared().owner();
    const auto before = owner.create_one("Before the rotation");
    const auto old_key = born_key(owner, before);
    const auto idempotent = owner.post(company_path(before, "/api_keys"), R"({"label":"stored"})",
                                       {{"Idempotency-Key", "before-rotation"}});
    const auto rotated = shared().base.admin({"keyring", "rotate", "--grace-seconds", "3"});
    BOOST_TEST(rotated.status == 0, rotated.output);
    BOOST_TEST(
        shared().base.sql().execute(
            "SELECT string_agg(DISTINCT keyring_version::text, ',') FROM tenantry.api_key") == "2");
    const auto after = owner.create_one("After the rotation");
    BOOST_TEST(born_key(owner, before) == old_key);
    BOOST_TEST(shared().as(old_key).get(me).status == 200);
    BOOST_TEST(shared().as(born_key(owner, after)).get(me).status == 200);
    const auto replayed = owner.post(company_path(before, "/api_keys"), R"({"label":"stored"})",
                                     {{"Idempotency-Key", "before-rotation"}});
    BOOST_TEST(replayed.header("Idempotent-Replayed") == "true");
    BOOST_TEST(replayed.body == idempotent.body);
}

BOOST_AUTO_TEST_CASE(neither_a_dump_nor_a_log_holds_a_key) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Secret");
    owner.post(company_path(id, "/api_keys"), R"({"label":"x"})", {{"Idempotency-Key", "secret"}});
    auto secrets = secrets_of(owner, id);
    BOOST_REQUIRE(secrets.size() == 2);
    secrets.push_back(owner.key().substr(owner.key().size() - 38, 32));
    // Where a careless client puts its key: the path, the query, a header of its own, a request's
    // id.
    owner.get("/rest/v2/agency/companies/" + owner.key());
    owner.get(std::string{companies_path} + "?page=" + owner.key());
    owner.get(me, {{"X-Request-Id", owner.key()}});
    client{shared().api.http_port(), owner.key() + "x"}.get(me);
    const temporary_directory directory;
    const auto dump = directory.path() / "dump.sql";
    process pg_dump{{"pg_dump", "--inserts", "--dbname", shared().base.urls().owner}, {{}, dump}};
    BOOST_REQUIRE((pg_dump.wait(60s) == std::optional{0}));
    const auto dumped = read_file(dump);
    BOOST_REQUIRE(dumped.find("Born with a key") != std::string::npos);
    BOOST_REQUIRE(shared().api.log().find("\"serving\"") != std::string::npos);
    for (const auto& secret : secrets) {
        BOOST_TEST(dumped.find(secret) == std::string::npos);
        BOOST_TEST(shared().api.log().find(secret) == std::string::npos);
        BOOST_TEST(shared().worker.log().find(secret) == std::string::npos);
    }
    // Not as bytes either, which a dump writes in hexadecimal digits.
    for (const auto& secret : secrets) {
        std::string digits;
        for (const char c : secret) digits += fmt::format("{:02x}", c);
        BOOST_TEST(dumped.find(digits) == std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
