#include "tests/e2e/scene.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "common/crypto/api_key_text.hpp"
#include "common/domain/public_id.hpp"
#include "tests/support/effects.hpp"

namespace tenantry::test::golden {

using namespace std::chrono_literals;
using domain::agency_id;
using domain::company_id;
using domain::company_uuid;
using domain::organization_id;

running_stack& shared() {
    static running_stack s;
    return s;
}

namespace {

std::int64_t foreign_company() {
    static const auto id = shared()
                               .as(shared().base.make_agency("Pawnee Parks", "Leslie Knope").key)
                               .create_one("Theirs");
    return id;
}

/// The company as the other surfaces name it.
std::string uuid_of(std::int64_t agency, const std::string& company) {
    return company_uuid(agency_id{agency}, company_id{std::stoll(company)});
}
std::string organization_of(const std::string& company) {
    return organization_id(company_id{std::stoll(company)});
}

struct born {
    std::string id, key, key_id;
};

born make_company(client& owner, const std::string& name) {
    const auto id = owner.create_one(name);
    const auto keys = owner.get(company_path(id, "/api_keys"));
    return {std::to_string(id), keys.text("/content/0/api_key"),
            std::to_string(keys.integer("/content/0/id"))};
}

std::string job_of(const std::string& company, const std::string& kind) {
    return shared().base.sql().execute(fmt::format(
        "SELECT job_id FROM tenantry.job WHERE company_id = {} AND kind = '{}'", company, kind));
}

std::string make_dead_job(std::int64_t agency, const std::string& company) {
    return shared().base.sql().execute(fmt::format(
        "INSERT INTO tenantry.job (agency_id, job_id, queue, kind, company_id, state, attempts, "
        "steps_total, last_error, created_at, run_at, started_at, finished_at) "
        "VALUES ({}, nextval('tenantry.job_id_seq') + 1000000, 'billing', 'noop', {}, 'dead', 20, "
        "1, 'the job took too long', now(), now(), now(), now()) RETURNING job_id",
        agency, company));
}

std::string make_revoked_key(client& owner, const std::string& company) {
    const auto path = company_path(std::stoll(company), "/api_keys");
    const auto made = owner.post(path, R"({"label":"to be revoked"})");
    owner.erase(made.header("Location"));
    return made.text("/api_key");
}

/// Contract 3: the session token that the key is exchanged for.
std::string session_of(const std::string& key) {
    const auto opened =
        shared().as(key).post("/auth/v1/rs/token/verify", fmt::format(R"({{"token":"{}"}})", key));
    return opened.text("/sessionToken");
}

std::string make_ended_session(const std::string& key) {
    auto token = session_of(key);
    const auto ended =
        shared().as(key).request("POST", "/auth/v1/rs/token/revoke", {{"x-session-token", token}});
    BOOST_REQUIRE(ended.status == 204);
    return token;
}

std::string foreign_session() {
    static const auto token = session_of(shared().base.make_agency("Eagleton Parks", "Tammy").key);
    return token;
}

/// A new agency with a company whose jobs are done, one that is no longer active, and keys of every
/// kind.
values set_scene() {
    const auto agency = shared().base.make_agency("Dunder Mifflin");
    auto owner = shared().as(agency.key);
    const auto company = make_company(owner, "My existing client");
    const auto former = make_company(owner, "My former client");
    BOOST_REQUIRE(owner.patch(company_path(std::stoll(former.id)), R"({"active":false})").status ==
                  200);
    // Those of earlier scenes.
    shared().base.sql().execute("DELETE FROM tenantry.job WHERE state IN ('dead', 'cancelled')");
    BOOST_REQUIRE(every_job_gets_done(shared().base.sql(), 10s));
    return {{"agency", std::to_string(agency.id)},
            {"agency_key", agency.key},
            {"company", company.id},
            {"company_key", company.key},
            {"company_key_id", company.key_id},
            {"company_uuid", uuid_of(agency.id, company.id)},
            {"organization", organization_of(company.id)},
            {"former_company", former.id},
            {"former_uuid", uuid_of(agency.id, former.id)},
            {"former_organization", organization_of(former.id)},
            {"former_key", former.key},
            {"foreign_company", std::to_string(foreign_company())},
            {"foreign_uuid", uuid_of(agency.id, std::to_string(foreign_company()))},
            {"foreign_organization", organization_of(std::to_string(foreign_company()))},
            {"provisioning_job", job_of(company.id, "provisioning")},
            {"billing_job", job_of(company.id, "billing")},
            {"dead_job", make_dead_job(agency.id, company.id)},
            {"revoked_key", make_revoked_key(owner, company.id)},
            {"unknown_key", crypto::mint_api_key(agency_id{agency.id})},
            {"read_only_key", shared().base.make_key(agency.id, {"--scope", "read_only"})},
            {"session", session_of(agency.key)},
            {"ended_session", make_ended_session(agency.key)},
            {"foreign_session", foreign_session()}};
}

/// Somebody to manage the company, and two locations: one with its number, one that gets none.
void add_people(values& scene) {
    auto owner = shared().as(scene.at("agency_key"));
    const auto in_company = "?organization_id=" + scene.at("company");
    scene["member"] = "jane_doe";
    BOOST_REQUIRE(owner
                      .post("/api/v1/users" + in_company,
                            R"({"external_id":"jane_doe","email":"jane@example.com",)"
                            R"("name":"Jane Doe","role":"manager"})")
                      .status == 201);
    const auto location =
        owner.post("/api/v1/locations" + in_company,
                   R"({"name":"Front desk","area_code":"415","address":"1 Main St"})");
    const auto failed =
        owner.post("/api/v1/locations" + in_company, R"({"name":"Nowhere","area_code":"999"})");
    scene["location"] = std::to_string(location.integer("/id"));
    scene["failed_location"] = std::to_string(failed.integer("/id"));
    const auto settled = [&] {
        return owner.get("/api/v1/locations/" + scene["location"]).text("/status") == "active" &&
               owner.get("/api/v1/locations/" + scene["failed_location"]).text("/status") ==
                   "failed";
    };
    BOOST_REQUIRE(eventually(settled, 10s));
    scene["number"] = owner.get("/api/v1/locations/" + scene["location"]).text("/phone_number");
}

values scene_with_people() {
    auto scene = set_scene();
    add_people(scene);
    return scene;
}

}  // namespace

values scene_for(const exchange& e) {
    if (e.surface != "answering") return set_scene();
    static const auto unchanged = scene_with_people();
    const bool changes = !e.before.empty() || (e.method != "GET" && e.status < 300);
    return changes ? scene_with_people() : unchanged;
}

}  // namespace tenantry::test::golden
