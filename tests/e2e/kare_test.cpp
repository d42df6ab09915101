// Contract 3 from end to end: sessions through their lives, and what is done in them.
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/support/at_once.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

constexpr std::string_view verify_path = "/auth/v1/rs/token/verify";
constexpr std::string_view revoke_path = "/auth/v1/rs/token/revoke";
constexpr std::string_view companies_of_kare = "/companies/v2/rs";

running_stack& shared() {
    static running_stack s;
    return s;
}

http_reply verify(client& by, const std::string& key, http_headers headers = {}) {
    return by.post(verify_path, fmt::format(R"({{"token":"{}"}})", key), std::move(headers));
}

/// A key and the session that it was exchanged for.
class kare_client {
public:
    explicit kare_client(const std::string& key) : http_{shared().as(key)} {
        const auto opened = verify(http_, key);
        if (opened.status != 201) throw std::runtime_error("no session: " + opened.body);
        token = opened.text("/sessionToken");
    }

    http_reply get(std::string_view target) { return http_.get(target, in_session({})); }
    http_reply post(std::string_view target, std::string_view json, http_headers more = {}) {
        return http_.post(target, json, in_session(std::move(more)));
    }
    http_reply revoke(http_headers more = {}) {
        return http_.request("POST", revoke_path, in_session(std::move(more)));
    }
    client& http() { return http_; }

    std::string token;

private:
    http_headers in_session(http_headers more) const {
        more.emplace_back("x-session-token", token);
        return more;
    }

    client http_;
};

std::string contacts_path(std::int64_t company) {
    return fmt::format("/companies/v2/rs/{}/contacts", company);
}

std::string contact(std::string_view members) {
    return fmt::format(R"([{{"name":"Pam","notify":false{}{}}}])", members.empty() ? "" : ",",
                       members);
}

std::string contacts(int count, const std::string& last = R"({"name":"Pam","notify":false})") {
    std::string all = "[";
    for (int i = 1; i < count; ++i)
        all += fmt::format(R"({{"name":"Contact {}","notify":false}},)", i);
    return all + last + "]";
}

std::int64_t total(kare_client& by, std::int64_t company) {
    return by.get(contacts_path(company)).integer("/totalCount");
}

std::string born_key(std::int64_t company) {
    return shared().owner().get(company_path(company, "/api_keys")).text("/content/0/api_key");
}

kare_client owner() {
    return kare_client{shared().agency.key};
}

std::int64_t create_one(const std::string& name) {
    return shared().owner().create_one(name);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kare_test)

BOOST_AUTO_TEST_CASE(a_session_is_asked_for_beside_the_key) {
    const auto id = create_one("Guarded");
    auto with_key = shared().owner();
    const auto missing = with_key.get(contacts_path(id));
    BOOST_TEST(missing.status == 401);
    BOOST_TEST(missing.text("/error") == "Unauthorized");
    BOOST_TEST(missing.header("WWW-Authenticate") == "Bearer");
    auto by = owner();
    BOOST_TEST(by.get(contacts_path(id)).status == 200);
    auto without_key = shared().as("");
    BOOST_TEST(without_key.get(contacts_path(id), {{"x-session-token", by.token}}).status == 401);
    // The other surfaces do not know it.
    BOOST_TEST(with_key.get(company_path(id)).status == 200);
    const auto twice = with_key.get(contacts_path(id),
                                    {{"x-session-token", by.token}, {"x-session-token", by.token}});
    BOOST_TEST(twice.status == 400);
}

BOOST_AUTO_TEST_CASE(forged_sessions_are_unauthorized) {
    const auto id = create_one("Besieged");
    auto by = owner();
    const auto head = by.token.substr(0, by.token.find('.'));
    const auto claims = by.token.substr(head.size(), by.token.rfind('.') - head.size());
    // {"alg":"none","typ":"JWT"}
    const std::string none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    for (const auto& token :
         {std::string{"x"}, std::string{"a.b.c"}, none + claims + ".", none + claims,
          head + claims + ".", head + claims + ".AAAA", by.token + "A",
          by.token.substr(0, by.token.size() - 1), std::string(5000, 'a')}) {
        const auto reply = shared().owner().get(contacts_path(id), {{"x-session-token", token}});
        BOOST_TEST(reply.status == 401, token);
        BOOST_TEST(reply.text("/message") == "The session token is invalid or has expired.");
    }
}

