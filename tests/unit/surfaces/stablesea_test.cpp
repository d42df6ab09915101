// Contract 4 as it is read, as it is written, and its words for every error.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "api/surfaces/stablesea/decode.hpp"
#include "api/surfaces/stablesea/encode.hpp"
#include "api/surfaces/stablesea/stablesea.hpp"
#include "tests/unit/surfaces/decoding.hpp"

using namespace tenantry;
using namespace tenantry::surfaces::stablesea;
using namespace std::chrono_literals;

namespace {

/// The instant of the page's example.
constexpr timestamp then{std::chrono::sys_days{std::chrono::year{2024} / 1 / 15} + 10h};

domain::company acme() {
    return {.id = domain::company_id{0x123456789abcdef},
            .name = "Acme Corporation",
            .owner = "Michael Scott",
            .created_at = then,
            .updated_at = then,
            .profile = domain::company_profile{
                .contact = domain::company_contact{"j@acme.example", "John", "Doe"}}};
}

auto create(std::string_view body) {
    return test::decoded(decode_create_organization, body);
}

std::string refusal(std::string_view body) {
    const auto r = create(body);
    if (r) return "none";
    if (r.error().code != errc::invalid_value) return "another";
    std::string all;
    for (const auto& field : r.error().fields) all += field.pointer + ' ';
    return all;
}

std::string with_first_name(const std::string& name) {
    return fmt::format(
        R"({{"name":"A","contact":{{"email":"a@b.c","first_name":"{}","last_name":"x"}}}})", name);
}

constexpr std::string_view start =
    R"({"data":{"id":"org_0123456789abcdef","name":"Acme Corporation",)"
    R"("contact":{"email":"j@acme.example","first_name":"John","last_name":"Doe"},)";

}  // namespace

BOOST_AUTO_TEST_SUITE(stablesea_test)

BOOST_AUTO_TEST_CASE(an_organization_is_read_with_its_contact) {
    const auto o = create(
        R"({"name":" A ","contact":{"email":" a@b.c ","first_name":" J ","last_name":"D"},"x":1})");
    BOOST_TEST_REQUIRE(o.has_value());
    BOOST_TEST(o->name.text() == "A");
    BOOST_TEST((o->profile.contact == domain::company_contact{"a@b.c", "J", "D"}));
    BOOST_TEST(o->profile.domains.empty());
}

BOOST_AUTO_TEST_CASE(everything_that_is_wrong_is_named) {
    BOOST_TEST(refusal("") == "another");
    for (const auto& [body, expected] : std::vector<std::pair<std::string, std::string>>{
             {"7", " "},
             {"{}", "/name /contact "},
             {R"({"name":"A","contact":"x"})", "/contact "},
             {R"({"name":"A","contact":null})", "/contact "},
             {R"({"name":"A","contact":{}})",
              "/contact/email /contact/first_name /contact/last_name "},
             {R"({"name":"","contact":{"email":"x","first_name":"","last_name":7}})",
              "/name /contact/email /contact/first_name /contact/last_name "}})
        BOOST_TEST(refusal(body) == expected, body);
}

BOOST_AUTO_TEST_CASE(a_contacts_name_has_100_characters_at_most) {
    BOOST_TEST(refusal(with_first_name(std::string(max_contact_person_name, 'x'))) == "none");
    BOOST_TEST(refusal(with_first_name(std::string(max_contact_person_name + 1, 'x'))) ==
               "/contact/first_name ");
}

BOOST_AUTO_TEST_CASE(a_created_organization_is_the_pages_example) {
    const domain::company one[] = {acme()};
    const auto r = encode_created(one);
    BOOST_TEST(r.status == 201);
    BOOST_TEST(r.location.value() == "/v1/organizations/org_0123456789abcdef");
    BOOST_TEST(r.body ==
               std::string{start} +
                   R"("status":{"current_status":"ACTIVE","status_history":[{"status":"ACTIVE",)"
                   R"("created_at":"2024-01-15T10:00:00Z"}]},"created_at":"2024-01-15T10:00:00Z",)"
                   R"("updated_at":"2024-01-15T10:00:00Z"}})");
}

BOOST_AUTO_TEST_CASE(a_history_begins_with_the_creation) {
    auto held = acme();
    held.held = true;
    held.status_changes = {{domain::company_status::compliance_hold, then + 1s}};
    const auto r = encode_changed(held);
    BOOST_TEST(r.status == 200);
    BOOST_TEST(!r.location.has_value());
    BOOST_TEST(
        r.body.find(R"("status":{"current_status":"COMPLIANCE_HOLD","status_history":[)"
                    R"({"status":"ACTIVE","created_at":"2024-01-15T10:00:00Z"},)"
                    R"({"status":"COMPLIANCE_HOLD","created_at":"2024-01-15T10:00:01Z"}]})") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_another_surface_made_has_no_contact) {
    auto bare = acme();
    bare.profile = domain::company_profile{.domains = {"a.example"}};
    BOOST_TEST(encode_organization(bare).find(R"("contact":null)") != std::string::npos);
    domain::page<domain::company> page{.size = 20};
    BOOST_TEST(encode_organizations(page) ==
               R"({"data":[],"pagination":{"next_cursor":null,"has_more":false,"limit":20}})");
    page.content.push_back(bare);
    page.has_more = true;
    BOOST_TEST(encode_organizations(page).ends_with(
        R"("pagination":{"next_cursor":"i0123456789abcdef","has_more":true,"limit":20}})"));
}

BOOST_AUTO_TEST_CASE(an_error_is_its_status_and_one_message) {
    const error missing{.code = errc::not_found};
    BOOST_TEST(encode_error(describe(missing), missing, then) ==
               R"({"error":404,"message":"There is no such organization."})");
    const error bad{.code = errc::invalid_value,
                    .subject = "name",
                    .fields = {{"/name", "is required"}, {"/contact/email", "is none"}}};
    BOOST_TEST(encode_error(describe(bad), bad, then) ==
               R"({"error":400,"message":"name is required; contact.email is none"})");
}

BOOST_AUTO_TEST_CASE(the_contracts_statuses_are_kept) {
    BOOST_TEST(describe({.code = errc::idempotency_mismatch}).status == 422u);
    BOOST_TEST(describe({.code = errc::missing_idempotency_key}).status == 400u);
    BOOST_TEST(describe({.code = errc::status_unchanged}).status == 409u);
    BOOST_TEST(describe({.code = errc::name_taken}).status == 409u);
}

BOOST_AUTO_TEST_SUITE_END()
