// Contract 4 as its clients live it: organizations, their holds, and the keys that a hold refuses.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>

#include "tests/support/at_once.hpp"
#include "tests/support/effects.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

constexpr std::string_view path = "/v1/organizations";
constexpr std::string_view me = "/rest/v1/me";

running_stack& shared() {
    static running_stack s;
    return s;
}

std::string at(const std::string& id, std::string_view below = "") {
    return fmt::format("{}/{}{}", path, id, below);
}

/// A header that no other request has.
http_headers key_of(int n) {
    return {{"Idempotency-Key", fmt::format("550e8400-e29b-41d4-a716-{:012x}", n)}};
}
http_headers a_new_key() {
    static std::atomic<int> last{0x1000};
    return key_of(++last);
}

std::string named(std::string_view name) {
    return fmt::format(
        R"({{"name":"{}","contact":{{"email":"j@acme.example","first_name":"J","last_name":"D"}}}})",
        name);
}

std::string make(client& owner, std::string_view name) {
    const auto made = owner.post(path, named(name), a_new_key());
    BOOST_TEST_REQUIRE(made.status == 201, made.body);
    return made.text("/data/id");
}

http_reply hold(client& owner, const std::string& id) {
    return owner.post(at(id, "/hold"), "", a_new_key());
}
http_reply release(client& owner, const std::string& id) {
    return owner.post(at(id, "/release"), "", a_new_key());
}

client new_agency(const std::string& name) {
    return shared().as(shared().base.make_agency(name).key);
}

std::int64_t number_of(const std::string& id) {
    return std::stoll(id.substr(4), nullptr, 16);
}

/// The key that the organization was born with.
client own_client(client& owner, const std::string& id) {
    return shared().as(
        owner.get(company_path(number_of(id), "/api_keys")).text("/content/0/api_key"));
}

std::string history_of(const http_reply& reply) {
    std::string all;
    const auto body = reply.json();
    for (const auto& each : body.at_pointer("/data/status/status_history").as_array())
        all += std::string{each.at("status").as_string()} + ' ';
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stablesea_test)

BOOST_AUTO_TEST_CASE(an_organization_reads_back_as_it_was_created) {
    auto owner = new_agency("Reads back");
    const auto made = owner.post(path, named("Acme"), a_new_key());
    BOOST_TEST(every_job_gets_done(shared().base.sql(), 10s));  // they touch updated_at
    const auto one = owner.get(made.header("Location"));
    BOOST_TEST(one.status == 200);
    for (const auto* member : {"id", "name", "contact", "status", "created_at"})
        BOOST_TEST((one.json().at("data").at(member) == made.json().at("data").at(member)), member);
    BOOST_TEST((owner.get(path).json().at_pointer("/data/0") == one.json().at("data")));
}

BOOST_AUTO_TEST_CASE(the_key_is_asked_for_and_kept) {
    auto owner = new_agency("Keys");
    BOOST_TEST(owner.post(path, named("A")).status == 400);
    for (const auto* bad : {"k-1", "550e8400-e29b-11d4-a716-446655440000", ""})
        BOOST_TEST(owner.post(path, named("A"), {{"Idempotency-Key", bad}}).status == 400, bad);
    const auto first = owner.post(path, named("A"), key_of(1));
    const auto again = owner.post(path, named("A"), key_of(1));
    BOOST_TEST(first.status == 201);
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(again.header("Idempotent-Replayed") == "true");
    const auto quoted =
        owner.post(path, named("A"), {{"Idempotency-Key", '"' + key_of(1).front().second + '"'}});
    BOOST_TEST(quoted.header("Idempotent-Replayed") == "true");
    BOOST_TEST(owner.post(path, named("B"), key_of(1)).status == 422);
    BOOST_TEST(owner.get(path).size("/data") == 1);
}

BOOST_AUTO_TEST_CASE(a_hold_refuses_the_organizations_keys_at_once_and_a_release_admits_them) {
    auto owner = new_agency("Holds");
    const auto id = make(owner, "Held");
    BOOST_TEST(every_job_gets_done(shared().base.sql(), 10s));  // they touch updated_at
    auto own = own_client(owner, id);
    const http_headers acting{{"x-company-id", std::to_string(number_of(id))}};
    std::vector<client> connections;
    for (int i = 0; i < 8; ++i) connections.push_back(shared().as(own.key()));
    for (auto& each : connections) BOOST_TEST(each.get(me).status == 200);
    BOOST_TEST(owner.get(me, acting).status == 200);

    const auto held = hold(owner, id);
    BOOST_TEST(held.status == 200);
    BOOST_TEST(held.text("/data/status/current_status") == "COMPLIANCE_HOLD");
    for (auto& each : connections)
        for (const auto surface_path : {me, path, std::string_view{"/api/v1/companies"}})
            BOOST_TEST(each.get(surface_path).status == 403, surface_path);
    BOOST_TEST(owner.get(me, acting).status == 403);
    BOOST_TEST(owner.get(at(id)).body == held.body);

    const auto released = release(owner, id);
    BOOST_TEST(history_of(released) == "ACTIVE COMPLIANCE_HOLD ACTIVE ");
    for (auto& each : connections) BOOST_TEST(each.get(me).status == 200);
    BOOST_TEST(owner.get(me, acting).status == 200);
    BOOST_TEST(owner.get(at(id)).body == released.body);
}