BOOST_AUTO_TEST_CASE(a_session_says_what_it_is_for_and_until_when) {
    auto http = shared().owner();
    const auto opened = verify(http, http.key());
    BOOST_TEST(opened.status == 201);
    BOOST_TEST(opened.text("/accessToken") == http.key());
    BOOST_TEST(opened.text("/organizationName") == "Dunder Mifflin");
    BOOST_TEST(opened.json().at("establishmentId").is_null());
    const auto left = shared().base.sql().execute(
        fmt::format("SELECT round(extract(epoch FROM '{}'::timestamptz - now()) / 3600)",
                    opened.text("/expiresAt")));
    BOOST_TEST(left == "12");
    const auto id = create_one("Establishment");
    BOOST_TEST(verify(http, born_key(id)).integer("/establishmentId") == id);
}

BOOST_AUTO_TEST_CASE(a_key_of_another_agency_gets_no_session_and_lends_none) {
    const auto other = shared().base.make_agency("Pawnee Parks", "Leslie Knope");
    auto ours = shared().owner();
    BOOST_TEST(verify(ours, other.key).status == 401);
    const auto id = create_one("Ours alone");
    const kare_client theirs{other.key};
    const auto mixed = ours.get(contacts_path(id), {{"x-session-token", theirs.token}});
    BOOST_TEST(mixed.status == 401);
    kare_client foreign{other.key};
    BOOST_TEST(foreign.get(contacts_path(id)).status == 404);
    BOOST_TEST(foreign.post(contacts_path(id), contact("")).status == 404);
}

BOOST_AUTO_TEST_CASE(a_session_that_is_ended_is_refused_at_once_everywhere) {
    const auto second = shared().base.start_api({{"key-cache-ttl", "5m"}});
    const auto id = create_one("Ended");
    auto by = owner(), other = owner();
    client there{second.http_port(), shared().agency.key};
    const http_headers session{{"x-session-token", by.token}};
    BOOST_TEST(there.get(contacts_path(id), session).status == 200);
    BOOST_TEST(there.get(contacts_path(id), session).status == 200);
    std::vector<client> connections;
    for (int i = 0; i < 8; ++i) connections.push_back(shared().owner());
    for (auto& each : connections) BOOST_TEST(each.get(contacts_path(id), session).status == 200);
    const auto ended = by.revoke({{"Idempotency-Key", "end-of-session"}});
    BOOST_TEST(ended.status == 204);
    BOOST_TEST(ended.body == "");
    for (auto& each : connections) BOOST_TEST(each.get(contacts_path(id), session).status == 401);
    BOOST_TEST(eventually([&] { return there.get(contacts_path(id), session).status == 401; }, 2s));
    BOOST_TEST(other.get(contacts_path(id)).status == 200);
    BOOST_TEST(by.revoke().status == 401);
    const auto replayed = by.revoke({{"Idempotency-Key", "end-of-session"}});
    BOOST_TEST(replayed.status == 204);
    BOOST_TEST(replayed.header("Idempotent-Replayed") == "true");
}

BOOST_AUTO_TEST_CASE(a_session_ends_with_the_key_behind_it) {
    const auto id = create_one("Behind");
    auto http = shared().owner();
    const auto opened = verify(http, born_key(id));
    const http_headers session{{"x-session-token", opened.text("/sessionToken")}};
    BOOST_TEST(http.get(contacts_path(id), session).status == 200);
    const auto key = http.get(company_path(id, "/api_keys")).integer("/content/0/id");
    BOOST_TEST(http.erase(company_path(id, fmt::format("/api_keys/{}", key))).status == 204);
    BOOST_TEST(http.get(contacts_path(id), session).status == 401);
}

