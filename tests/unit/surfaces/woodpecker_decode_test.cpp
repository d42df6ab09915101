// Contract 2 as it is read: every type, every place, and any JSON at all.
#include <rapidcheck.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "api/surfaces/woodpecker/decode.hpp"
#include "common/domain/page.hpp"
#include "tests/unit/surfaces/any_name.hpp"
#include "tests/unit/surfaces/decoding.hpp"

using namespace tenantry;
using namespace tenantry::surfaces::woodpecker;
using test::decoded;
namespace json = boost::json;

namespace {

using names = std::vector<std::string>;

/// "code subject pointer" of a refusal, for one table of them; the code as its number.
template<class Value>
std::string refusal(const result<Value>& r) {
    if (r) return "accepted";
    const auto& e = r.error();
    const auto code = e.code == errc::malformed_json  ? "malformed_json"
                      : e.code == errc::invalid_value ? "invalid_value " + e.subject
                                                      : std::to_string(static_cast<int>(e.code));
    return e.fields.empty() ? code : code + " at " + e.fields.front().pointer;
}

struct offence {
    std::string_view body;
    std::string_view refusal;
};

template<class Value>
void check(result<Value> (*decode)(http::request&), std::initializer_list<offence> offences) {
    for (const auto& [body, expected] : offences)
        BOOST_TEST(refusal(decoded(decode, body)) == expected, body);
}

std::string companies(int count) {
    std::string all;
    for (int i = 0; i < count; ++i)
        all += (i ? "," : "") + std::string{R"({"name":"c)"} + std::to_string(i) + "\"}";
    return R"({"companies":[)" + all + "]}";
}

errc code_of(std::string_view body) {
    const auto r = decoded(decode_create_companies, body);
    BOOST_TEST_REQUIRE(r.has_error(), body);
    return r.error().code;
}

constexpr int few = 3;  ///< elements of one array or object at most

/// Any JSON value of that depth.
rc::Gen<json::value> any_json(int depth) {
    const auto as_value = [](const auto& x) { return json::value(x); };
    auto leaf = rc::gen::oneOf(rc::gen::map(rc::gen::arbitrary<std::string>(), as_value),
                               rc::gen::map(rc::gen::arbitrary<std::int64_t>(), as_value),
                               rc::gen::map(rc::gen::arbitrary<bool>(), as_value),
                               rc::gen::just(json::value(nullptr)));
    if (depth == 0) return leaf;
    const auto inner = any_json(depth - 1);
    const auto key = rc::gen::element<std::string>("companies", "name", "active", "label", "x");
    auto array = rc::gen::map(
        rc::gen::resize(few, rc::gen::container<std::vector<json::value>>(inner)),
        [](const auto& all) { return json::value(json::array(all.begin(), all.end())); });
    using members = std::vector<std::pair<std::string, json::value>>;
    auto object =
        rc::gen::map(rc::gen::resize(few, rc::gen::container<members>(rc::gen::pair(key, inner))),
                     [](const members& all) {
                         json::object made;
                         for (const auto& [name, value] : all) made[name] = value;
                         return json::value(std::move(made));
                     });
    return rc::gen::oneOf(leaf, array, object, object);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(woodpecker_decode_test)

BOOST_AUTO_TEST_CASE(companies_come_in_their_order_and_unknown_members_are_ignored) {
    const auto r = decoded(decode_create_companies,
                           R"({"x":1,"companies":[{"name":" A ","y":[]},{"name":"B"}]})");
    BOOST_TEST_REQUIRE(r.has_value());
    BOOST_TEST_REQUIRE(r->size() == 2u);
    BOOST_TEST((*r)[0].text() == "A");
    BOOST_TEST((*r)[1].text() == "B");
}

BOOST_AUTO_TEST_CASE(ten_companies_are_decoded_and_eleven_refused_whatever_they_are) {
    BOOST_TEST(decoded(decode_create_companies, companies(10)).value().size() == 10u);
    BOOST_TEST((code_of(companies(11)) == errc::too_many_companies));
    BOOST_TEST((code_of(R"({"companies":[1,2,3,4,5,6,7,8,9,10,11]})") == errc::too_many_companies));
}

BOOST_AUTO_TEST_CASE(a_creation_of_another_shape_is_refused_at_its_place) {
    check(decode_create_companies,
          {{"", "malformed_json"},
           {"{", "malformed_json"},
           {R"({"companies":[],"companies":[]})", "malformed_json"},
           {"null", "invalid_value companies at "},
           {"[]", "invalid_value companies at "},
           {"7", "invalid_value companies at "},
           {"{}", "invalid_value companies at /companies"},
           {R"({"Companies":[]})", "invalid_value companies at /companies"},
           {R"({"companies":null})", "invalid_value companies at /companies"},
           {R"({"companies":{"name":"A"}})", "invalid_value companies at /companies"},
           {R"({"companies":"A"})", "invalid_value companies at /companies"},
           {R"({"companies":["A"]})", "invalid_value companies at /companies/0"},
           {R"({"companies":[{"name":"A"},null]})", "invalid_value companies at /companies/1"},
           {R"({"companies":[{}]})", "invalid_value companies at /companies/0/name"},
           {R"({"companies":[{"name":null}]})", "invalid_value companies at /companies/0/name"},
           {R"({"companies":[{"name":1}]})", "invalid_value companies at /companies/0/name"},
           {R"({"companies":[{"name":["A"]}]})", "invalid_value companies at /companies/0/name"},
           {R"({"companies":[{"name":"A"},{"name":{}}]})",
            "invalid_value companies at /companies/1/name"}});
}

BOOST_AUTO_TEST_CASE(what_the_domain_refuses_keeps_its_own_code) {
    BOOST_TEST((code_of(R"({"companies":[]})") == errc::no_companies));
    BOOST_TEST((code_of(R"({"companies":[{"name":" "}]})") == errc::blank_name));
    BOOST_TEST((code_of(R"({"companies":[{"name":"a\u0000"}]})") == errc::invalid_name));
    BOOST_TEST((code_of(R"({"companies":[{"name":"a"},{"name":"A"}]})") == errc::duplicate_name));
    const auto name = [](std::size_t n) {
        return R"({"companies":[{"name":")" + std::string(n, 'a') + "\"}]}";
    };
    BOOST_TEST(decoded(decode_create_companies, name(255)).has_value());
    BOOST_TEST((code_of(name(256)) == errc::name_too_long));
}

BOOST_AUTO_TEST_CASE(an_update_sets_what_it_names) {
    const auto name = decoded(decode_update_company, R"({"name":" A "})");
    BOOST_TEST(name.value().name.value().text() == "A");
    BOOST_TEST(!name.value().active.has_value());
    const auto active = decoded(decode_update_company, R"({"active":false,"id":7})");
    BOOST_TEST(!active.value().name.has_value());
    BOOST_TEST(active.value().active.value() == false);
    check(decode_update_company, {{"", "malformed_json"},
                                  {"[]", "invalid_value request body at "},
                                  {"{}", "invalid_value request body at "},
                                  {R"({"id":7})", "invalid_value request body at "},
                                  {R"({"name":null})", "invalid_value name at /name"},
                                  {R"({"name":7})", "invalid_value name at /name"},
                                  {R"({"active":null})", "invalid_value active at /active"},
                                  {R"({"active":1})", "invalid_value active at /active"},
                                  {R"({"active":"true"})", "invalid_value active at /active"}});
    const auto blank = decoded(decode_update_company, R"({"name":""})");
    BOOST_TEST((blank.error().code == errc::blank_name));
}

BOOST_AUTO_TEST_CASE(a_new_key_needs_a_label) {
    BOOST_TEST(decoded(decode_create_api_key, R"({"label":" A "})").value().text() == "A");
    check(decode_create_api_key, {{"", "malformed_json"},
                                  {"[]", "invalid_value label at "},
                                  {"{}", "invalid_value label at /label"},
                                  {R"({"label":null})", "invalid_value label at /label"},
                                  {R"({"label":1})", "invalid_value label at /label"},
                                  {R"({"label":" "})", "invalid_value label at /label"},
                                  {R"({"label":"\n"})", "invalid_value label at /label"}});
    const auto label = [](std::size_t n) { return R"({"label":")" + std::string(n, 'a') + "\"}"; };
    BOOST_TEST(decoded(decode_create_api_key, label(100)).has_value());
    BOOST_TEST(refusal(decoded(decode_create_api_key, label(101))) ==
               "invalid_value label at /label");
}

