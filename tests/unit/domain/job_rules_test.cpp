#include <boost/test/unit_test.hpp>

#include "common/domain/job_state.hpp"
#include "common/domain/retry.hpp"

using namespace tenantry::domain;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(job_rules_test)

BOOST_AUTO_TEST_CASE(states_read_as_they_are_written) {
    for (const auto state : {job_state::pending, job_state::running, job_state::done,
                             job_state::dead, job_state::quarantined, job_state::cancelled})
        BOOST_TEST((parse_job_state(to_string(state)) == state));
    BOOST_TEST(!parse_job_state("Pending"));
    BOOST_TEST(!parse_job_state(""));
}

BOOST_AUTO_TEST_CASE(the_delay_doubles_with_each_attempt) {
    BOOST_TEST((retry_delay(1, 0.5) == 2s));
    BOOST_TEST((retry_delay(2, 0.5) == 4s));
    BOOST_TEST((retry_delay(11, 0.5) == 2048s));
}

BOOST_AUTO_TEST_CASE(the_delay_stops_growing_at_an_hour) {
    BOOST_TEST((retry_delay(12, 0.5) == 1h));
    BOOST_TEST((retry_delay(max_attempts, 0.5) == 1h));
    BOOST_TEST((retry_delay(1'000'000, 0.5) == 1h));
}

BOOST_AUTO_TEST_CASE(the_jitter_is_half_of_the_delay_either_way) {
    BOOST_TEST((retry_delay(3, 0.0) == 4s));
    BOOST_TEST((retry_delay(3, 1.0) == 12s));
    BOOST_TEST((retry_delay(1, 0.25) == 1500ms));
}

BOOST_AUTO_TEST_SUITE_END()
