// Contract 3 as it is read: every type and every place.
#include "api/surfaces/kare/decode.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/surfaces/decoding.hpp"

using namespace tenantry;
using namespace tenantry::surfaces::kare;
using test::decoded;

namespace {

/// "subject pointer: detail" of a value that is refused; "malformed" for what is no JSON.
template<class Value>
std::string refusal(const result<Value>& r) {
    if (r) return "accepted";
    const auto& e = r.error();
    if (e.code == errc::malformed_json) return "malformed";
    if (e.code != errc::invalid_value || e.fields.size() != 1) return "another error";
    return e.subject + " " + e.fields.front().pointer + ": " + e.fields.front().detail;
}

std::string contacts(std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
        all += std::string{i ? "," : ""} + R"({"name":"Pam","notify":false})";
    return "[" + all + "]";
}

struct offence {
    std::string_view body;
    std::string_view refusal;
};

std::string window_of(std::string_view query) {
    const auto w = decoded(decode_window, query);
    if (!w) return refusal(w);
    return std::to_string(w->number) + " " + std::to_string(w->size.value()) + " " +
           std::to_string(w->offset());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kare_decode_test)

BOOST_AUTO_TEST_CASE(the_pages_example_is_read) {
    const auto read = decoded(decode_contacts, R"([{
        "name": "Company Contact Name", "notify": true, "email": "example@email.com",
        "phones": ["phone1", "phone2"], "comment": "Company contact comment"}])");
    BOOST_TEST_REQUIRE(read.has_value());
    const domain::new_contact expected{"Company Contact Name",
                                       true,
                                       "example@email.com",
                                       {"phone1", "phone2"},
                                       "Company contact comment"};
    BOOST_TEST((read->front() == expected));
}

BOOST_AUTO_TEST_CASE(what_may_be_left_out_may_be_left_out_or_null) {
    const domain::new_contact bare{.name = "Pam"};
    for (const auto* body :
         {R"([{"name":"Pam","notify":false}])",
          R"([{"name":"Pam","notify":false,"email":null,"phones":[],"comment":null}])",
          R"([{"name":"Pam","notify":false,"more":{"of":"it"}}])"}) {
        const auto read = decoded(decode_contacts, body);
        BOOST_TEST_REQUIRE(read.has_value(), body);
        BOOST_TEST((read->front() == bare));
    }
}

BOOST_AUTO_TEST_CASE(a_contact_of_another_type_is_refused_at_its_place) {
    constexpr std::string_view array = "contacts : must be an array of 1 to 100 contacts";
    for (const auto& [body, expected] : std::vector<offence>{
             {"", "malformed"},
             {"[", "malformed"},
             {"{}", array},
             {"null", array},
             {"[]", array},
             {R"({"name":"Pam","notify":false})", array},
             {"[7]", "contacts /0: must be an object"},
             {"[null]", "contacts /0: must be an object"},
             {R"([{"notify":false}])", "name /0/name: is required"},
             {R"([{"name":null,"notify":false}])", "name /0/name: must be a string"},
             {R"([{"name":7,"notify":false}])", "name /0/name: must be a string"},
             {R"([{"name":"Pam"}])", "notify /0/notify: is required"},
             {R"([{"name":"Pam","notify":null}])", "notify /0/notify: must be true or false"},
             {R"([{"name":"Pam","notify":"true"}])", "notify /0/notify: must be true or false"},
             {R"([{"name":"Pam","notify":true,"email":7}])", "email /0/email: must be a string"},
             {R"([{"name":"Pam","notify":true,"email":"x"}])",
              "email /0/email: must be an e-mail address"},
             {R"([{"name":"Pam","notify":true,"phones":null}])",
              "phones /0/phones: must be an array of strings"},
             {R"([{"name":"Pam","notify":true,"phones":"1"}])",
              "phones /0/phones: must be an array of strings"},
             {R"([{"name":"Pam","notify":true,"phones":["1",2]}])",
              "phones /0/phones: must be an array of strings"},
             {R"([{"name":"Pam","notify":true,"comment":[]}])",
              "comment /0/comment: must be a string"},
             {R"([{"name":"Pam","notify":true},{"name":"Jim","notify":0}])",
              "notify /1/notify: must be true or false"}})
        BOOST_TEST(refusal(decoded(decode_contacts, body)) == expected, body);
}

BOOST_AUTO_TEST_CASE(a_hundred_contacts_are_read_and_no_more) {
    const auto hundred = decoded(decode_contacts, contacts(100));
    BOOST_TEST_REQUIRE(hundred.has_value());
    BOOST_TEST(hundred->size() == 100u);
    BOOST_TEST(refusal(decoded(decode_contacts, contacts(101))) ==
               "contacts : must be an array of 1 to 100 contacts");
}

BOOST_AUTO_TEST_CASE(the_key_to_verify_is_a_text) {
    BOOST_TEST(decoded(decode_verify, R"({"token":"ixk_x","more":1})").value() == "ixk_x");
    BOOST_TEST(decoded(decode_verify, R"({"token":""})").value() == "");
    for (const auto& [body, expected] :
         std::vector<offence>{{"", "malformed"},
                              {"[]", "request body : must be an object"},
                              {"{}", "token /token: is required"},
                              {R"({"token":null})", "token /token: must be a string"},
                              {R"({"token":7})", "token /token: must be a string"}})
        BOOST_TEST(refusal(decoded(decode_verify, body)) == expected, body);
}