BOOST_AUTO_TEST_CASE(contacts_are_listed_as_they_were_given) {
    const auto id = create_one("Read back");
    auto by = owner();
    const auto made = by.post(contacts_path(id), R"([
        {"name":"Pam","notify":true,"email":"pam@example.com","phones":["1","2"],"comment":"a\nb"},
        {"name":"Jim","notify":false}])");
    BOOST_TEST(made.status == 201);
    BOOST_TEST(made.integer("/nbInsertion") == 2);
    const auto list = by.get(contacts_path(id));
    BOOST_TEST(list.integer("/totalCount") == 2);
    BOOST_TEST(list.text("/data/0/name") == "Pam");
    BOOST_TEST(list.text("/data/0/email") == "pam@example.com");
    BOOST_TEST(list.text("/data/0/phones/1") == "2");
    BOOST_TEST(list.text("/data/0/comment") == "a\nb");
    BOOST_TEST(list.integer("/data/0/companyId") == id);
    BOOST_TEST(list.text("/data/0/notifyAt") == list.text("/data/0/createdAt"));
    BOOST_TEST(list.json().at_pointer("/data/1/notifyAt").is_null());
    BOOST_TEST(list.size("/data/1/phones") == 0);
    BOOST_TEST(!list.json().at_pointer("/data/0").as_object().contains("company"));
    const auto extended = by.get(contacts_path(id) + "?extend=company");
    BOOST_TEST(extended.integer("/data/0/company/id") == id);
    BOOST_TEST(extended.text("/data/1/company/name") == "Read back");
    BOOST_TEST(by.get(contacts_path(id) + "?extend=x").status == 400);
}

BOOST_AUTO_TEST_CASE(contacts_come_by_pages_of_the_size_that_is_asked_for) {
    const auto id = create_one("Paged");
    auto by = owner();
    BOOST_TEST(by.post(contacts_path(id), contacts(100)).integer("/nbInsertion") == 100);
    BOOST_TEST(by.get(contacts_path(id)).size("/data") == 50);
    BOOST_TEST(by.get(contacts_path(id) + "?pageSize=100").size("/data") == 100);
    BOOST_TEST(by.get(contacts_path(id) + "?pageSize=101").status == 400);
    const auto third = by.get(contacts_path(id) + "?page=3&pageSize=40");
    BOOST_TEST(third.size("/data") == 20);
    BOOST_TEST(third.integer("/totalCount") == 100);
    BOOST_TEST(third.integer("/pagination/page") == 3);
    BOOST_TEST(third.integer("/pagination/pageSize") == 40);
    BOOST_TEST(third.text("/data/0/name") == "Contact 81");
    BOOST_TEST(by.get(contacts_path(id) + "?page=4&pageSize=40").size("/data") == 0);
}

BOOST_AUTO_TEST_CASE(every_limit_holds_at_its_edge_and_one_bad_element_inserts_nothing) {
    const auto id = create_one("Limits");
    auto by = owner();
    const auto text = [](std::string_view name, std::size_t length) {
        return fmt::format(R"("{}":"{}")", name, std::string(length, 'a'));
    };
    const auto email = [](std::size_t length) {
        return fmt::format(R"("email":"{}@b.co")", std::string(length - 5, 'a'));
    };
    const auto named = [](std::size_t length) {
        return fmt::format(R"([{{"name":"{}","notify":true}}])", std::string(length, 'n'));
    };
    const std::string five = R"("phones":["1","2","3","4","5"])";
    const std::string six = R"("phones":["1","2","3","4","5","6"])";
    const auto phone = [](std::size_t length) {
        return fmt::format(R"("phones":["{}"])", std::string(length, '1'));
    };
    std::int64_t inserted = 0;
    for (const auto& body : {named(1), named(250), contact(email(250)), contact(five),
                             contact(phone(50)), contact(text("comment", 2500)), contacts(100)}) {
        const auto made = by.post(contacts_path(id), body);
        BOOST_TEST(made.status == 201, body);
        inserted += made.integer("/nbInsertion");
    }
    for (const auto& body :
         {named(0), named(251), contact(email(251)), contact(six), contact(phone(51)),
          contact(text("comment", 2501)), contacts(101), contacts(0, ""),
          contacts(100, R"({"name":"Pam"})"), contacts(100, R"({"name":"","notify":true})"),
          contacts(100, R"({"name":"Pam","notify":true,"email":"x"})")}) {
        const auto refused = by.post(contacts_path(id), body);
        BOOST_TEST(refused.status == 400, body);
        BOOST_TEST(refused.integer("/statusCode") == 400);
    }
    BOOST_TEST(total(by, id) == inserted);
}