BOOST_AUTO_TEST_CASE(another_process_hears_of_a_hold) {
    auto owner = new_agency("Elsewhere");
    const auto id = make(owner, "Held");
    const auto second = shared().base.start_api({{"key-cache-ttl", "300s"}});
    client there{second.http_port(), own_client(owner, id).key()};
    BOOST_TEST(there.get(me).status == 200);
    BOOST_TEST(hold(owner, id).status == 200);
    BOOST_TEST(eventually([&] { return there.get(me).status == 403; }));
}

BOOST_AUTO_TEST_CASE(a_status_is_changed_once_and_a_repeat_is_answered_as_before) {
    auto owner = new_agency("Once");
    const auto id = make(owner, "Held");
    BOOST_TEST(release(owner, id).status == 409);
    const auto first = owner.post(at(id, "/hold"), "", key_of(7));
    const auto again = owner.post(at(id, "/hold"), "", key_of(7));
    BOOST_TEST(first.status == 200);
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(again.header("Idempotent-Replayed") == "true");
    BOOST_TEST(hold(owner, id).status == 409);
    BOOST_TEST(history_of(owner.get(at(id))) == "ACTIVE COMPLIANCE_HOLD ");
    BOOST_TEST(shared().base.sql().number(fmt::format(
                   "SELECT count(*) FROM tenantry.audit_event WHERE action = 'company.held' AND "
                   "company_id = {}",
                   number_of(id))) == 1);
}

BOOST_AUTO_TEST_CASE(of_many_holds_at_once_one_is_done) {
    auto owner = new_agency("Races");
    const auto id = make(owner, "Held");
    const auto statuses = at_once(8, [&](int) {
        auto each = shared().as(owner.key());
        return hold(each, id).status;
    });
    BOOST_TEST(std::ranges::count(statuses, 200U) == 1);
    BOOST_TEST(std::ranges::count(statuses, 409U) == 7);
    BOOST_TEST(history_of(owner.get(at(id))) == "ACTIVE COMPLIANCE_HOLD ");
}

BOOST_AUTO_TEST_CASE(only_the_agency_holds_and_only_what_it_has) {
    auto owner = new_agency("Ours"), other = new_agency("Theirs");
    const auto id = make(owner, "Mine"), sibling = make(owner, "Sibling");
    auto own = own_client(owner, id);
    BOOST_TEST(hold(own, id).status == 403);
    BOOST_TEST(hold(own, sibling).status == 404);
    BOOST_TEST(own.get(at(sibling)).status == 404);
    BOOST_TEST(own.get(path).size("/data") == 1);
    BOOST_TEST(own.post(path, named("x"), a_new_key()).status == 403);
    BOOST_TEST(hold(other, id).status == 404);
    BOOST_TEST(other.get(at(id)).status == 404);
    BOOST_TEST(hold(owner, "org_00000000000fffff").status == 404);
    BOOST_TEST(hold(owner, "mine").status == 404);
    BOOST_TEST(history_of(owner.get(at(id))) == "ACTIVE ");
}

BOOST_AUTO_TEST_CASE(an_inactive_organization_is_gone_here) {
    auto owner = new_agency("Inactive");
    const auto id = make(owner, "Gone");
    owner.patch(company_path(number_of(id)), R"({"active":false})");
    BOOST_TEST(owner.get(at(id)).status == 404);
    BOOST_TEST(hold(owner, id).status == 404);
    BOOST_TEST(owner.get(path).size("/data") == 0);
}

BOOST_AUTO_TEST_CASE(a_body_may_be_larger_here_than_elsewhere) {
    auto owner = new_agency("Large");
    auto body = named("Large");
    body.insert(1, fmt::format(R"("ignored":"{}",)", std::string(2 * 1024 * 1024, 'x')));
    BOOST_TEST(owner.post(path, body, a_new_key()).status == 201);
    BOOST_TEST(owner.post("/api/v1/companies", body).status == 413);
    constexpr std::size_t limit = 10 * 1024 * 1024;
    auto full = named("Full");
    full.append(limit - full.size(), ' ');
    BOOST_TEST(owner.post(path, full, a_new_key()).status == 201);
    const auto over = owner.try_request(
        "POST", path, {{"Content-Type", "application/json"}, a_new_key()[0]}, full + ' ');
    BOOST_TEST((!over || over->status == 413));
}

BOOST_AUTO_TEST_CASE(an_organization_made_here_is_on_every_surface_with_the_same_jobs) {
    auto owner = new_agency("Everywhere");
    const auto id = make(owner, "Acme");
    BOOST_TEST(owner.get(company_path(number_of(id))).text("/name") == "Acme");
    const auto there = owner.get("/api/v1/companies");
    BOOST_TEST(there.text("/data/0/name") == "Acme");
    BOOST_TEST(there.size("/data/0/domains") == 0);
    // What this surface keeps of it outlives what another one changes.
    const auto place = "/api/v1/companies/" + there.text("/data/0/id");
    BOOST_TEST(owner.patch(place, R"({"domains":["acme.example"]})").status == 200);
    BOOST_TEST(owner.get(at(id)).text("/data/contact/email") == "j@acme.example");
    BOOST_TEST(every_job_gets_done(shared().base.sql(), 10s));
    BOOST_TEST(faults_of_companies(shared().base.sql()) == "");
}

BOOST_AUTO_TEST_SUITE_END()