BOOST_AUTO_TEST_CASE(a_company_is_read_with_all_that_the_contract_names) {
    const auto read = decoded(decode_company, R"({"name":" Acme ","type":3,"email":"a@b.co",
        "comment":"x\ny","location":"Scranton","phones":["1"],"more":1})");
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(read->name.text() == "Acme");
    const domain::company_profile expected{
        .type = 3, .email = "a@b.co", .comment = "x\ny", .location = "Scranton", .phones = {"1"}};
    BOOST_TEST((read->profile == expected));
    const auto bare = decoded(
        decode_company,
        R"({"name":"Acme","type":1,"email":"a@b.co","comment":null,"location":null,"phones":[]})");
    BOOST_TEST_REQUIRE(bare.has_value());
    const domain::company_profile least{.type = 1, .email = "a@b.co"};
    BOOST_TEST((bare->profile == least));
}

BOOST_AUTO_TEST_CASE(a_company_that_is_none_is_refused_at_its_place) {
    const std::string type = "type /type: must be an integer from 1 to 3";
    for (const auto& [body, expected] : std::vector<offence>{
             {"", "malformed"},
             {"[]", "request body : must be an object"},
             {R"({"type":1,"email":"a@b.co"})", "name /name: is required"},
             {R"({"name":"A","email":"a@b.co"})", "type /type: is required"},
             {R"({"name":"A","type":1})", "email /email: is required"},
             {R"({"name":"A","type":1,"email":null})", "email /email: must be a string"},
             {R"({"name":"A","type":0,"email":"a@b.co"})", type},
             {R"({"name":"A","type":4,"email":"a@b.co"})", type},
             {R"({"name":"A","type":"1","email":"a@b.co"})", type},
             {R"({"name":"A","type":1.5,"email":"a@b.co"})", type},
             {R"({"name":" ","type":1,"email":"a@b.co"})", "name /name: must not be blank"},
             {R"({"name":"A","type":1,"email":"a"})", "email /email: must be an e-mail address"},
             {R"({"name":"A","type":1,"email":"a@b.co","location":7})",
              "location /location: must be a string"},
             {R"({"name":"A","type":1,"email":"a@b.co","phones":["1","2","3","4","5","6"]})",
              "phones /phones: must not have more than 5 elements"}})
        BOOST_TEST(refusal(decoded(decode_company, body)) == expected, body);
}

BOOST_AUTO_TEST_CASE(a_companys_texts_hold_to_their_limits_at_the_edge) {
    const auto company = [](std::size_t name, std::size_t location, std::size_t comment) {
        return R"({"type":1,"email":"a@b.co","name":")" + std::string(name, 'n') +
               R"(","location":")" + std::string(location, 'l') + R"(","comment":")" +
               std::string(comment, 'c') + "\"}";
    };
    BOOST_TEST(refusal(decoded(decode_company, company(250, 250, 2500))) == "accepted");
    BOOST_TEST(refusal(decoded(decode_company, company(251, 1, 1))) ==
               "name /name: must not be longer than 250 characters");
    BOOST_TEST(refusal(decoded(decode_company, company(1, 251, 1))) ==
               "location /location: must not be longer than 250 characters");
    BOOST_TEST(refusal(decoded(decode_company, company(1, 1, 2501))) ==
               "comment /comment: must not be longer than 2500 characters");
}

BOOST_AUTO_TEST_CASE(a_page_has_a_number_and_a_size) {
    BOOST_TEST(window_of("") == "1 50 0");
    BOOST_TEST(window_of("page=3") == "3 50 100");
    BOOST_TEST(window_of("page=2&pageSize=1") == "2 1 1");
    BOOST_TEST(window_of("pageSize=100") == "1 100 0");
    BOOST_TEST(window_of("page=1000000000&pageSize=100") == "1000000000 100 99999999900");
    BOOST_TEST(window_of("pageSize=101") == "pageSize pageSize: must be an integer from 1 to 100");
    BOOST_TEST(window_of("page=1000000001") ==
               "page page: must be an integer from 1 to 1000000000");
    for (const auto* query : {"page=0", "page=-1", "page=x", "page=", "page=1.0"})
        BOOST_TEST(window_of(query) == "page page: must be an integer from 1 to 1000000000", query);
    for (const auto* query : {"pageSize=0", "pageSize=", "pageSize=ten"})
        BOOST_TEST(window_of(query) == "pageSize pageSize: must be an integer from 1 to 100",
                   query);
}

BOOST_AUTO_TEST_CASE(a_contact_is_extended_by_its_company_alone) {
    BOOST_TEST(!decoded(decode_extend, "").value());
    BOOST_TEST(!decoded(decode_extend, "extend=").value());
    BOOST_TEST(decoded(decode_extend, "extend=company").value());
    for (const auto* query : {"extend=contacts", "extend=true", "extend=company,x"})
        BOOST_TEST(refusal(decoded(decode_extend, query)) == "extend extend: must be company",
                   query);
}

BOOST_AUTO_TEST_SUITE_END()
