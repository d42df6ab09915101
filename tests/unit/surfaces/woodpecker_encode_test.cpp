// Contract 2 as it is written, byte by byte.
#include <rapidcheck.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "api/surfaces/woodpecker/encode.hpp"
#include "api/surfaces/woodpecker/woodpecker.hpp"
#include "tests/unit/surfaces/any_name.hpp"

using namespace tenantry;
using namespace tenantry::surfaces::woodpecker;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

/// 2025-03-05 17:57:00 UTC, the contract's own example.
constexpr timestamp then{std::chrono::sys_days{std::chrono::year{2025} / 3 / 5} + 17h + 57min};

domain::company company(std::int64_t id, std::string name) {
    return {.id = domain::company_id{id},
            .name = std::move(name),
            .owner = "Michael Scott",
            .running_campaigns = 1,
            .email_slots = 2,
            .linkedin_slots = 3,
            .created_at = then,
            .updated_at = then};
}

domain::job job() {
    return {.id = domain::job_id{5},
            .queue = "q",
            .kind = "k",
            .company = domain::company_id{7},
            .state = domain::job_state::dead,
            .attempts = 2,
            .crashes = 1,
            .steps_done = 1,
            .steps_total = 3,
            .last_error = "no",
            .created_at = then,
            .run_at = then + 1s,
            .started_at = then + 2s,
            .finished_at = then + 3s,
            .batch = domain::job_id{4},
            .message = "half"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(woodpecker_encode_test)

BOOST_AUTO_TEST_CASE(created_companies_are_the_contracts_example_to_the_letter) {
    auto inactive = company(98765, "My second client");
    inactive.active = false;
    const domain::company both[] = {company(98764, "My first client"), inactive};
    const auto r = encode_created(both);
    BOOST_TEST(r.status == 201);
    BOOST_TEST(!r.location.has_value());
    BOOST_TEST(
        r.body ==
        R"({"companies":[{"id":98764,"name":"My first client","owner":"Michael Scott","active":true},)"
        R"({"id":98765,"name":"My second client","owner":"Michael Scott","active":false}]})");
}

BOOST_AUTO_TEST_CASE(one_company_tells_whether_it_is_provisioned) {
    auto c = company(1, "A");
    const std::string start =
        R"({"id":1,"name":"A","owner":"Michael Scott","active":true,"running_campaigns":1,)"
        R"("email_slots":2,"linkedin_slots":3,"provisioning":)";
    BOOST_TEST(encode_company(c) == start + "\"pending\"}");
    c.provisioned = true;
    BOOST_TEST(encode_company(c) == start + "\"ready\"}");
}

BOOST_AUTO_TEST_CASE(a_page_counts_elements_and_pages) {
    domain::page<domain::company> page;
    BOOST_TEST(encode_companies(page) ==
               R"({"content":[],"pagination_data":{"total_elements":0,"total_pages":0,)"
               R"("current_page_number":1,"page_size":50}})");
    page = {{company(1, "A")}, 2, 51};
    BOOST_TEST(encode_companies(page) ==
               R"({"content":[{"id":1,"name":"A","owner":"Michael Scott","active":true,)"
               R"("running_campaigns":1,"email_slots":2,"linkedin_slots":3}],)"
               R"("pagination_data":{"total_elements":51,"total_pages":2,)"
               R"("current_page_number":2,"page_size":50}})");
}

BOOST_AUTO_TEST_CASE(a_created_key_is_shown_with_its_place) {
    const auto r = encode_created_key(domain::company_id{7}, {domain::api_key_id{9}, "ixk_x"});
    BOOST_TEST(r.status == 201);
    BOOST_TEST(r.location.value() == "/rest/v2/agency/companies/7/api_keys/9");
    BOOST_TEST(r.body == R"({"api_key":"ixk_x"})");
}

BOOST_AUTO_TEST_CASE(keys_are_listed_in_full_with_label_or_null) {
    const domain::page<service::api_key> page{
        {{domain::api_key_id{1}, "ixk_a"}, {domain::api_key_id{2}, "ixk_b", "mine", then}}, 1, 2};
    const auto parsed = json::parse(encode_api_keys(page));
    BOOST_TEST(json::serialize(parsed.at("content")) ==
               R"([{"id":1,"api_key":"ixk_a","label":null},{"id":2,"api_key":"ixk_b",)"
               R"("label":"mine","valid_until":"2025-03-05T17:57:00.000000Z"}])");
}

BOOST_AUTO_TEST_CASE(a_job_shows_all_there_is_to_know) {
    const std::string full =
        R"({"id":5,"kind":"k","queue":"q","company_id":7,"state":"dead","attempts":2,)"
        R"("crashes":1,"progress":33,"steps_done":1,"steps_total":3,)"
        R"("created_at":"2025-03-05T17:57:00.000000Z","run_at":"2025-03-05T17:57:01.000000Z",)"
        R"("started_at":"2025-03-05T17:57:02.000000Z",)"
        R"("finished_at":"2025-03-05T17:57:03.000000Z","last_error":"no","priority":1,)"
        R"("batch_id":4,"message":"half","cancel_requested_at":null})";
    BOOST_TEST(encode_job(job()) == full);
    BOOST_TEST(json::serialize(json::parse(encode_jobs({{job()}, 1, 1})).at("content")) ==
               "[" + full + "]");
    domain::job fresh{.id = domain::job_id{5}, .queue = "q", .kind = "k"};
    const auto parsed = json::parse(encode_job(fresh));
    for (const auto* member : {"company_id", "started_at", "finished_at", "last_error", "batch_id",
                               "message", "cancel_requested_at"})
        BOOST_TEST(parsed.at(member).is_null(), member);
    BOOST_TEST(parsed.at("progress") == 0);
}

BOOST_AUTO_TEST_CASE(a_retried_job_is_pending) {
    const auto r = encode_retried(domain::job_id{5});
    BOOST_TEST(r.status == 202);
    BOOST_TEST(r.body == R"({"id":5,"state":"pending"})");
}

BOOST_AUTO_TEST_CASE(me_is_key_user_agency_and_company) {
    domain::principal who{.agency = domain::agency_id{1},
                          .agency_name = "Agency",
                          .user = domain::user_id{2},
                          .user_name = "Michael Scott",
                          .user_email = "m@example.com",
                          .key = domain::api_key_id{3},
                          .scope = domain::key_scope::read_only};
    const std::string start =
        R"({"key":{"id":3,"scope":"read_only"},"user":{"id":2,"name":"Michael Scott",)"
        R"("email":"m@example.com"},"agency":{"id":1,"name":"Agency"},"company":)";
    BOOST_TEST(encode_me(who) == start + "null}");
    who.company = domain::company_id{4};
    who.company_name = "Acme";
    BOOST_TEST(encode_me(who) == start + R"({"id":4,"name":"Acme"}})");
}

BOOST_AUTO_TEST_CASE(an_error_body_has_the_contracts_four_members_in_order) {
    const error e{.code = errc::not_found};
    BOOST_TEST(encode_error(describe(e), e, then + 999'999us) ==
               R"({"title":"Not Found","status":404,"detail":"Requested resource does not exist",)"
               R"("timestamp":"2025-03-05 17:57:00"})");
}

BOOST_AUTO_TEST_CASE(any_name_is_encoded_so_that_it_reads_back) {
    const bool held = rc::check([] {
        const auto given = *test::any_name();
        const auto name = domain::company_name::parse(given);
        RC_ASSERT(name.has_value());
        const domain::company all[] = {company(1, name->text())};
        const auto back = json::parse(encode_created(all).body);
        RC_ASSERT(back.at("companies").at(0).at("name").as_string() == name->text());
    });
    BOOST_TEST(held);
}

BOOST_AUTO_TEST_SUITE_END()