BOOST_AUTO_TEST_CASE(a_repeated_request_inserts_nothing_and_says_so) {
    const auto id = create_one("Repeated");
    auto by = owner();
    const http_headers once{{"Idempotency-Key", "contacts"}};
    const auto first = by.post(contacts_path(id), contacts(2), once);
    BOOST_TEST(first.status == 201);
    const auto again = by.post(contacts_path(id), contacts(2), once);
    BOOST_TEST(again.status == 201);
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(again.header("Idempotent-Replayed") == "true");
    const auto other = by.post(contacts_path(id), contacts(3), once);
    BOOST_TEST(other.status == 422);
    BOOST_TEST(other.text("/error") == "Unprocessable Entity");
    BOOST_TEST(total(by, id) == 2);
}

BOOST_AUTO_TEST_CASE(of_the_same_request_many_times_at_once_one_is_done) {
    const auto id = create_one("Raced");
    const auto session = owner().token;
    const auto replies = at_once(8, [&](int) {
        return shared().owner().post(contacts_path(id), contacts(3),
                                     {{"x-session-token", session}, {"Idempotency-Key", "raced"}});
    });
    for (const auto& reply : replies)
        BOOST_TEST((reply.status == 201 || reply.status == 409), reply.body);
    auto by = owner();
    BOOST_TEST(total(by, id) == 3);
}

BOOST_AUTO_TEST_CASE(a_session_is_replayed_from_a_sealed_record) {
    auto http = shared().owner();
    const http_headers once{{"Idempotency-Key", "open"}};
    const auto first = verify(http, http.key(), once);
    const auto again = verify(http, http.key(), once);
    BOOST_TEST(again.header("Idempotent-Replayed") == "true");
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(verify(http, http.key()).text("/sessionToken") != first.text("/sessionToken"));
}

BOOST_AUTO_TEST_CASE(a_companys_key_sees_its_own_contacts_alone) {
    const auto id = create_one("Own contacts"), sibling = create_one("Sibling's contacts");
    kare_client company{born_key(id)};
    BOOST_TEST(company.post(contacts_path(id), contact("")).status == 201);
    BOOST_TEST(total(company, id) == 1);
    BOOST_TEST(company.get(contacts_path(sibling)).status == 404);
    BOOST_TEST(company.get(contacts_path(sibling) + "?extend=company").status == 404);
    BOOST_TEST(company.post(contacts_path(sibling), contact("")).status == 404);
    const auto acting = shared().owner().get(
        contacts_path(sibling),
        {{"x-session-token", company.token}, {"x-company-id", std::to_string(id)}});
    BOOST_TEST(acting.status == 404);
}

BOOST_AUTO_TEST_CASE(a_read_only_key_gets_a_session_to_read_in) {
    const auto id = create_one("Only read");
    kare_client reader{shared().base.make_key(shared().agency.id, {"--scope", "read_only"})};
    BOOST_TEST(reader.get(contacts_path(id)).status == 200);
    BOOST_TEST(reader.post(contacts_path(id), contact("")).status == 403);
    BOOST_TEST(reader.revoke().status == 204);
}

BOOST_AUTO_TEST_CASE(the_key_of_an_inactive_company_gets_no_session) {
    const auto id = create_one("Asleep");
    const auto key = born_key(id);
    kare_client company{key};
    auto http = shared().owner();
    BOOST_TEST(http.patch(company_path(id), R"({"active":false})").status == 200);
    BOOST_TEST(company.get(contacts_path(id)).status == 403);
    BOOST_TEST(verify(http, key).status == 403);
    BOOST_TEST(http.get(contacts_path(id), {{"x-session-token", company.token}}).status == 401);
    BOOST_TEST(http.patch(company_path(id), R"({"active":true})").status == 200);
    BOOST_TEST(company.get(contacts_path(id)).status == 200);
}

