// Contract 0 as it is written, byte by byte.
#include <boost/test/unit_test.hpp>

#include "api/surfaces/inboxops/encode.hpp"
#include "api/surfaces/inboxops/inboxops.hpp"

using namespace tenantry;
using namespace tenantry::surfaces::inboxops;
using namespace std::chrono_literals;

namespace {

/// The instant of the page's example.
constexpr timestamp then{std::chrono::sys_days{std::chrono::year{2024} / 12 / 25} + 10h};

domain::company company(std::int64_t id) {
    return {.agency = domain::agency_id{7},
            .id = domain::company_id{id},
            .name = "John Doe",
            .owner = "Michael Scott",
            .created_at = then,
            .updated_at = then + 1s + 1us,
            .profile = domain::company_profile{.domains = {"example_string"},
                                               .custom_fields = R"({"a":0.1})"}};
}

constexpr std::string_view start =
    R"({"id":"00000000-0000-8007-8000-000000000011","name":"John Doe","domains":["example_string"],)";
constexpr std::string_view times =
    R"("created_at":"2024-12-25T10:00:00Z","updated_at":"2024-12-25T10:00:01Z","contacts":[],)";
constexpr std::string_view end = R"("custom_fields":{"a":0.1}})";

std::string joined(std::initializer_list<std::string_view> parts) {
    std::string all;
    for (const auto part : parts) all += part;
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inboxops_encode_test)

BOOST_AUTO_TEST_CASE(a_created_company_is_the_subset_with_its_place) {
    const domain::company one[] = {company(17)};
    const auto r = encode_created(one);
    BOOST_TEST(r.status == 201);
    BOOST_TEST(r.location.value() == "/api/v1/companies/00000000-0000-8007-8000-000000000011");
    BOOST_TEST(r.body == joined({R"({"data":)", start, end, "}"}));
    BOOST_TEST(encode_updated(one[0]) == r.body);
}

BOOST_AUTO_TEST_CASE(a_company_that_is_read_has_everything) {
    BOOST_TEST(encode_company(company(17), {}) == joined({R"({"data":)", start, times, end, "}"}));
}

BOOST_AUTO_TEST_CASE(a_company_that_is_read_has_its_own_contacts) {
    domain::contact ours{.id = domain::contact_id{5},
                         .company = domain::company_id{17},
                         .name = "Ada",
                         .email = "ada@a.example",
                         .phones = {"+1"},
                         .comment = std::nullopt,
                         .notify_at = std::nullopt,
                         .created_at = then,
                         .updated_at = then};
    auto theirs = ours;
    theirs.company = domain::company_id{16};
    theirs.email = std::nullopt;
    const domain::contact both[] = {theirs, ours};
    const auto text = encode_company(company(17), both);
    BOOST_TEST(text.find(R"("contacts":[{"id":5,"name":"Ada","email":"ada@a.example",)"
                         R"("phones":["+1"]}],)") != std::string::npos);
    BOOST_TEST(encode_company(company(16), both).find(R"("email":null)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_another_surface_did_not_give_is_empty) {
    auto bare = company(17);
    bare.profile = {};
    const auto text = encode_updated(bare);
    BOOST_TEST(text.find(R"("domains":[],"custom_fields":{})") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_page_tells_where_the_next_one_begins) {
    domain::page<domain::company> page{.size = 20};
    BOOST_TEST(encode_companies(page, {}) ==
               R"({"data":[],"pagination":{"next_cursor":null,"has_more":false,"limit":20}})");
    page = {.content = {company(16), company(17)}, .size = 2, .has_more = true};
    const auto text = encode_companies(page, {});
    BOOST_TEST(text.ends_with(R"(],"pagination":{"next_cursor":"i0000000000000011",)"
                              R"("has_more":true,"limit":2}})"));
    BOOST_TEST(text.find("},{") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_errors_details_are_fields_for_400_and_a_sentence_otherwise) {
    const error bad{.code = errc::invalid_value,
                    .subject = "email",
                    .fields = {{"/email", "Invalid email format"}, {"/a/0", "no"}, {"", "x"}}};
    BOOST_TEST(
        encode_error(describe(bad), bad, then) ==
        R"({"error":"Bad Request","message":"The request contains invalid parameters or malformed data",)"
        R"("code":400,"details":[{"field":"email","message":"Invalid email format"},)"
        R"({"field":"a.0","message":"no"},{"field":"body","message":"x"}]})");
    const error taken{.code = errc::name_taken, .subject = "A"};
    BOOST_TEST(
        encode_error(describe(taken), taken, then) ==
        R"({"error":"Conflict","message":"The request conflicts with the current state of the resource",)"
        R"("code":409,"details":"Resource already exists"})");
}

BOOST_AUTO_TEST_SUITE_END()
