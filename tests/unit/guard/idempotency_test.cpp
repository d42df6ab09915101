// The forms, the limit and the scope of an Idempotency-Key.
#include "api/guard/idempotency.hpp"

#include <fmt/format.h>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/test/unit_test.hpp>

#include "common/crypto/hash.hpp"

using namespace tenantry;
using namespace tenantry::guard;

namespace {

const domain::principal agency_key{.agency = domain::agency_id{1},
                                   .agency_name = "",
                                   .user = domain::user_id{2},
                                   .user_name = "",
                                   .user_email = "",
                                   .key = domain::api_key_id{3}};

constexpr auto optional_key = domain::idempotency_rule::optional;
constexpr auto uuid_required = domain::idempotency_rule::uuid_required;

using outcome = result<std::optional<store::idempotency_key>>;

outcome read(std::string_view value, std::string_view target = "/companies",
             std::string_view body = "{}", const domain::principal& who = agency_key,
             domain::idempotency_rule rule = optional_key) {
    http::request r;
    http::make_request(r, http::verb::post, target, {{"idempotency-key", std::string{value}}},
                       body);
    return read_idempotency_key(r, who, rule);
}

std::string key_of(std::string_view value) {
    const auto key = read(value);
    if (!key) return key.error().code == errc::invalid_idempotency_key ? "invalid" : "another";
    return key->value().key;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(idempotency_test)

BOOST_AUTO_TEST_CASE(without_the_header_there_is_no_key) {
    http::request r;
    http::make_request(r, http::verb::post, "/companies");
    BOOST_TEST(!read_idempotency_key(r, agency_key, optional_key).value().has_value());
}

BOOST_AUTO_TEST_CASE(a_surface_may_ask_for_a_uuid_of_version_4) {
    http::request none;
    http::make_request(none, http::verb::post, "/companies");
    BOOST_TEST((read_idempotency_key(none, agency_key, uuid_required).error().code ==
                errc::missing_idempotency_key));
    const std::string uuid = "8e03978e-40d5-43e8-bc93-6894a57f9324";
    for (const auto& text : {uuid, '"' + uuid + '"', boost::to_upper_copy(uuid)})
        BOOST_TEST(read(text, "/", "", agency_key, uuid_required).value().value().key == uuid);
    for (const std::string text :
         {"", "k-1", "8e03978e-40d5-13e8-bc93-6894a57f9324", "8e03978e40d543e8bc936894a57f9324"})
        BOOST_TEST((read(text, "/", "", agency_key, uuid_required).error().code ==
                    errc::invalid_idempotency_key),
                   text);
}

BOOST_AUTO_TEST_CASE(a_key_may_stand_bare_or_quoted) {
    BOOST_TEST(key_of("8e03978e-40d5-43e8-bc93-6894a57f9324") ==
               "8e03978e-40d5-43e8-bc93-6894a57f9324");
    BOOST_TEST(key_of("\"abc\"") == "abc");
    BOOST_TEST(key_of("a\"b") == "a\"b");
    BOOST_TEST(key_of("\"a") == "\"a");
    BOOST_TEST(key_of("!~") == "!~");
}

BOOST_AUTO_TEST_CASE(an_empty_key_or_one_of_other_characters_is_refused) {
    for (const auto* value : {"", "\"\"", "a b", "\"a b\"", "a\tb", "\x7f", "\xc3\xa9", "\x01"})
        BOOST_TEST(key_of(value) == "invalid", value);
}

BOOST_AUTO_TEST_CASE(the_limit_counts_the_key_without_its_quotes) {
    const std::string longest(max_idempotency_key, 'k');
    BOOST_TEST(max_idempotency_key == 255u);
    BOOST_TEST(key_of(longest) == longest);
    BOOST_TEST(key_of("\"" + longest + "\"") == longest);
    BOOST_TEST(key_of(longest + "k") == "invalid");
}

BOOST_AUTO_TEST_CASE(an_api_key_is_none_since_it_would_be_stored) {
    BOOST_TEST(key_of("ixk_1abc") == "invalid");
}

BOOST_AUTO_TEST_CASE(the_scope_is_method_path_and_company) {
    BOOST_TEST(read("k")->value().endpoint == "POST /companies");
    BOOST_TEST(read("k", "/companies?x=1")->value().endpoint == "POST /companies");
    auto in_company = agency_key;
    in_company.company = domain::company_id{7};
    BOOST_TEST(read("k", "/companies", "{}", in_company)->value().endpoint ==
               "POST /companies in 7");
}

BOOST_AUTO_TEST_CASE(the_same_request_has_the_same_hash_and_another_has_not) {
    const auto hash = [](std::string_view target, std::string_view body) {
        return read("k", target, body)->value().request_hash;
    };
    const auto first = hash("/companies", "{}");
    BOOST_TEST((first == hash("/companies", "{}")));
    BOOST_TEST((first != hash("/companies", "{ }")));
    BOOST_TEST((first != hash("/companies?x=1", "{}")));
    auto another = agency_key;
    another.user = domain::user_id{agency_key.user.value() + 1};
    BOOST_TEST((first != read("k", "/companies", "{}", another)->value().request_hash));
    BOOST_TEST((hash("/companies?a", "b") != hash("/companies", "a\nb")));
    BOOST_TEST((first == crypto::sha256(fmt::format("{}\n\n{{}}", agency_key.user))));
}

BOOST_AUTO_TEST_SUITE_END()