BOOST_AUTO_TEST_CASE(an_overlap_is_one_of_four_and_a_day_by_default) {
    using domain::rotation_overlap;
    const auto overlap = [](std::string_view body) {
        return decoded(decode_rotate_api_key, body).value();
    };
    BOOST_TEST((overlap("") == rotation_overlap::one_day));
    BOOST_TEST((overlap("{}") == rotation_overlap::one_day));
    BOOST_TEST((overlap(R"({"overlap":"0"})") == rotation_overlap::none));
    BOOST_TEST((overlap(R"({"overlap":0})") == rotation_overlap::none));
    BOOST_TEST((overlap(R"({"overlap":"1h"})") == rotation_overlap::one_hour));
    BOOST_TEST((overlap(R"({"overlap":"24h"})") == rotation_overlap::one_day));
    BOOST_TEST((overlap(R"({"overlap":"7d"})") == rotation_overlap::one_week));
    check(decode_rotate_api_key, {{"x", "malformed_json"},
                                  {"[]", "invalid_value overlap at "},
                                  {R"({"overlap":1})", "invalid_value overlap at /overlap"},
                                  {R"({"overlap":null})", "invalid_value overlap at /overlap"},
                                  {R"({"overlap":"2h"})", "invalid_value overlap at /overlap"}});
}

