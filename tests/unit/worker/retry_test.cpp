// Which failures are tried again, when, and which are final.
#include "worker/retry.hpp"

#include <boost/test/unit_test.hpp>

#include "common/domain/retry.hpp"

using namespace tenantry;
using namespace tenantry::worker;
using namespace std::chrono_literals;

namespace {

pg::failure refused(std::string sqlstate) {
    return {pg::failure::kind::server, std::move(sqlstate), "", "no"};
}

store::claimed_job job_at(int attempt) {
    store::claimed_job job{{domain::agency_id{1}, domain::job_id{2}}};
    job.epoch = 7;
    job.attempts = attempt;
    return job;
}

outcome retry(std::optional<std::chrono::milliseconds> after = {}) {
    return {outcome::kind::retry, "no luck", after};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(retry_test)

BOOST_AUTO_TEST_CASE(what_the_statement_itself_is_refused_for_is_final) {
    for (const auto* state : {"22003", "22P02", "23502", "23503", "23514"})
        BOOST_TEST((outcome_of(refused(state)).what == outcome::kind::discard), state);
}

BOOST_AUTO_TEST_CASE(what_may_pass_is_tried_again) {
    for (const auto* state : {"23505", "40001", "40P01", "53300", "57014", "57P01", "42501", ""})
        BOOST_TEST((outcome_of(refused(state)).what == outcome::kind::retry), state);
    for (const auto kind : {pg::failure::kind::connection_lost, pg::failure::kind::timed_out,
                            pg::failure::kind::pool_exhausted}) {
        const auto ended = outcome_of({kind});
        BOOST_TEST((ended.what == outcome::kind::retry));
        BOOST_TEST(!ended.reason.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_retry_waits_as_long_as_it_says_or_the_usual_backoff) {
    BOOST_TEST((failed_attempt(job_at(1), retry(3s)).failure.retry_after == 3000ms));
    const auto usual = failed_attempt(job_at(3), retry()).failure.retry_after;
    BOOST_TEST_REQUIRE(usual.has_value());
    BOOST_TEST((*usual >= 4s));
    BOOST_TEST((*usual <= 12s));
}

BOOST_AUTO_TEST_CASE(a_discard_and_the_last_attempt_are_final) {
    const auto discarded = failed_attempt(job_at(1), {outcome::kind::discard, "hopeless"});
    BOOST_TEST(!discarded.failure.retry_after.has_value());
    BOOST_TEST(discarded.failure.reason == "hopeless");
    BOOST_TEST(discarded.epoch == 7);
    BOOST_TEST((discarded.job == domain::job_id{2}));
    const auto last = failed_attempt(job_at(domain::max_attempts), retry(1s));
    BOOST_TEST(!last.failure.retry_after.has_value());
    BOOST_TEST(last.failure.reason == "gave up after the last attempt: no luck");
    BOOST_TEST(failed_attempt(job_at(domain::max_attempts - 1), retry(1s))
                   .failure.retry_after.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
