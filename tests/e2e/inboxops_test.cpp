// Contract 0 as its clients live it, and how its companies look on the other surfaces.
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/support/at_once.hpp"
#include "tests/support/effects.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

constexpr std::string_view path = "/api/v1/companies";

running_stack& shared() {
    static running_stack s;
    return s;
}

std::string at(const std::string& id) {
    return fmt::format("{}/{}", path, id);
}

std::string named(std::string_view name) {
    return fmt::format(R"({{"name":"{}"}})", name);
}

std::string make(client& owner, std::string_view name) {
    const auto made = owner.post(path, named(name));
    BOOST_TEST_REQUIRE(made.status == 201, made.body);
    return made.text("/data/id");
}

/// A client of an agency that has nothing yet.
client new_agency(const std::string& name) {
    return shared().as(shared().base.make_agency(name).key);
}

std::vector<std::string> names_in(const http_reply& list) {
    std::vector<std::string> names;
    const auto body = list.json();
    for (const auto& each : body.at("data").as_array())
        names.emplace_back(each.at("name").as_string());
    return names;
}

/// The number that contract 2 knows the company by.
std::int64_t number_of(client& owner, std::string_view name) {
    const auto body = owner.get(companies_path).json();
    for (const auto& each : body.at("content").as_array())
        if (each.at("name").as_string() == name) return each.at("id").as_int64();
    throw std::runtime_error("the company is not listed");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inboxops_test)

BOOST_AUTO_TEST_CASE(a_company_reads_back_as_it_was_created) {
    auto owner = new_agency("Reads back");
    const auto made = owner.post(
        path, R"({"name":"Acme","domains":["acme.example"],"custom_fields":{"a":0.1,"b":[1]}})");
    const auto id = made.text("/data/id");
    BOOST_TEST(made.header("Location") == at(id));
    BOOST_TEST(every_job_gets_done(shared().base.sql(), 10s));  // they touch updated_at
    const auto one = owner.get(made.header("Location"));
    BOOST_TEST(one.status == 200);
    BOOST_TEST(one.body.find(R"("custom_fields":{"a":0.1,"b":[1]})") != std::string::npos);
    BOOST_TEST(one.text("/data/domains/0") == "acme.example");
    BOOST_TEST(one.text("/data/created_at") <= one.text("/data/updated_at"));
    const auto list = owner.get(path);
    BOOST_TEST(list.size("/data") == 1);
    BOOST_TEST((list.json().at_pointer("/data/0") == one.json().at("data")));
    BOOST_TEST(!list.boolean("/pagination/has_more"));
}

