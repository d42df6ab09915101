// Contract 3 as it is written, member by member.
#include "api/surfaces/kare/encode.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenantry;
using namespace tenantry::surfaces::kare;
using namespace std::chrono_literals;

namespace {

const timestamp noon{std::chrono::sys_days{std::chrono::year{2025} / 3 / 5} + 12h};

service::session session_of(std::optional<domain::company_id> company) {
    return {.holder = {.agency = domain::agency_id{1},
                       .agency_name = "Dunder \"Mifflin\"",
                       .user = domain::user_id{2},
                       .user_name = "Michael Scott",
                       .user_email = "michael@example.com",
                       .key = domain::api_key_id{3},
                       .company = company},
            .key_text = "ixk_x",
            .token = "a.b.c",
            .expires_at = std::chrono::floor<std::chrono::seconds>(noon)};
}

domain::contact contact(std::int64_t id) {
    return {.id = domain::contact_id{id},
            .company = domain::company_id{7},
            .name = "Pam",
            .email = std::nullopt,
            .phones = {},
            .comment = std::nullopt,
            .notify_at = std::nullopt,
            .created_at = noon,
            .updated_at = noon + 1us};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kare_encode_test)

BOOST_AUTO_TEST_CASE(a_session_is_written_with_the_key_it_is_for) {
    const auto whole = encode_session(session_of(std::nullopt));
    BOOST_TEST(whole.status == 201);
    BOOST_TEST(whole.body == R"({"accessToken":"ixk_x","sessionToken":"a.b.c","organizationName":)"
                             R"("Dunder \"Mifflin\"","establishmentId":null,"userId":2,)"
                             R"("expiresAt":"2025-03-05T12:00:00.000000Z"})");
    const auto bound = encode_session(session_of(domain::company_id{7}));
    BOOST_TEST(bound.body.find(R"("establishmentId":7,)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(so_many_were_inserted) {
    const auto made = encode_inserted(3);
    BOOST_TEST(made.status == 201);
    BOOST_TEST(made.body == R"({"nbInsertion":3})");
}

BOOST_AUTO_TEST_CASE(a_list_of_contacts_has_the_contracts_members_in_their_order) {
    auto full = contact(1);
    full.email = "pam@example.com";
    full.phones = {"1", "2"};
    full.comment = "a\nb";
    full.notify_at = noon;
    const domain::page<domain::contact> page{{full, contact(2)}, 2, 52};
    BOOST_TEST(encode_contacts(page, std::nullopt) ==
               R"({"data":[{"id":1,"name":"Pam","email":"pam@example.com","phones":["1","2"],)"
               R"("comment":"a\nb","companyId":7,"notifyAt":"2025-03-05T12:00:00.000000Z",)"
               R"("updatedAt":"2025-03-05T12:00:00.000001Z",)"
               R"("createdAt":"2025-03-05T12:00:00.000000Z"},)"
               R"({"id":2,"name":"Pam","email":null,"phones":[],"comment":null,"companyId":7,)"
               R"("notifyAt":null,"updatedAt":"2025-03-05T12:00:00.000001Z",)"
               R"("createdAt":"2025-03-05T12:00:00.000000Z"}],"totalCount":52,)"
               R"("pagination":{"page":2,"pageSize":50}})");
    domain::page<domain::contact> empty;
    empty.size = 7;
    BOOST_TEST(encode_contacts(empty, std::nullopt) ==
               R"({"data":[],"totalCount":0,"pagination":{"page":1,"pageSize":7}})");
}

BOOST_AUTO_TEST_CASE(a_company_is_written_with_null_for_what_nobody_gave) {
    domain::company acme{.id = domain::company_id{7},
                         .name = "Acme",
                         .owner = "Michael Scott",
                         .created_at = noon,
                         .updated_at = noon};
    const std::string bare =
        R"({"id":7,"name":"Acme","type":null,"email":null,"phones":[],"comment":null,)"
        R"("location":null,"createdAt":"2025-03-05T12:00:00.000000Z",)"
        R"("updatedAt":"2025-03-05T12:00:00.000000Z"})";
    const auto created = encode_created({&acme, 1});
    BOOST_TEST(created.status == 201);
    BOOST_TEST(created.body == bare);
    BOOST_TEST(encode_companies({{acme}, 1, 1}) == R"({"data":[)" + bare +
                                                       R"(],"totalCount":1,"pagination":)"
                                                       R"({"page":1,"pageSize":50}})");
    acme.profile = domain::company_profile{
        .type = 2, .email = "a@b.co", .comment = "c", .location = "Scranton", .phones = {"1", "2"}};
    BOOST_TEST(encode_created({&acme, 1}).body ==
               R"({"id":7,"name":"Acme","type":2,"email":"a@b.co","phones":["1","2"],)"
               R"("comment":"c","location":"Scranton",)"
               R"("createdAt":"2025-03-05T12:00:00.000000Z",)"
               R"("updatedAt":"2025-03-05T12:00:00.000000Z"})");
    const auto extended = encode_contacts({{contact(1)}, 1, 1}, acme);
    BOOST_TEST(extended.find(R"("company":{"id":7,"name":"Acme","type":2,)") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
