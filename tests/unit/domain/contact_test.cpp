// The rules of a request's contacts, each at its edge.
#include "common/domain/contact.hpp"

#include <boost/test/unit_test.hpp>

#include "common/domain/email.hpp"

using namespace tenantry;
using namespace tenantry::domain;

namespace {

/// "accepted", or "subject at pointer: detail".
std::string judged(const std::vector<contact_form>& forms) {
    const auto contacts = parse_contacts(forms);
    if (contacts) return "accepted";
    const auto& e = contacts.error();
    if (e.code != errc::invalid_value || e.fields.empty()) return "another error";
    return e.subject + " at " + e.fields.front().pointer + ": " + e.fields.front().detail;
}

contact_form named(std::string_view name) {
    return {.name = name};
}

contact_form with_email(std::string_view email) {
    return {.name = "Pam", .email = email};
}

contact_form with_phones(std::vector<std::string_view> phones) {
    return {.name = "Pam", .phones = std::move(phones)};
}

contact_form with_comment(std::string_view comment) {
    return {.name = "Pam", .comment = comment};
}

/// A valid address of that length.
std::string address_of(std::size_t length) {
    constexpr std::string_view host = "@example.com";
    return std::string(length - host.size(), 'a').append(host);
}

/// Letters that two bytes write.
std::string letters(std::size_t count) {
    std::string text;
    while (count-- > 0) text += "\u00e9";
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(contact_test)

BOOST_AUTO_TEST_CASE(a_contact_is_what_the_client_wrote) {
    const std::vector<contact_form> forms{{.name = " Pam Beesly ",
                                           .notify = true,
                                           .email = "pam@example.com",
                                           .phones = {"+1 555 0100", "ext. 7"},
                                           .comment = "Front desk\nCall first"},
                                          {.name = "Jim"}};
    const auto contacts = parse_contacts(forms);
    BOOST_TEST_REQUIRE(contacts.has_value());
    const new_contact pam{
        "Pam Beesly", true, "pam@example.com", {"+1 555 0100", "ext. 7"}, "Front desk\nCall first"};
    const new_contact jim{.name = "Jim"};
    BOOST_TEST((contacts->at(0) == pam));
    BOOST_TEST((contacts->at(1) == jim));
}

BOOST_AUTO_TEST_CASE(one_to_a_hundred_contacts_come_in_a_request) {
    BOOST_TEST(max_contacts_per_request == 100u);
    const std::string refused = "contacts at : must be an array of 1 to 100 contacts";
    BOOST_TEST(judged({}) == refused);
    BOOST_TEST(judged(std::vector<contact_form>(1, named("Pam"))) == "accepted");
    BOOST_TEST(judged(std::vector<contact_form>(100, named("Pam"))) == "accepted");
    BOOST_TEST(judged(std::vector<contact_form>(101, named("Pam"))) == refused);
}

BOOST_AUTO_TEST_CASE(a_name_has_one_to_250_characters) {
    BOOST_TEST(judged({named(letters(250))}) == "accepted");
    BOOST_TEST(judged({named(letters(251))}) ==
               "name at /0/name: must not be longer than 250 characters");
    BOOST_TEST(judged({named(" ")}) == "name at /0/name: must not be blank");
    BOOST_TEST(judged({named("a\nb")}) ==
               "name at /0/name: must be UTF-8 text without control characters");
}

BOOST_AUTO_TEST_CASE(an_email_has_at_most_250_characters_and_the_pages_pattern) {
    BOOST_TEST(max_email == 250u);
    BOOST_TEST(judged({with_email(address_of(250))}) == "accepted");
    BOOST_TEST(judged({with_email(address_of(251))}) ==
               "email at /0/email: must not be longer than 250 characters");
    for (const auto* text : {"", " pam@example.com", "pam"})
        BOOST_TEST(judged({with_email(text)}) == "email at /0/email: must be an e-mail address",
                   text);
}

BOOST_AUTO_TEST_CASE(five_phones_of_fifty_characters_are_taken) {
    const auto longest = letters(50), longer = letters(51);
    BOOST_TEST(judged({with_phones({longest, longest, longest, longest, longest})}) == "accepted");
    BOOST_TEST(judged({with_phones({"1", "2", "3", "4", "5", "6"})}) ==
               "phones at /0/phones: must not have more than 5 elements");
    BOOST_TEST(judged({with_phones({"1", longer})}) ==
               "phones at /0/phones/1: must not be longer than 50 characters");
    BOOST_TEST(judged({with_phones({""})}) == "phones at /0/phones/0: must not be blank");
}

BOOST_AUTO_TEST_CASE(a_comment_has_2500_characters_in_any_number_of_lines) {
    BOOST_TEST(judged({with_comment(letters(2500))}) == "accepted");
    BOOST_TEST(judged({with_comment(letters(2501))}) ==
               "comment at /0/comment: must not be longer than 2500 characters");
    for (const auto* text : {"", " ", "a\r\nb\tc\n"})
        BOOST_TEST(judged({with_comment(text)}) == "accepted");
    using namespace std::string_view_literals;
    for (const auto text : {"a\0b"sv, "\x1b[31m"sv, "\u202e"sv, "\xff"sv})
        BOOST_TEST(judged({with_comment(text)}) ==
                   "comment at /0/comment: must be UTF-8 text without control characters");
}

BOOST_AUTO_TEST_CASE(an_api_key_in_any_field_is_refused) {
    const std::string key = "ixk_1" + std::string(38, 'a');
    for (const auto& form : {named(key), with_phones({key})})
        BOOST_TEST(judged({form}).ends_with("must not contain an API key"));
    const auto address = key + "@example.com", lines = "see\n" + key;
    BOOST_TEST(judged({with_email(address)}).ends_with("must not contain an API key"));
    BOOST_TEST(judged({with_comment(lines)}).ends_with("must not contain an API key"));
}

BOOST_AUTO_TEST_CASE(every_wrong_field_of_every_contact_is_named) {
    const std::vector<contact_form> forms{
        named("Pam"), {.name = "", .email = "x", .phones = {"1", ""}}, with_email("y")};
    const auto contacts = parse_contacts(forms);
    BOOST_TEST_REQUIRE(contacts.has_error());
    std::vector<std::string> pointers;
    for (const auto& field : contacts.error().fields) pointers.push_back(field.pointer);
    const std::vector<std::string> expected{"/1/name", "/1/email", "/1/phones/1", "/2/email"};
    BOOST_TEST(pointers == expected, boost::test_tools::per_element());
    BOOST_TEST(contacts.error().subject == "name");
}

BOOST_AUTO_TEST_SUITE_END()
