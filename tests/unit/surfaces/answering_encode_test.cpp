// Contract 1 as it is written.
#include "api/surfaces/answering/encode.hpp"

#include <boost/test/unit_test.hpp>

#include "api/surfaces/answering/answering.hpp"

using namespace tenantry;
using namespace tenantry::surfaces;
using namespace tenantry::surfaces::answering;
using namespace std::chrono_literals;

namespace {

const timestamp noon{std::chrono::sys_days{std::chrono::year{2025} / 3 / 5} + 12h};

domain::user john() {
    return {.id = domain::user_id{3},
            .external_id = "user 1/2",
            .email = "john@example.com",
            .name = "John",
            .created_at = noon + 1us,
            .companies = {{domain::company_id{7}, "Acme", domain::user_role::owner}}};
}

domain::location front_desk() {
    return {.id = domain::location_id{5},
            .company = domain::company_id{7},
            .name = "Front desk",
            .created_at = noon,
            .updated_at = noon + 90s};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(answering_encode_test)

BOOST_AUTO_TEST_CASE(a_user_has_the_contracts_members_in_its_order) {
    BOOST_TEST(encode_user(john()) ==
               R"({"id":3,"external_id":"user 1/2","email":"john@example.com","name":"John",)"
               R"("created_at":"2025-03-05T12:00:00Z","updated_at":"2025-03-05T12:00:00Z",)"
               R"("organizations":[{"id":7,"name":"Acme","role":"owner"}]})");
    auto from_elsewhere = john();
    from_elsewhere.external_id.reset();
    from_elsewhere.companies.clear();
    const domain::user both[] = {from_elsewhere, from_elsewhere};
    const auto one = encode_user(from_elsewhere);
    BOOST_TEST(one.find(R"("external_id":null)") != std::string::npos);
    BOOST_TEST(one.find(R"("organizations":[])") != std::string::npos);
    BOOST_TEST(encode_users(both) == "[" + one + "," + one + "]");
    BOOST_TEST(encode_users({}) == "[]");
}

BOOST_AUTO_TEST_CASE(a_created_user_says_where_it_is) {
    const auto response = encode_created_user(john());
    BOOST_TEST(response.status == 201);
    BOOST_TEST(response.location.value() == "/api/v1/users/user%201%2F2");
    BOOST_TEST(response.body == encode_user(john()));
}

BOOST_AUTO_TEST_CASE(a_location_has_the_contracts_members_and_a_reason_when_it_failed) {
    BOOST_TEST(encode_location(front_desk()) ==
               R"({"id":5,"name":"Front desk","phone_number":null,"status":"pending",)"
               R"("address":null,"google_place_id":null,"created_at":"2025-03-05T12:00:00Z",)"
               R"("updated_at":"2025-03-05T12:01:30Z"})");
    auto failed = front_desk();
    failed.status = domain::location_status::failed;
    failed.reason = "none";
    BOOST_TEST(encode_location(failed).ends_with(R"("reason":"none"})"));
    auto active = front_desk();
    active.status = domain::location_status::active;
    active.phone_number = "+14155550100";
    active.address = "1 Main St";
    const auto text = encode_location(active);
    BOOST_TEST(
        text.find(R"("phone_number":"+14155550100","status":"active","address":"1 Main St")") !=
        std::string::npos);
    const domain::location both[] = {active, failed};
    BOOST_TEST(encode_locations(both) == "[" + text + "," + encode_location(failed) + "]");
    BOOST_TEST(encode_created_location(active).location.value() == "/api/v1/locations/5");
}

BOOST_AUTO_TEST_CASE(an_organization_has_its_people_and_its_numbers) {
    const domain::organization acme{.id = domain::company_id{7},
                                    .name = "Acme",
                                    .created_at = noon,
                                    .updated_at = noon + 1h,
                                    .users = {john()},
                                    .locations = {front_desk()}};
    const auto text = encode_organization(acme);
    BOOST_TEST(text == R"({"id":7,"name":"Acme","created_at":"2025-03-05T12:00:00Z",)"
                       R"("updated_at":"2025-03-05T13:00:00Z","users":[)" +
                           encode_user(john()) + R"(],"phone_numbers":[)" +
                           encode_location(front_desk()) + "]}");
    const domain::organization both[] = {acme, acme};
    BOOST_TEST(encode_organizations(both) == "[" + text + "," + text + "]");
    BOOST_TEST(encode_organizations({}) == "[]");
}

BOOST_AUTO_TEST_CASE(a_new_organization_shows_its_owner_twice_the_second_time_with_all_places) {
    auto owner = john();
    owner.companies.push_back({domain::company_id{8}, "Beta", domain::user_role::owner});
    auto in_beta = owner;
    in_beta.companies.erase(in_beta.companies.begin());
    const domain::company beta{.id = domain::company_id{8},
                               .name = "Beta",
                               .owner = "John",
                               .created_at = noon,
                               .updated_at = noon};
    const auto response = encode_founded(beta, owner);
    BOOST_TEST(response.status == 201);
    BOOST_TEST(response.location.value() == "/api/v1/organizations/8");
    BOOST_TEST(response.body ==
               R"({"organization":{"id":8,"name":"Beta","created_at":"2025-03-05T12:00:00Z",)"
               R"("updated_at":"2025-03-05T12:00:00Z","users":[)" +
                   encode_user(in_beta) + R"(],"phone_numbers":[]},"owner":)" + encode_user(owner) +
                   "}");
}

BOOST_AUTO_TEST_CASE(an_error_names_each_field_with_all_its_sentences) {
    const error e{.code = errc::invalid_value,
                  .fields = {{"/owner/email", "one"},
                             {"organization_id", "two"},
                             {"/owner/email", "three"},
                             {"", "four"}}};
    BOOST_TEST(
        encode_error(describe(e), e, noon) ==
        R"({"message":"The given data was invalid.","errors":{"owner.email":["one","three"],)"
        R"("organization_id":["two"],"body":["four"]}})");
    const error plain{.code = errc::not_found};
    BOOST_TEST(encode_error(describe(plain), plain, noon) ==
               R"({"message":"Not found.","errors":{}})");
}

BOOST_AUTO_TEST_SUITE_END()