BOOST_AUTO_TEST_CASE(a_page_is_a_number_from_one_to_the_highest) {
    BOOST_TEST(decoded(decode_page, "").value() == 1);
    BOOST_TEST(decoded(decode_page, "page=1").value() == 1);
    BOOST_TEST(decoded(decode_page, "x=2&page=17").value() == 17);
    const auto highest = std::to_string(domain::max_page);
    BOOST_TEST(decoded(decode_page, "page=" + highest).value() == domain::max_page);
    for (const std::string text : {"", "0", "-1", "+1", "01", "1.0", "1e1", "%201", "x",
                                   "1000000001", "9223372036854775808"})
        BOOST_TEST(refusal(decoded(decode_page, "page=" + text)) == "invalid_value page at page",
                   text);
}

BOOST_AUTO_TEST_CASE(active_is_true_or_false) {
    BOOST_TEST(!decoded(decode_active, "").value().has_value());
    BOOST_TEST(decoded(decode_active, "active=true").value().value());
    BOOST_TEST(!decoded(decode_active, "active=false").value().value());
    for (const std::string text : {"", "1", "TRUE", "yes", "true%20"})
        BOOST_TEST(refusal(decoded(decode_active, "active=" + text)) ==
                   "invalid_value active at active");
}

BOOST_AUTO_TEST_CASE(jobs_are_filtered_by_state_kind_and_company) {
    const auto none = decoded(decode_job_filter, "").value();
    BOOST_TEST(!(none.state || none.kind || none.company));
    const auto all = decoded(decode_job_filter, "state=dead&kind=billing&company_id=7").value();
    BOOST_TEST((all.state == domain::job_state::dead));
    BOOST_TEST(all.kind.value() == "billing");
    BOOST_TEST(all.company.value() == domain::company_id{7});
    BOOST_TEST(refusal(decoded(decode_job_filter, "state=lost")) == "invalid_value state at state");
    BOOST_TEST(refusal(decoded(decode_job_filter, "state=")) == "invalid_value state at state");
    for (const std::string text : {"", "0", "x"})
        BOOST_TEST(refusal(decoded(decode_job_filter, "company_id=" + text)) ==
                   "invalid_value company_id at company_id");
}

BOOST_AUTO_TEST_CASE(any_json_is_decoded_or_refused_and_throws_nothing) {
    const bool held = rc::check([] {
        const auto body = json::serialize(*any_json(3));
        const auto created = decoded(decode_create_companies, body);
        if (created) RC_ASSERT(!created->empty());
        const auto updated = decoded(decode_update_company, body);
        if (updated) RC_ASSERT(updated->name || updated->active);
        decoded(decode_create_api_key, body);
        decoded(decode_rotate_api_key, body);
    });
    BOOST_TEST(held);
}

BOOST_AUTO_TEST_CASE(any_valid_name_survives_the_way_there) {
    const bool held = rc::check([] {
        const auto given = *test::any_name();
        const auto name = domain::company_name::parse(given);
        RC_ASSERT(name.has_value());
        const json::value body{{"companies", {{{"name", given}}}}};
        const auto back = decoded(decode_create_companies, json::serialize(body));
        RC_ASSERT(back.has_value());
        RC_ASSERT(back->front() == *name);
    });
    BOOST_TEST(held);
}

BOOST_AUTO_TEST_SUITE_END()
