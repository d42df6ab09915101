// Idempotency-Key: the same request twice has one effect and one answer.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/at_once.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

running_stack& shared() {
    static running_stack s;
    return s;
}

http_headers keyed(std::string key) {
    return {{"Idempotency-Key", std::move(key)}};
}

std::int64_t companies_named(const std::string& name) {
    return shared().base.sql().number(
        fmt::format("SELECT count(*) FROM tenantry.company WHERE name = '{}'", name));
}

std::int64_t records_of(const std::string& key) {
    return shared().base.sql().number(fmt::format(
        "SELECT count(*) FROM tenantry.idempotency_record WHERE idempotency_key = '{}'", key));
}

bool replayed(const http_reply& reply) {
    return reply.header("Idempotent-Replayed") == "true";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(idempotency_test)

BOOST_AUTO_TEST_CASE(the_same_request_again_gets_the_stored_answer) {
    auto owner = shared().owner();
    const auto first = owner.create({"Once", "Once more"}, keyed("replay"));
    BOOST_TEST(first.status == 201);
    BOOST_TEST(!replayed(first));
    for (int i = 0; i < 3; ++i) {
        const auto again = shared().owner().create({"Once", "Once more"}, keyed("replay"));
        BOOST_TEST(again.status == 201);
        BOOST_TEST(again.body == first.body);
        BOOST_TEST(replayed(again));
    }
    BOOST_TEST(companies_named("Once") == 1);
}

BOOST_AUTO_TEST_CASE(another_request_with_the_key_is_refused) {
    auto owner = shared().owner();
    BOOST_TEST(owner.create({"First use"}, keyed("mismatch")).status == 201);
    const auto other = owner.create({"Second use"}, keyed("mismatch"));
    BOOST_TEST(other.status == 422);
    BOOST_TEST(other.text("/detail") == "Idempotency-Key was already used with another request.");
    BOOST_TEST(companies_named("Second use") == 0);
}

BOOST_AUTO_TEST_CASE(the_key_counts_within_its_endpoint_and_its_agency) {
    auto owner = shared().owner();
    const auto id = owner.create({"Scoped"}, keyed("scope")).integer("/companies/0/id");
    BOOST_TEST(
        owner.post(company_path(id, "/api_keys"), R"({"label":"x"})", keyed("scope")).status ==
        201);
    const auto other = shared().base.make_agency("Pawnee Parks", "Leslie Knope");
    const auto theirs = shared().as(other.key).create({"Scoped"}, keyed("scope"));
    BOOST_TEST(theirs.status == 201);
    BOOST_TEST(!replayed(theirs));
}

BOOST_AUTO_TEST_CASE(requests_at_the_same_moment_create_once) {
    for (int round = 0; round < 10; ++round) {
        const auto name = fmt::format("At the same moment {}", round);
        const auto replies = at_once(8, [&](int) {
            return shared().owner().create({name}, keyed(fmt::format("moment-{}", round)));
        });
        int created = 0;
        std::string body;
        for (const auto& reply : replies) {
            BOOST_TEST((reply.status == 201 || reply.status == 409), reply.body);
            if (reply.status == 409) BOOST_TEST(reply.header("Retry-After") == "1");
            if (reply.status != 201) continue;
            created += !replayed(reply);
            if (body.empty()) body = reply.body;
            BOOST_TEST(reply.body == body);
        }
        BOOST_TEST(created == 1);
        BOOST_TEST(companies_named(name) == 1);
    }
}

BOOST_AUTO_TEST_CASE(while_the_first_still_runs_the_second_is_told_so) {
    auto lock = shared().base.new_session();
    // Whoever inserts a company of this agency waits for its owner's row.
    lock.execute("BEGIN; SELECT 1 FROM tenantry.app_user FOR UPDATE");
    auto first = std::async(std::launch::async, [] {
        return shared().owner().create({"Still running"}, keyed("running"));
    });
    BOOST_REQUIRE(eventually([] {
        return shared().base.sql().number(
                   "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                   "AND application_name = 'tenantry-api' AND wait_event_type = 'Lock'") == 1;
    }));
    const auto second = shared().owner().create({"Still running"}, keyed("running"));
    BOOST_TEST(second.status == 409);
    BOOST_TEST(second.text("/title") == "Conflict");
    lock.execute("COMMIT");
    BOOST_TEST(first.get().status == 201);
    BOOST_TEST(replayed(shared().owner().create({"Still running"}, keyed("running"))));
}

BOOST_AUTO_TEST_CASE(a_key_of_255_characters_is_the_longest) {
    auto owner = shared().owner();
    BOOST_TEST(owner.create({"Longest key"}, keyed(std::string(255, 'k'))).status == 201);
    const auto refused = owner.create({"Too long a key"}, keyed(std::string(256, 'k')));
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(refused.text("/detail") == "Value of Idempotency-Key is incorrect.");
    BOOST_TEST(owner.create({"Empty key"}, keyed("")).status == 400);
    BOOST_TEST(owner.create({"Spaced key"}, keyed("a b")).status == 400);
    BOOST_TEST(owner.create({"Longest key"}, keyed('"' + std::string(255, 'k') + '"')).status ==
               201);
}

BOOST_AUTO_TEST_CASE(a_record_that_expired_is_used_anew) {
    auto owner = shared().owner();
    BOOST_TEST(owner.create({"Yesterday"}, keyed("expired")).status == 201);
    BOOST_TEST(shared().base.sql().number(
                   "SELECT round(extract(epoch FROM expires_at - created_at) / 3600) FROM "
                   "tenantry.idempotency_record WHERE idempotency_key = 'expired'") == 24);
    shared().base.sql().execute(
        "UPDATE tenantry.idempotency_record SET expires_at = now() - interval '1 s' "
        "WHERE idempotency_key = 'expired'");
    const auto reused = owner.create({"Today"}, keyed("expired"));
    BOOST_TEST(reused.status == 201);
    BOOST_TEST(!replayed(reused));
    BOOST_TEST(replayed(owner.create({"Today"}, keyed("expired"))));
    BOOST_TEST(records_of("expired") == 1);
}

BOOST_AUTO_TEST_CASE(a_refusal_is_not_stored) {
    auto owner = shared().owner();
    owner.create_one("Refused first");
    BOOST_TEST(owner.create({" "}, keyed("refused")).status == 400);
    BOOST_TEST(owner.create({"Refused first"}, keyed("refused")).status == 422);
    BOOST_TEST(records_of("refused") == 0);
    BOOST_TEST(owner.create({"Accepted then"}, keyed("refused")).status == 201);
}

BOOST_AUTO_TEST_CASE(an_answer_that_carries_a_key_is_stored_sealed_and_replayed_in_full) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Sealed");
    const auto path = company_path(id, "/api_keys");
    const auto first = owner.post(path, R"({"label":"sealed"})", keyed("sealed"));
    const auto again = owner.post(path, R"({"label":"sealed"})", keyed("sealed"));
    BOOST_TEST(first.status == 201);
    BOOST_TEST(again.status == 201);
    BOOST_TEST(replayed(again));
    BOOST_TEST(again.text("/api_key") == first.text("/api_key"));
    BOOST_TEST(again.header("Location") == first.header("Location"));
    BOOST_TEST(owner.get(path).size("/content") == 2);
    BOOST_TEST(
        shared().base.sql().execute(
            "SELECT keyring_version IS NOT NULL AND position('ixk_'::bytea IN body) = 0 FROM "
            "tenantry.idempotency_record WHERE idempotency_key = 'sealed'") == "t");
}

BOOST_AUTO_TEST_CASE(a_rotation_is_replayed) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Rotated once");
    const auto list = owner.get(company_path(id, "/api_keys"));
    const auto path =
        company_path(id, fmt::format("/api_keys/{}/rotate", list.integer("/content/0/id")));
    const auto first = owner.post(path, R"({"overlap":"0"})", keyed("rotate"));
    const auto again = owner.post(path, R"({"overlap":"0"})", keyed("rotate"));
    BOOST_TEST(first.status == 201);
    BOOST_TEST(replayed(again));
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(owner.get(company_path(id, "/api_keys")).size("/content") == 1);
}

BOOST_AUTO_TEST_CASE(a_retry_of_a_job_is_replayed) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Retried once");
    const auto job = shared().base.sql().number(fmt::format(
        "WITH dead AS (INSERT INTO tenantry.job (agency_id, job_id, queue, kind, company_id, "
        "state, steps_total, created_at, run_at) VALUES ({}, "
        "nextval('tenantry.job_id_seq'), 'billing', 'noop', {}, 'dead', 1, now(), now()) "
        "RETURNING job_id) SELECT job_id FROM dead",
        shared().agency.id, id));
    const auto path = fmt::format("/rest/v2/agency/jobs/{}/retry", job);
    const auto first = owner.post(path, "", keyed("retry"));
    const auto again = owner.post(path, "", keyed("retry"));
    BOOST_TEST(first.status == 202);
    BOOST_TEST(again.status == 202);
    BOOST_TEST(replayed(again));
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(shared().base.sql().number(
                   fmt::format("SELECT count(*) FROM tenantry.audit_event WHERE action "
                               "= 'job.retried' AND subject_id = {}",
                               job)) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
