// Contract 0 as it is read: what is taken, and that everything wrong is named at once.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "api/surfaces/inboxops/decode.hpp"
#include "common/domain/public_id.hpp"
#include "common/domain/text.hpp"
#include "tests/unit/surfaces/decoding.hpp"

using namespace tenantry;
using namespace tenantry::surfaces::inboxops;
using test::decoded;

namespace {

template<class T>
std::string refusal(const result<T>& r) {
    if (r) return "none";
    if (r.error().code == errc::malformed_json) return "malformed";
    if (r.error().code != errc::invalid_value) return "another";
    std::string all = r.error().subject + ":";
    for (const auto& field : r.error().fields) all += ' ' + field.pointer;
    return all;
}

auto create(std::string_view body) {
    return decoded(decode_create_company, body);
}

auto update(std::string_view body) {
    return decoded(decode_update_company, body);
}

auto list(std::string_view query) {
    return decoded(decode_list, query);
}

std::string company_named(std::string_view id) {
    http::request r;
    const auto path = fmt::format("/{}", id);
    http::make_request(r, http::verb::get, path);
    const std::string_view matched[] = {r.path().substr(1)};
    r.set_path_parameters(matched);
    const auto company = decode_company_id(r, domain::agency_id{7});
    if (company) return std::to_string(company->value());
    return company.error().code == errc::not_found ? "not found" : "another";
}

std::string fields_of(std::size_t size) {
    constexpr std::size_t frame = std::string_view{R"({"a":""})"}.size();
    return R"({"a":")" + std::string(size - frame, 'x') + R"("})";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inboxops_decode_test)

BOOST_AUTO_TEST_CASE(a_company_is_read_with_all_its_members) {
    const auto c = create(
        R"({"name":" Acme ","domains":["A.example"],"custom_fields":{"b":0.1,"a":[{}]},"x":1})");
    BOOST_TEST_REQUIRE(c.has_value());
    BOOST_TEST(c->name.text() == "Acme");
    BOOST_TEST(c->profile.domains.at(0) == "a.example");
    BOOST_TEST(c->profile.custom_fields == R"({"b":0.1,"a":[{}]})");
    BOOST_TEST(!c->profile.contact.has_value());
}

BOOST_AUTO_TEST_CASE(what_is_empty_is_not_kept) {
    BOOST_TEST(create(R"({"name":"A"})").value().profile.empty());
    BOOST_TEST(create(R"({"name":"A","domains":[],"custom_fields":{}})").value().profile.empty());
}

BOOST_AUTO_TEST_CASE(everything_that_is_wrong_is_named) {
    for (const auto& [body, expected] : std::vector<std::pair<std::string, std::string>>{
             {"", "malformed"},
             {"[]", "request body: "},
             {"{}", "name: /name"},
             {R"({"name":7})", "name: /name"},
             {R"({"name":"a\u0000"})", "name: /name"},
             {R"({"name":"A","domains":"a.example"})", "domains: /domains"},
             {R"({"name":"A","domains":null})", "domains: /domains"},
             {R"({"name":"A","domains":[null,"a"]})", "0: /domains/0"},
             {R"({"name":"A","custom_fields":"{}"})", "custom_fields: /custom_fields"},
             {R"({"name":"A","custom_fields":null})", "custom_fields: /custom_fields"},
             {R"({"name":"A","custom_fields":{"a":{"b":["\u0000"]}}})",
              "custom_fields: /custom_fields"},
             {R"({"name":"A","custom_fields":{"\u0000":1}})", "custom_fields: /custom_fields"},
             {R"({"domains":["?","a","A"],"custom_fields":1})",
              "name: /name /domains/0 /domains/2 /custom_fields"}})
        BOOST_TEST(refusal(create(body)) == expected, body);
}

BOOST_AUTO_TEST_CASE(custom_fields_are_32_kib_at_most) {
    const auto with = [](const std::string& fields) {
        return refusal(create(R"({"name":"A","custom_fields":)" + fields + '}'));
    };
    BOOST_TEST(with(fields_of(domain::max_custom_fields)) == "none");
    BOOST_TEST(with(fields_of(domain::max_custom_fields + 1)) == "custom_fields: /custom_fields");
    BOOST_TEST(with(R"({"a":"\\u0000"})") == "none");
    const auto key = "ixk_" + std::string(43, 'a');
    BOOST_TEST(with(R"({"a":[")" + key + R"("]})") == "custom_fields: /custom_fields");
    BOOST_TEST(with(R"({"a":"\u0069)" + key.substr(1) + R"("})") ==
               "custom_fields: /custom_fields");
}

BOOST_AUTO_TEST_CASE(a_change_has_what_was_given_alone) {
    const auto name = update(R"({"name":"B"})").value();
    BOOST_TEST(name.name->text() == "B");
    BOOST_TEST(name.profile.empty());
    BOOST_TEST(name.only_if_active);
    const auto domains = update(R"({"domains":[]})").value();
    BOOST_TEST(domains.profile.domains->empty());
    BOOST_TEST(!domains.name.has_value());
    BOOST_TEST(!domains.profile.custom_fields_patch.has_value());
    const auto patch_in = [](std::string_view body) {
        return update(body).value().profile.custom_fields_patch.value();
    };
    BOOST_TEST(patch_in(R"({"custom_fields":{"a":null}})") == R"({"a":null})");
    BOOST_TEST(patch_in(R"({"custom_fields":null})") == "null");
    BOOST_TEST(refusal(update("{}")) == "request body: ");
    BOOST_TEST(refusal(update(R"({"x":1})")) == "request body: ");
    BOOST_TEST(refusal(update(R"({"name":"","domains":{},"custom_fields":[]})")) ==
               "name: /name /domains /custom_fields");
}

BOOST_AUTO_TEST_CASE(a_list_has_a_limit_a_cursor_and_filters) {
    const auto plain = list("").value();
    BOOST_TEST(plain.part.size.value() == 20);
    BOOST_TEST(plain.part.after == 0);
    BOOST_TEST(!plain.part.counted);
    BOOST_TEST(plain.filter.active.value());
    const auto full = list("limit=100&cursor=i0000000000000011&name=%20STRA%C3%9FE&domain=A.b");
    BOOST_TEST(full.value().part.size.value() == 100);
    BOOST_TEST(full.value().part.after == 17);
    BOOST_TEST(full.value().filter.name_part.value() == domain::caseless_key("strasse"));
    BOOST_TEST(full.value().filter.domain.value() == "a.b");
    for (const auto* bad : {"0", "101", "-1", "a", "", "020"})
        BOOST_TEST(refusal(list(fmt::format("limit={}", bad))) == "limit: limit", bad);
    for (const auto* bad : {"", "17", "i17"})
        BOOST_TEST(refusal(list(fmt::format("cursor={}", bad))) == "cursor: cursor", bad);
    BOOST_TEST(refusal(list("name=&domain=-&limit=0&cursor=x")) ==
               "limit: limit cursor name domain");
}

BOOST_AUTO_TEST_CASE(a_path_names_a_company_by_its_uuid_alone) {
    BOOST_TEST(company_named("00000000-0000-8007-8000-000000000011") == "17");
    for (const auto* other : {"17", "00000000-0000-8008-8000-000000000011", "x"})
        BOOST_TEST(company_named(other) == "not found", other);
}

BOOST_AUTO_TEST_SUITE_END()
