// The same scenarios through every surface, in one table: five products' words, one set of rules.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <map>
#include <mutex>

#include "common/crypto/api_key_text.hpp"
#include "common/domain/public_id.hpp"
#include "tests/support/at_once.hpp"
#include "tests/support/effects.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;
using tenantry::domain::agency_id;
using tenantry::domain::company_id;
using tenantry::domain::company_uuid;
using tenantry::domain::organization_id;

/// How a surface is asked to make one company, and with what status it says what.
struct product {
    std::string name, path;
    std::string body;     ///< {name} stands for the company's name, as JSON
    std::string without;  ///< the same without the name
    std::size_t longest;  ///< characters of a name
    unsigned invalid, duplicate, mismatch;
    std::string (*one)(std::int64_t agency, std::int64_t company);  ///< the path of a company
    bool in_session = false;
};

std::string by_number(std::int64_t, std::int64_t company) {
    return fmt::format("/{}", company);
}
std::string by_uuid(std::int64_t agency, std::int64_t company) {
    return '/' + company_uuid(agency_id{agency}, company_id{company});
}
std::string by_organization(std::int64_t, std::int64_t company) {
    return '/' + organization_id(company_id{company});
}
/// Contract 3 shows no single company, but what belongs to it.
std::string contacts_by_number(std::int64_t, std::int64_t company) {
    return fmt::format("/{}/contacts", company);
}

const product products[] = {
    {"woodpecker", "/rest/v2/agency/companies", R"({"companies":[{"name":{name}}]})",
     R"({"companies":[{}]})", 255, 400, 422, 422, by_number},
    {"inboxops", "/api/v1/companies", R"({"name":{name}})", R"({"domains":[]})", 255, 400, 409, 409,
     by_uuid},
    {"answering", "/api/v1/organizations",
     R"({"name":{name},"owner":{"external_id":"owner","email":"o@acme.example","name":"O"}})",
     R"({"owner":{"external_id":"owner","email":"o@acme.example","name":"O"}})", 255, 422, 422, 422,
     by_number},
    {"kare", "/companies/v2/rs", R"({"name":{name},"type":1,"email":"o@acme.example"})",
     R"({"type":1,"email":"o@acme.example"})", 250, 400, 409, 422, contacts_by_number, true},
    {"stablesea", "/v1/organizations",
     R"({"name":{name},"contact":{"email":"o@acme.example","first_name":"O","last_name":"A"}})",
     R"({"contact":{"email":"o@acme.example","first_name":"O","last_name":"A"}})", 255, 400, 409,
     422, by_organization},
};

struct world : running_stack {
    agency_account other = base.make_agency("Pawnee Parks", "Leslie Knope");
    std::string read_only = base.make_key(agency.id, {"--scope", "read_only"});
    std::string of_company = key_of_new_company("Bound");
    std::string of_held_company = key_of_new_company("Held");
    std::string of_former_company = key_of_new_company("Former");
    std::string revoked = make_revoked_key();
    int keys = 0;

