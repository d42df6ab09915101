// Contract 1 as it is read: all that is wrong is named at once.
#include "api/surfaces/answering/decode.hpp"

#include <boost/test/unit_test.hpp>

#include "common/domain/organization.hpp"
#include "tests/unit/surfaces/decoding.hpp"

using namespace tenantry;
using namespace tenantry::surfaces::answering;
using test::decoded;

namespace {

/// The pointers of a refusal, or "accepted".
template<class Value>
std::string faults(const result<Value>& r) {
    if (r) return "accepted";
    if (r.error().code != errc::invalid_value) return "another error";
    std::string all;
    for (const auto& field : r.error().fields) all += (all.empty() ? "" : " ") + field.pointer;
    return all;
}

std::string external_id_of(std::string_view target) {
    http::request r;
    http::make_request(r, http::verb::get, target);
    const std::string_view matched[] = {r.path().substr(1)};
    r.set_path_parameters(matched);
    const auto id = decode_external_id(r);
    return id ? *id : id.error().code == errc::not_found ? "not found" : "another error";
}

std::string text_of(std::size_t length) {
    return std::string(length, 'x');
}

std::string user_of(const std::string& external_id, const std::string& name) {
    return R"({"external_id":")" + external_id + R"(","email":"a@b.example","name":")" + name +
           "\"}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(answering_decode_test)

BOOST_AUTO_TEST_CASE(an_organization_reads_as_it_was_written) {
    const auto whole =
        decoded(decode_create_organization,
                R"({"name":" Acme ","owner":{"external_id":"u","email":"a@b.example","name":"Jo"},)"
                R"("description":"One line,\nand another"})");
    BOOST_TEST(whole.value().company.name.text() == "Acme");
    BOOST_TEST(whole.value().company.profile.description.value() == "One line,\nand another");
    BOOST_TEST(whole.value().owner.external_id == "u");
    BOOST_TEST(whole.value().owner.email == "a@b.example");
    BOOST_TEST(whole.value().owner.name == "Jo");
    for (
        const auto* body :
        {R"({"name":"Acme","owner":{"external_id":"u","email":"a@b.example"}})",
         R"({"name":"Acme","owner":{"external_id":"u","email":"a@b.example"},"description":null})"})
        BOOST_TEST(!decoded(decode_create_organization, body).value().company.profile.description);
}

BOOST_AUTO_TEST_CASE(all_that_is_wrong_with_an_organization_is_named_at_once) {
    const std::pair<std::string_view, std::string_view> offences[] = {
        {"{}", "/name /owner"},
        {R"({"name":7,"owner":[],"description":7})", "/name /owner /description"},
        {R"({"name":" ","owner":{}})", "/name /owner/external_id /owner/email"},
        {R"({"name":"x","owner":{"external_id":"","email":"x","name":1},"description":"\u0000"})",
         "/owner/external_id /owner/email /owner/name /description"}};
    for (const auto& [body, expected] : offences)
        BOOST_TEST(faults(decoded(decode_create_organization, body)) == expected, body);
}

BOOST_AUTO_TEST_CASE(an_organizations_texts_have_their_limits) {
    const auto body = [](std::size_t more) {
        return R"({"name":")" + text_of(domain::max_company_name + more) +
               R"(","owner":{"external_id":"u","email":"a@b.example"},"description":")" +
               text_of(domain::max_description + more) + "\"}";
    };
    BOOST_TEST(faults(decoded(decode_create_organization, body(0))) == "accepted");
    BOOST_TEST(faults(decoded(decode_create_organization, body(1))) == "/name /description");
}

BOOST_AUTO_TEST_CASE(a_change_of_an_organization_sets_what_it_names_and_removes_what_is_null) {
    const auto named = decoded(decode_update_organization, R"({"name":"After"})").value();
    BOOST_TEST(named.name->text() == "After");
    BOOST_TEST(!named.profile.description.has_value());
    const auto removed = decoded(decode_update_organization, R"({"description":null})").value();
    BOOST_TEST(!removed.name.has_value());
    BOOST_TEST((removed.profile.description && !*removed.profile.description));
    const auto described = decoded(decode_update_organization, R"({"description":"x"})").value();
    BOOST_TEST(described.profile.description->value() == "x");
    BOOST_TEST(faults(decoded(decode_update_organization, "{}")) == "");
    BOOST_TEST(faults(decoded(decode_update_organization, R"({"active":false})")) == "");
    BOOST_TEST(faults(decoded(decode_update_organization, R"({"name":null,"description":1})")) ==
               "/name /description");
}

BOOST_AUTO_TEST_CASE(a_user_reads_as_it_was_written) {
    const auto plain = decoded(
        decode_create_user, R"({"external_id":" u/1 ","email":"a@b.example","name":"Jo\u00e3o"})");
    BOOST_TEST(plain.value().person.external_id == "u/1");
    BOOST_TEST(plain.value().person.email == "a@b.example");
    BOOST_TEST(plain.value().person.name == "Jo\u00e3o");
    BOOST_TEST(!plain.value().organization.has_value());
    BOOST_TEST(!plain.value().role.has_value());
    const auto placed =
        decoded(decode_create_user, R"({"external_id":"u","email":"a@b.example","role":"manager"})",
                "organization_id=7");
    BOOST_TEST(placed.value().organization->value() == 7);
    BOOST_TEST((placed.value().role == domain::user_role::manager));
}

BOOST_AUTO_TEST_CASE(who_has_no_name_goes_by_the_email_address) {
    for (const auto* body : {R"({"external_id":"u","email":"a@b.example"})",
                             R"({"external_id":"u","email":"a@b.example","name":null})"})
        BOOST_TEST(decoded(decode_create_user, body).value().person.name == "a@b.example");
}