BOOST_AUTO_TEST_CASE(a_company_is_created_like_on_every_other_surface) {
    auto by = owner();
    const auto made = by.post(companies_of_kare, R"({"name":"By Kare","type":2,
        "email":"office@kare.example","comment":"a\nb","location":"Scranton","phones":["1","2"]})");
    BOOST_TEST(made.status == 201, made.body);
    const auto id = made.integer("/id");
    auto http = shared().owner();
    BOOST_TEST(http.get(company_path(id)).text("/name") == "By Kare");
    BOOST_TEST(http.get(company_path(id, "/api_keys")).size("/content") == 1);
    BOOST_TEST(
        eventually([&] { return http.get(company_path(id)).text("/provisioning") == "ready"; }));
    const auto page = by.get(fmt::format("{}?pageSize=100", companies_of_kare)).json();
    const auto& data = page.at("data").as_array();
    const auto* listed = std::ranges::find_if(
        data, [&](const auto& each) { return each.at("id").as_int64() == id; });
    BOOST_TEST_REQUIRE((listed != data.end()));
    // The worker has touched it since.
    for (const auto* member :
         {"name", "type", "email", "comment", "location", "phones", "createdAt"})
        BOOST_TEST((listed->at(member) == made.json().at(member)), member);
    BOOST_TEST(by.post(contacts_path(id), contact("")).status == 201);
}

BOOST_AUTO_TEST_CASE(a_company_of_another_surface_has_null_for_what_it_was_not_asked) {
    const auto id = create_one("Of another surface");
    kare_client company{born_key(id)};
    const auto page = company.get(companies_of_kare);
    BOOST_TEST(page.integer("/totalCount") == 1);
    BOOST_TEST(page.integer("/data/0/id") == id);
    BOOST_TEST(page.json().at_pointer("/data/0/type").is_null());
    BOOST_TEST(page.size("/data/0/phones") == 0);
}

BOOST_AUTO_TEST_CASE(companies_come_by_pages_and_are_created_once) {
    auto by = kare_client{shared().base.make_agency("Paged agency").key};
    const http_headers once{{"Idempotency-Key", "company"}};
    const auto body = [](std::string_view name) {
        return fmt::format(R"({{"name":"{}","type":1,"email":"a@b.co"}})", name);
    };
    const auto first = by.post(companies_of_kare, body("One"), once);
    BOOST_TEST(first.status == 201);
    const auto again = by.post(companies_of_kare, body("One"), once);
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(again.header("Idempotent-Replayed") == "true");
    BOOST_TEST(by.post(companies_of_kare, body("Two"), once).status == 422);
    const auto taken = by.post(companies_of_kare, body("ONE"));
    BOOST_TEST(taken.status == 409);
    BOOST_TEST(taken.text("/error") == "Conflict");
    for (const auto* name : {"Two", "Three"})
        BOOST_TEST(by.post(companies_of_kare, body(name)).status == 201);
    const auto second = by.get(fmt::format("{}?page=2&pageSize=2", companies_of_kare));
    BOOST_TEST(second.integer("/totalCount") == 3);
    BOOST_TEST(second.size("/data") == 1);
    BOOST_TEST(second.text("/data/0/name") == "Three");
}

BOOST_AUTO_TEST_CASE(a_companys_key_creates_no_company) {
    kare_client company{born_key(create_one("Not an agency"))};
    const auto refused =
        company.post(companies_of_kare, R"({"name":"Nested","type":1,"email":"a@b.co"})");
    BOOST_TEST(refused.status == 403);
}

BOOST_AUTO_TEST_CASE(neither_a_dump_nor_a_log_holds_a_session) {
    const auto id = create_one("Kept secret");
    auto by = owner();
    verify(by.http(), by.http().key(), {{"Idempotency-Key", "kept secret"}});
    by.get(contacts_path(id));
    const temporary_directory directory;
    const auto dump = directory.path() / "dump.sql";
    process pg_dump{{"pg_dump", "--inserts", "--dbname", shared().base.urls().owner}, {{}, dump}};
    BOOST_REQUIRE((pg_dump.wait(60s) == std::optional{0}));
    const auto dumped = read_file(dump);
    BOOST_REQUIRE(dumped.find("Kept secret") != std::string::npos);
    const auto signature = by.token.substr(by.token.rfind('.') + 1);
    for (const auto& secret :
         {signature, by.http().key().substr(by.http().key().size() - 38, 32)}) {
        std::string digits;
        for (const char c : secret) digits += fmt::format("{:02x}", c);
        BOOST_TEST(dumped.find(secret) == std::string::npos);
        BOOST_TEST(dumped.find(digits) == std::string::npos);
        BOOST_TEST(shared().api.log().find(secret) == std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