BOOST_AUTO_TEST_CASE(a_list_goes_on_behind_its_cursor_until_nothing_is_left) {
    auto owner = new_agency("Many");
    for (int i = 1; i <= 5; ++i) make(owner, fmt::format("Client {}", i));
    std::vector<std::string> seen;
    std::string next;
    for (int part = 0; part < 3; ++part) {
        const auto list = owner.get(fmt::format("{}?limit=2{}", path, next));
        for (auto& name : names_in(list)) seen.push_back(std::move(name));
        BOOST_TEST(list.boolean("/pagination/has_more") == (part < 2));
        if (part < 2) next = "&cursor=" + list.text("/pagination/next_cursor");
        if (part == 0) make(owner, "Client 6");
    }
    const std::vector<std::string> all{"Client 1", "Client 2", "Client 3",
                                       "Client 4", "Client 5", "Client 6"};
    BOOST_TEST(seen == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_list_can_be_narrowed_to_a_part_of_a_name_and_a_domain) {
    auto owner = new_agency("Narrow");
    owner.post(path, R"({"name":"Straße 7","domains":["a.example","b.example"]})");
    owner.post(path, R"({"name":"Other","domains":["sub.a.example"]})");
    const auto only = [&](const char* query) {
        const auto names = names_in(owner.get(fmt::format("{}?{}", path, query)));
        return names.size() == 1 ? names.front() : std::to_string(names.size());
    };
    BOOST_TEST(only("name=STRASSE") == "Straße 7");
    BOOST_TEST(only("domain=B.Example") == "Straße 7");
    BOOST_TEST(only("domain=a.example&name=7") == "Straße 7");
    BOOST_TEST(only("domain=a.example&name=other") == "0");
    BOOST_TEST(only("domain=example") == "0");
    BOOST_TEST(only("name=%25") == "0");
}

BOOST_AUTO_TEST_CASE(custom_fields_are_patched_and_domains_replaced) {
    auto owner = new_agency("Patch");
    const auto made = owner.post(
        path,
        R"({"name":"Acme","domains":["a.example"],"custom_fields":{"a":1,"b":{"x":1,"y":2}}})");
    const auto id = made.text("/data/id");
    const auto patched = owner.patch(at(id), R"({"custom_fields":{"a":null,"b":{"x":null}}})");
    BOOST_TEST(patched.status == 200);
    BOOST_TEST(patched.body.ends_with(R"("custom_fields":{"b":{"y":2}}}})"), patched.body);
    BOOST_TEST(!patched.json().at("data").as_object().contains("created_at"));
    BOOST_TEST(patched.size("/data/domains") == 1);
    const auto moved = owner.patch(at(id), R"({"domains":[],"name":"ACME"})");
    BOOST_TEST(moved.size("/data/domains") == 0);
    BOOST_TEST(moved.text("/data/name") == "ACME");
    const auto cleared = owner.patch(at(id), R"({"custom_fields":null})");
    BOOST_TEST(cleared.body.ends_with(R"("custom_fields":{}}})"), cleared.body);
    BOOST_TEST(owner.get(at(id)).text("/data/name") == "ACME");
}

BOOST_AUTO_TEST_CASE(custom_fields_have_a_size_and_hold_no_key_and_no_nul) {
    auto owner = new_agency("Sizes");
    const auto with = [](const std::string& name, const std::string& fields) {
        return fmt::format(R"({{"name":"{}","custom_fields":{}}})", name, fields);
    };
    constexpr std::size_t limit = 32 * 1024, frame = std::string_view{R"({"a":""})"}.size();
    const auto of_size = [&](std::size_t size) {
        return R"({"a":")" + std::string(size - frame, 'x') + R"("})";
    };
    BOOST_TEST(owner.post(path, with("Full", of_size(limit))).status == 201);
    for (const auto& bad :
         {of_size(limit + 1), std::string{R"({"a":"\u0000"})"}, std::string{R"({"a\u0000":1})"},
          fmt::format(R"({{"a":["{}"]}})", owner.key())}) {
        const auto refused = owner.post(path, with("Bad", bad));
        BOOST_TEST(refused.status == 400);
        BOOST_TEST(refused.text("/details/0/field") == "custom_fields");
    }
    BOOST_TEST(owner.post(path, with("Backslash", R"({"a":"\\u0000"})")).status == 201);
}

BOOST_AUTO_TEST_CASE(patches_grow_a_company_to_its_limit_and_no_further) {
    auto owner = new_agency("Growth");
    const auto id = make(owner, "Growing");
    const auto patch = [&](const char* member, std::size_t size) {
        return owner.patch(at(id), fmt::format(R"({{"custom_fields":{{"{}":"{}"}}}})", member,
                                               std::string(size, 'x')));
    };
    constexpr std::size_t limit = 32 * 1024, frame = std::string_view{R"({"a":"","b":""})"}.size();
    BOOST_TEST(patch("a", 20'000).status == 200);
    const auto refused = patch("b", limit - frame - 20'000 + 1);
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(refused.text("/details/0/field") == "custom_fields");
    BOOST_TEST(patch("b", limit - frame - 20'000).status == 200);
}

BOOST_AUTO_TEST_CASE(custom_fields_keep_their_text) {
    auto owner = new_agency("Texts");
    int companies = 0;
    for (const std::string fields :
         {R"({"b":1.7976931348623157e308,"a":939167018948.5865})",
          R"({"a":123456789012345678901234567890,"b":-0.10,"c":1E5,"d":23.308445025757262})",
          R"({"long":1.0,"z":{"y":[{"x":null}]}})"}) {
        const auto made = owner.post(
            path, fmt::format(R"({{"name":"Client {}","custom_fields":{}}})", ++companies, fields));
        const auto expected = fmt::format(R"("custom_fields":{}}}}})", fields);
        BOOST_TEST(made.body.ends_with(expected), made.body);
        const auto there = made.header("Location");
        BOOST_TEST(owner.get(there).body.ends_with(expected));
        const auto patched = owner.patch(there, R"({"custom_fields":{"new":1e300}})");
        BOOST_TEST(patched.body.find(fields.substr(0, fields.size() - 1) + R"(,"new":1e300})") !=
                       std::string::npos,
                   patched.body);
    }
    std::string many = "1e300";
    for (int i = 1; i < 600; ++i) many += ",1e300";
    const auto made =
        owner.post(path, fmt::format(R"({{"name":"Many","custom_fields":{{"a":[{}]}}}})", many));
    BOOST_TEST(made.status == 201);
    BOOST_TEST(owner.get(path).json().is_object());
}

BOOST_AUTO_TEST_CASE(a_deleted_company_is_gone_here_and_inactive_elsewhere) {
    auto owner = new_agency("Delete");
    const auto id = make(owner, "Gone");
    const auto number = number_of(owner, "Gone");
    auto own = shared().as(owner.get(company_path(number, "/api_keys")).text("/content/0/api_key"));
    BOOST_TEST(own.get(at(id)).status == 200);
    BOOST_TEST(own.erase(at(id)).status == 403);
    BOOST_TEST(owner.erase(at(id)).status == 204);
    BOOST_TEST(owner.get(at(id)).status == 404);
    BOOST_TEST(owner.patch(at(id), named("Back")).status == 404);
    BOOST_TEST(owner.erase(at(id)).status == 404);
    BOOST_TEST(owner.get(path).size("/data") == 0);
    BOOST_TEST(own.get(at(id)).status == 403);
    BOOST_TEST(!owner.get(company_path(number)).boolean("/active"));
    // Its name stays taken: it may become active again.
    BOOST_TEST(owner.post(path, named("GONE")).status == 409);
    owner.patch(company_path(number), R"({"active":true})");
    BOOST_TEST(owner.get(at(id)).status == 200);
}

BOOST_AUTO_TEST_CASE(a_repeated_request_is_answered_as_the_first_one_was) {
    auto owner = new_agency("Repeats");
    const http_headers once{{"Idempotency-Key", "k-1"}};
    const auto first = owner.post(path, named("Once"), once);
    const auto again = owner.post(path, named("Once"), once);
    BOOST_TEST(first.status == 201);
    BOOST_TEST(again.status == 201);
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(again.header("Location") == first.header("Location"));
    BOOST_TEST(again.header("Idempotent-Replayed") == "true");
    const auto other = owner.post(path, named("Another"), once);
    BOOST_TEST(other.status == 409);
    BOOST_TEST(other.text("/error") == "idempotency_conflict");
    BOOST_TEST(owner.get(path).size("/data") == 1);
}

BOOST_AUTO_TEST_CASE(of_many_that_want_one_name_one_gets_it) {
    auto owner = new_agency("Races");
    const auto statuses = at_once(8, [&](int) {
        auto each = shared().as(owner.key());
        return each.post(path, named("Wanted")).status;
    });
    BOOST_TEST(std::ranges::count(statuses, 201U) == 1);
    BOOST_TEST(std::ranges::count(statuses, 409U) == 7);
}

BOOST_AUTO_TEST_CASE(a_companys_own_key_sees_that_company_alone) {
    auto owner = new_agency("Bound");
    const auto mine = make(owner, "Mine"), sibling = make(owner, "Sibling");
    auto own = shared().as(
        owner.get(company_path(number_of(owner, "Mine"), "/api_keys")).text("/content/0/api_key"));
    BOOST_TEST(names_in(own.get(path)).size() == 1);
    BOOST_TEST(own.get(at(mine)).status == 200);
    BOOST_TEST(own.get(at(sibling)).status == 404);
    BOOST_TEST(own.patch(at(sibling), named("x")).status == 404);
    BOOST_TEST(own.patch(at(mine), named("x")).status == 403);
    BOOST_TEST(own.post(path, named("x")).status == 403);
}

BOOST_AUTO_TEST_CASE(another_agencys_company_does_not_exist) {
    auto owner = new_agency("Ours"), other = new_agency("Theirs");
    const auto id = make(owner, "Hidden");
    BOOST_TEST(other.get(at(id)).status == 404);
    BOOST_TEST(other.patch(at(id), named("x")).status == 404);
    BOOST_TEST(other.erase(at(id)).status == 404);
    BOOST_TEST(other.get(path).size("/data") == 0);
    BOOST_TEST(owner.get(at(id)).status == 200);
}

BOOST_AUTO_TEST_CASE(a_company_made_here_is_on_every_surface_with_the_same_jobs) {
    auto owner = new_agency("Everywhere");
    make(owner, "Acme");
    const auto number = number_of(owner, "Acme");
    BOOST_TEST(owner.get(company_path(number)).text("/name") == "Acme");
    const auto there = owner.get("/v1/organizations");
    BOOST_TEST(there.text("/data/0/name") == "Acme");
    BOOST_TEST(there.json().at_pointer("/data/0/contact").is_null());
    BOOST_TEST(every_job_gets_done(shared().base.sql(), 10s));
    BOOST_TEST(faults_of_companies(shared().base.sql()) == "");
    BOOST_TEST(owner.get(company_path(number)).text("/provisioning") == "ready");
}

BOOST_AUTO_TEST_CASE(a_company_made_elsewhere_is_here) {
    auto owner = new_agency("Elsewhere");
    owner.create({"First", "Second"});
    const auto list = owner.get(path);
    BOOST_TEST(list.size("/data") == 2);
    const auto id = list.text("/data/1/id");
    BOOST_TEST(owner.patch(at(id), R"({"domains":["second.example"]})").status == 200);
    BOOST_TEST(owner.get(at(id)).text("/data/domains/0") == "second.example");
}

BOOST_AUTO_TEST_SUITE_END()