BOOST_AUTO_TEST_CASE(all_that_is_wrong_with_a_user_is_named_at_once) {
    struct offence {
        std::string_view body, query, faults;
    };
    const offence offences[] = {
        {"[]", "", ""},
        {"{}", "", "/external_id /email"},
        {R"({"external_id":7,"email":"nobody","name":[],"role":"boss"})", "organization_id=x",
         "/external_id /email /name /role organization_id"},
        {R"({"external_id":" ","email":"a@b.example","name":"a\nb"})", "", "/external_id /name"},
        {R"({"external_id":"u","email":"a@b.example","role":"user"})", "", "/role"},
        {R"({"external_id":"u","email":"a@b.example","role":7})", "organization_id=1", "/role"},
        {R"({"external_id":"u","email":"a@b.example"})", "organization_id=0", "organization_id"},
        {R"({"external_id":"u","email":"a@b.example"})", "organization_id=", "organization_id"},
        {R"({"external_id":"u","email":null})", "", "/email"}};
    for (const auto& [body, query, expected] : offences)
        BOOST_TEST(faults(decoded(decode_create_user, body, query)) == expected, body);
    BOOST_TEST((decoded(decode_create_user, "{").error().code == errc::malformed_json));
}

BOOST_AUTO_TEST_CASE(a_users_texts_have_their_limits) {
    const auto id = text_of(domain::max_external_id), name = text_of(domain::max_person_name);
    BOOST_TEST(faults(decoded(decode_create_user, user_of(id, name))) == "accepted");
    BOOST_TEST(faults(decoded(decode_create_user, user_of(id + "x", name + "x"))) ==
               "/external_id /name");
    const auto refused = decoded(decode_create_user, user_of(id + "x", name));
    BOOST_TEST(refused.error().fields.front().detail ==
               "The external_id must not be longer than 255 characters.");
}

BOOST_AUTO_TEST_CASE(a_location_reads_as_it_was_written) {
    const auto whole = decoded(
        decode_create_location,
        R"({"name":"Front desk","area_code":"415","address":"1 Main St","google_place_id":"p"})",
        "organization_id=7");
    BOOST_TEST(whole.value().organization.value() == 7);
    BOOST_TEST(whole.value().location.name == "Front desk");
    BOOST_TEST(whole.value().location.area_code == "415");
    BOOST_TEST(whole.value().location.address.value() == "1 Main St");
    BOOST_TEST(whole.value().location.google_place_id.value() == "p");
    const auto least =
        decoded(decode_create_location, R"({"name":"x","area_code":"415","address":null})",
                "organization_id=7");
    BOOST_TEST(!least.value().location.address.has_value());
    BOOST_TEST(!least.value().location.google_place_id.has_value());
}

BOOST_AUTO_TEST_CASE(all_that_is_wrong_with_a_location_is_named_at_once) {
    struct offence {
        std::string_view body, query, faults;
    };
    const offence offences[] = {
        {"{}", "", "/name /area_code organization_id"},
        {R"({"name":"x","area_code":"41a"})", "organization_id=1", "/area_code"},
        {R"({"name":"x","area_code":"4155"})", "organization_id=1", "/area_code"},
        {R"({"name":"x","area_code":415})", "organization_id=1", "/area_code"},
        {R"({"name":"x","area_code":"415","address":7,"google_place_id":""})", "organization_id=1",
         "/address /google_place_id"}};
    for (const auto& [body, query, expected] : offences)
        BOOST_TEST(faults(decoded(decode_create_location, body, query)) == expected, body);
}

BOOST_AUTO_TEST_CASE(a_locations_texts_have_their_limits) {
    const auto body = [](std::size_t more) {
        return R"({"name":")" + text_of(domain::max_location_name + more) +
               R"(","area_code":"415",)" + R"("address":")" + text_of(domain::max_address + more) +
               R"(","google_place_id":")" + text_of(domain::max_google_place_id + more) + "\"}";
    };
    BOOST_TEST(faults(decoded(decode_create_location, body(0), "organization_id=1")) == "accepted");
    BOOST_TEST(faults(decoded(decode_create_location, body(1), "organization_id=1")) ==
               "/name /address /google_place_id");
}

BOOST_AUTO_TEST_CASE(a_change_of_a_location_sets_what_it_names_and_removes_what_is_null) {
    const auto change =
        decoded(decode_update_location, R"({"address":null,"google_place_id":"p"})").value();
    BOOST_TEST(!change.name.has_value());
    BOOST_TEST((change.address && !*change.address));
    BOOST_TEST(change.google_place_id->value() == "p");
    BOOST_TEST(faults(decoded(decode_update_location, "{}")) == "");
    BOOST_TEST(faults(decoded(decode_update_location, R"({"area_code":"212"})")) == "");
    BOOST_TEST(faults(decoded(decode_update_location, R"({"name":null,"address":7})")) ==
               "/name /address");
}

BOOST_AUTO_TEST_CASE(an_external_id_in_a_path_is_read_without_its_escapes) {
    BOOST_TEST(external_id_of("/user_123") == "user_123");
    BOOST_TEST(external_id_of("/a%20b%2Fc%25d%C3%A9") == "a b/c%d\u00e9");
    BOOST_TEST(external_id_of("/%20") == "not found");
    BOOST_TEST(external_id_of("/a%0Ab") == "not found");
    BOOST_TEST(external_id_of("/" + text_of(domain::max_external_id + 1)) == "not found");
}

BOOST_AUTO_TEST_SUITE_END()