    world() {
        base.sql().execute("UPDATE tenantry.company SET held = true WHERE name = 'Held'");
        base.sql().execute("UPDATE tenantry.company SET active = false WHERE name = 'Former'");
    }

private:
    std::string key_of_new_company(const std::string& name) {
        auto by = owner();
        return by.get(company_path(by.create_one(name), "/api_keys")).text("/content/0/api_key");
    }
    std::string make_revoked_key() {
        auto by = owner();
        const auto made = by.post(company_path(by.create_one("Former key"), "/api_keys"),
                                  R"({"label":"to be revoked"})");
        by.erase(made.header("Location"));
        return made.text("/api_key");
    }
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
http_headers session_of(const std::string& key) {
    static std::mutex mutex;
    static std::map<std::string, std::string> opened;
    const std::lock_guard lock{mutex};
    auto& token = opened[key];
    if (token.empty()) {
        const auto reply = shared().as(key).post("/auth/v1/rs/token/verify",
                                                 fmt::format(R"({{"token":"{}"}})", key));
        if (reply.status != 201) return {};
        token = reply.text("/sessionToken");
    }
    return {{"x-session-token", token}};
}

/// What the product's clients send beside the key.
http_headers headers_of(const product& p, const std::string& key, http_headers more = {}) {
    auto headers = p.in_session ? session_of(key) : http_headers{};
    headers.insert(headers.end(), more.begin(), more.end());
    return headers;
}

http_reply post(const product& p, const std::string& key, const std::string& body,
                const std::string& idempotency = new_key()) {
    return shared().as(key).post(p.path, body,
                                 headers_of(p, key, {{"Idempotency-Key", idempotency}}));
}

http_reply get(const product& p, const std::string& key, const std::string& below = "") {
    return shared().as(key).get(p.path + below, headers_of(p, key));
}

const std::string& our_key() {
    return shared().agency.key;
}

std::string as_json(const std::string& name) {
    return '"' + name + '"';
}

http_reply create(const product& p, const std::string& name, const std::string& key = new_key()) {
    return post(p, our_key(), body_of(p, as_json(name)), key);
}

std::string named(const product& p, std::string_view what) {
    return fmt::format("{} through {}", what, p.name);
}

std::int64_t companies_named(const std::string& name) {
    return shared().base.sql().number(
        fmt::format("SELECT count(*) FROM tenantry.company WHERE lower(name) = lower('{}')", name));
}

std::int64_t id_of(const std::string& name) {
    return shared().base.sql().number(
        fmt::format("SELECT company_id FROM tenantry.company WHERE agency_id = {} AND name = '{}'",
                    shared().agency.id, name));
}

// The scenarios, in the order of the table below.

void creates(const product& p) {
    const auto name = named(p, "Created");
    BOOST_TEST(create(p, name).status == 201u);
    BOOST_TEST(companies_named(name) == 1);
}

void starts_the_same_jobs(const product& p) {
    const auto name = named(p, "Working");
    BOOST_TEST(create(p, name).status == 201u);
    BOOST_TEST(shared().base.sql().execute(fmt::format(
                   "SELECT string_agg(kind, ' ' ORDER BY kind) FROM tenantry.job WHERE company_id"
                   " = {}",
                   id_of(name))) == "billing provisioning");
}

void is_there_on_every_other(const product& p) {
    const auto name = named(p, "Seen");
    BOOST_TEST(create(p, name).status == 201u);
    for (const auto& other : products) {
        const auto seen = get(other, our_key(), other.one(shared().agency.id, id_of(name)));
        BOOST_TEST(seen.status == 200u, other.name);
        if (!other.in_session) BOOST_TEST(seen.body.find(name) != seen.body.npos, other.name);
    }
}

void stores_the_name_trimmed_and_normalised(const product& p) {
    const auto name = named(p, "Caf\u00e9");
    BOOST_TEST(create(p, "  " + named(p, "Cafe\u0301") + " ").status == 201u);
    BOOST_TEST(companies_named(name) == 1);
}

void refuses_a_name_that_is_taken(const product& p) {
    const auto name = named(p, "Taken");
    BOOST_TEST(create(p, name).status == 201u);
    BOOST_TEST(create(p, name).status == p.duplicate);
    BOOST_TEST(companies_named(name) == 1);
}

void refuses_it_in_another_case(const product& p) {
    const auto name = named(p, "Stra\u00dfe");
    BOOST_TEST(create(p, name).status == 201u);
    BOOST_TEST(create(p, named(p, "STRASSE")).status == p.duplicate);
}

void refuses_it_on_every_other(const product& p) {
    const auto name = named(p, "Taken everywhere");
    BOOST_TEST(create(p, name).status == 201u);
    for (const auto& other : products)
        BOOST_TEST(create(other, name).status == other.duplicate, other.name);
    BOOST_TEST(companies_named(name) == 1);
}

void gives_a_name_to_one_of_four_at_once(const product& p) {
    const auto name = named(p, "Raced for");
    const std::string keys[] = {new_key(), new_key(), new_key(), new_key()};
    const auto replies = at_once(4, [&](int i) { return create(p, name, keys[i]); });
    BOOST_TEST(std::ranges::count(replies, 201u, &http_reply::status) == 1);
    BOOST_TEST(std::ranges::count(replies, p.duplicate, &http_reply::status) == 3);
    BOOST_TEST(companies_named(name) == 1);
}

/// The product's refusal of that JSON in the name's place.
template<const char* const& Json>
void refuses_the_name(const product& p) {
    BOOST_TEST(post(p, our_key(), body_of(p, Json)).status == p.invalid, Json);
}

const char *const empty = R"("")", *const blank = R"(" \t ")", *const nul = R"("a\u0000b")",
                  *const control = R"("a\nb")", *const invisible = R"("\u200b")",
                  *const a_number = "7", *const a_null = "null", *const a_boolean = "true",
                  *const an_array = "[]", *const an_object = "{}";

void refuses_a_body_without_the_name(const product& p) {
    BOOST_TEST(post(p, our_key(), p.without).status == p.invalid);
}

void takes_the_longest_name(const product& p) {
    auto name = named(p, "Long");
    name.resize(p.longest, 'x');
    BOOST_TEST(create(p, name).status == 201u);
}

void refuses_a_longer_name(const product& p) {
    auto name = named(p, "Longer");
    name.resize(p.longest + 1, 'x');
    BOOST_TEST(create(p, name).status == p.invalid);
    BOOST_TEST(companies_named(name) == 0);
}

/// 400 for what is no JSON at all.
template<const char* const& Body>
void refuses_the_body(const product& p) {
    BOOST_TEST(post(p, our_key(), Body).status == 400u, Body);
}

const char *const nothing = "", *const cut_off = "{", *const two_values = "{} {}",
                  *const no_utf_8 = "\xff", *const same_key_twice = R"({"name":"a","name":"b"})";

void refuses_deep_nesting(const product& p) {
    const auto deep = std::string(33, '[') + std::string(33, ']');
    BOOST_TEST(post(p, our_key(), deep).status == 400u);
}

void refuses_another_media_type(const product& p) {
    const auto headers =
        headers_of(p, our_key(), {{"Idempotency-Key", new_key()}, {"Content-Type", "text/plain"}});
    BOOST_TEST(shared().owner().request("POST", p.path, headers, body_of(p, as_json("x"))).status ==
               415u);
}

void refuses_another_method(const product& p) {
    const auto reply = shared().owner().request("PUT", p.path);
    BOOST_TEST(reply.status == 405u);
    BOOST_TEST(reply.header("Allow") == "GET, HEAD, POST, OPTIONS");
}

/// The status that a key's holder gets.
void refuses_key(const product& p, const std::string& key, unsigned status) {
    const auto name = named(p, "Refused");
    BOOST_TEST(post(p, key, body_of(p, as_json(name))).status == status);
    BOOST_TEST(companies_named(name) == 0);
}

void refuses_no_key(const product& p) {
    refuses_key(p, "", 401);
}
void refuses_a_malformed_key(const product& p) {
    refuses_key(p, "ixk_nonsense", 401);
}
void refuses_an_unknown_key(const product& p) {
    refuses_key(p, tenantry::crypto::mint_api_key(agency_id{shared().agency.id}), 401);
}
void refuses_a_revoked_key(const product& p) {
    refuses_key(p, shared().revoked, 401);
}

/// With an agency key's session, so that what is refused is the key.
void forbids(const product& p, const std::string& key) {
    const auto name = named(p, "Forbidden");
    const auto headers = headers_of(p, our_key(), {{"Idempotency-Key", new_key()}});
    BOOST_TEST(shared().as(key).post(p.path, body_of(p, as_json(name)), headers).status == 403u);
    BOOST_TEST(companies_named(name) == 0);
}

void forbids_a_read_only_key(const product& p) {
    forbids(p, shared().read_only);
}
void forbids_a_companys_key(const product& p) {
    forbids(p, shared().of_company);
}
void forbids_a_held_companys_key(const product& p) {
    forbids(p, shared().of_held_company);
}
void forbids_an_inactive_companys_key(const product& p) {
    forbids(p, shared().of_former_company);
}

void lets_a_read_only_key_read(const product& p) {
    BOOST_TEST(get(p, shared().read_only).status == 200u);
}

void lets_another_agency_have_the_name(const product& p) {
    const auto name = named(p, "Everywhere");
    BOOST_TEST(create(p, name).status == 201u);
    BOOST_TEST(post(p, shared().other.key, body_of(p, as_json(name))).status == 201u);
    BOOST_TEST(companies_named(name) == 2);
}

void lists_no_foreign_company(const product& p) {
    const auto ours = named(p, "Ours alone");
    BOOST_TEST(create(p, ours).status == 201u);
    const auto list = get(p, shared().other.key);
    BOOST_TEST(list.status == 200u);
    BOOST_TEST(list.body.find(ours) == list.body.npos);
}

void hides_a_foreign_company(const product& p) {
    const auto ours = named(p, "Ours to see");
    BOOST_TEST(create(p, ours).status == 201u);
    for (const auto agency : {shared().agency.id, shared().other.id})
        BOOST_TEST(get(p, shared().other.key, p.one(agency, id_of(ours))).status == 404u);
}

void replays_the_same_request(const product& p) {
    const auto name = named(p, "Once");
    const auto key = new_key();
    const auto first = create(p, name, key), again = create(p, name, key);
    BOOST_TEST(first.status == 201u);
    BOOST_TEST(first.header("Idempotent-Replayed") == "");
    BOOST_TEST(again.status == 201u);
    BOOST_TEST(again.header("Idempotent-Replayed") == "true");
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(companies_named(name) == 1);
}

void refuses_another_body_with_the_same_key(const product& p) {
    const auto other = named(p, "Other");
    const auto key = new_key();
    BOOST_TEST(create(p, named(p, "First"), key).status == 201u);
    BOOST_TEST(create(p, other, key).status == p.mismatch);
    BOOST_TEST(companies_named(other) == 0);
}

void keeps_no_refusal(const product& p) {
    const auto key = new_key();
    BOOST_TEST(create(p, "", key).status == p.invalid);
    BOOST_TEST(create(p, named(p, "Mended"), key).status == 201u);
}

void tells_that_the_first_still_runs(const product& p) {
    const auto name = named(p, "Running");
    const auto key = new_key();
    session_of(our_key());
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
}

void refuses_a_long_idempotency_key(const product& p) {
    BOOST_TEST(create(p, named(p, "Keyed"), std::string(256, 'k')).status == 400u);
}

void tells_a_problem_by_rfc_9457(const product& p) {
    const auto headers = headers_of(
        p, our_key(), {{"Idempotency-Key", new_key()}, {"Accept", "application/problem+json"}});
    const auto refused = shared().owner().post(p.path, body_of(p, blank), headers);
    BOOST_TEST(refused.status == p.invalid);
    BOOST_TEST(refused.header("Content-Type") == "application/problem+json");
    BOOST_TEST(refused.integer("/status") == p.invalid);
    BOOST_TEST(refused.text("/instance") == p.path);
}

void tells_what_may_follow(const product& p) {
    for (const auto& reply : {create(p, named(p, "Counted")), shared().as("").get(p.path)})
        for (const auto* name : {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",
                                 "RateLimit", "RateLimit-Policy", "X-Request-Id"})
            BOOST_TEST(reply.header(name) != "", name);
}

void echoes_the_request_id(const product& p) {
    const auto headers = headers_of(p, our_key(), {{"X-Request-Id", "mine"}});
    BOOST_TEST(shared().owner().get(p.path, headers).header("X-Request-Id") == "mine");
}

void answers_head_as_get(const product& p) {
    const auto reply = shared().owner().request("HEAD", p.path, headers_of(p, our_key()));
    BOOST_TEST(reply.status == 200u);
    BOOST_TEST(reply.body == "");
}

void creates_without_redis(const product& p) {
    shared().base.redis().kill();
    BOOST_TEST(create(p, named(p, "Without Redis")).status == 201u);
    shared().base.redis().restart();
    BOOST_TEST(every_job_gets_done(shared().base.sql(), 60s));
}

const std::pair<const char*, void (*)(const product&)> scenarios[] = {
    {"create", creates},
    {"create starts provisioning and billing", starts_the_same_jobs},
    {"created here, seen everywhere", is_there_on_every_other},
    {"a name with white space around it", stores_the_name_trimmed_and_normalised},
    {"duplicate", refuses_a_name_that_is_taken},
    {"duplicate in another case", refuses_it_in_another_case},
    {"duplicate across surfaces", refuses_it_on_every_other},
    {"race", gives_a_name_to_one_of_four_at_once},
    {"an empty name", refuses_the_name<empty>},
    {"a blank name", refuses_the_name<blank>},
    {"a name with NUL", refuses_the_name<nul>},
    {"a name with a control character", refuses_the_name<control>},
    {"a name that shows nothing", refuses_the_name<invisible>},
    {"wrong type: number", refuses_the_name<a_number>},
    {"wrong type: null", refuses_the_name<a_null>},
    {"wrong type: boolean", refuses_the_name<a_boolean>},
    {"wrong type: array", refuses_the_name<an_array>},
    {"wrong type: object", refuses_the_name<an_object>},
    {"missing field", refuses_a_body_without_the_name},
    {"the longest name", takes_the_longest_name},
    {"too long", refuses_a_longer_name},
    {"no body", refuses_the_body<nothing>},
    {"JSON that ends too early", refuses_the_body<cut_off>},
    {"two JSON values", refuses_the_body<two_values>},
    {"no UTF-8", refuses_the_body<no_utf_8>},
    {"the same JSON key twice", refuses_the_body<same_key_twice>},
    {"deep nesting", refuses_deep_nesting},
    {"another media type", refuses_another_media_type},
    {"another method", refuses_another_method},
    {"no key", refuses_no_key},
    {"malformed key", refuses_a_malformed_key},
    {"unknown key", refuses_an_unknown_key},
    {"revoked key", refuses_a_revoked_key},
    {"read-only key", forbids_a_read_only_key},
    {"read-only key reads", lets_a_read_only_key_read},
    {"a company's key", forbids_a_companys_key},
    {"a held company's key", forbids_a_held_companys_key},
    {"an inactive company's key", forbids_an_inactive_companys_key},
    {"foreign agency may have the name", lets_another_agency_have_the_name},
    {"foreign agency lists its own", lists_no_foreign_company},
    {"foreign agency sees no other's", hides_a_foreign_company},
    {"idempotent replay", replays_the_same_request},
    {"replay with another body", refuses_another_body_with_the_same_key},
    {"replay of a refusal", keeps_no_refusal},
    {"replay while running", tells_that_the_first_still_runs},
    {"an Idempotency-Key that is too long", refuses_a_long_idempotency_key},
    {"problem+json", tells_a_problem_by_rfc_9457},
    {"rate limit headers", tells_what_may_follow},
    {"request id", echoes_the_request_id},
    {"HEAD", answers_head_as_get},
    {"Redis down", creates_without_redis},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(surfaces_test)

BOOST_AUTO_TEST_CASE(every_scenario_ends_alike_on_every_surface) {
    for (const auto& [name, run] : scenarios)
        for (const auto& p : products) BOOST_TEST_CONTEXT(name << " through " << p.name) {
                run(p);
            }
    BOOST_REQUIRE(every_job_gets_done(shared().base.sql(), 60s));
    BOOST_TEST(faults_of_companies(shared().base.sql()) == "");
}

BOOST_AUTO_TEST_SUITE_END()
