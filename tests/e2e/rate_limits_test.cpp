// Limits as a client meets them: counted by agency and surface, over all processes, told in
// headers.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;

constexpr std::string_view me = "/rest/v1/me";

/// Each test takes an agency of its own: what one has used up is gone.
struct world : running_stack {
    world() {
        base.sql().execute(
            "INSERT INTO tenantry.plan SELECT 'tight', 'Tight', currency, activation_fee_minor,"
            " monthly_fee_minor, email_slots, linkedin_slots FROM tenantry.plan"
            " WHERE plan_code = 'standard';"
            "INSERT INTO tenantry.plan_rate_limit VALUES ('tight', 'woodpecker', 1, 3)");
    }
    agency_account tight() { return base.make_agency("Tight", "Angela Martin", "tight"); }

    program second = base.start_api();
};

world& shared() {
    static world w;
    return w;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rate_limits_test)

BOOST_AUTO_TEST_CASE(every_response_tells_what_is_left) {
    auto limited = shared().as(shared().tight().key);
    for (const auto* left : {"1", "1", "0"}) {  // the burst above the minute's figure is not told
        const auto reply = limited.get(me);
        BOOST_TEST(reply.status == 200);
        BOOST_TEST(reply.header("X-RateLimit-Limit") == "1");
        BOOST_TEST(reply.header("X-RateLimit-Remaining") == left);
        BOOST_TEST(reply.header("RateLimit-Policy") == "\"minute\";q=1;w=60");
        BOOST_TEST(reply.header("RateLimit").starts_with(fmt::format("\"minute\";r={};t=", left)));
        const auto reset = std::stoll(reply.header("X-RateLimit-Reset")) - std::time(nullptr);
        BOOST_TEST(reset > 0);
        BOOST_TEST(reset <= 181);
    }
}

BOOST_AUTO_TEST_CASE(past_the_limit_it_is_429_with_retry_after_and_nothing_is_done) {
    const auto agency = shared().tight();
    auto limited = shared().as(agency.key);
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(limited.create({fmt::format("Within {}", i)}).status == 201);
    const auto refused = limited.create({"Beyond"});
    BOOST_TEST(refused.status == 429);
    BOOST_TEST(refused.text("/title") == "Too Many Requests");
    BOOST_TEST(refused.header("X-RateLimit-Remaining") == "0");
    const auto seconds = std::stoi(refused.header("Retry-After"));
    BOOST_TEST(seconds > 0);
    BOOST_TEST(seconds <= 60);
    BOOST_TEST(shared().base.sql().number(fmt::format(
                   "SELECT count(*) FROM tenantry.company WHERE agency_id = {}", agency.id)) == 3);
}

BOOST_AUTO_TEST_CASE(all_processes_count_together_and_each_agency_by_itself) {
    const auto agency = shared().tight();
    auto here = shared().as(agency.key);
    client there{shared().second.http_port(), agency.key};
    for (int i = 0; i < 3; ++i) BOOST_TEST((i % 2 ? here : there).get(me).status == 200);
    BOOST_TEST(here.get(me).status == 429);
    BOOST_TEST(there.get(me).status == 429);
    BOOST_TEST(shared().as(shared().tight().key).get(me).status == 200);
    BOOST_TEST(shared().owner().get(me).status == 200);
}

BOOST_AUTO_TEST_CASE(another_key_of_the_agency_has_the_same_bucket) {
    const auto agency = shared().tight();
    const auto key = shared().base.make_key(agency.id);
    for (int i = 0; i < 3; ++i) BOOST_TEST(shared().as(agency.key).get(me).status == 200);
    BOOST_TEST(shared().as(key).get(me).status == 429);
}

BOOST_AUTO_TEST_CASE(a_caller_that_is_not_known_is_told_what_it_would_start_with) {
    const auto reply = shared().as("").get(me);
    BOOST_TEST(reply.status == 401);
    BOOST_TEST(reply.header("X-RateLimit-Limit") == "1000");
    BOOST_TEST(reply.header("X-RateLimit-Remaining") == "1000");
    BOOST_TEST(shared().as("").get("/healthz").header("X-RateLimit-Limit") == "");
}

BOOST_AUTO_TEST_CASE(without_redis_each_process_limits_by_itself) {
    world here;
    const auto agency = here.tight();
    here.base.redis().kill();
    auto limited = here.as(agency.key);
    for (int i = 0; i < 3; ++i) BOOST_TEST(limited.get(me).status == 200);
    BOOST_TEST(limited.get(me).status == 429);
}

BOOST_AUTO_TEST_SUITE_END()
