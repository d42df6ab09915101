#include "common/runtime/metrics.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

namespace metrics = tenantry::metrics;

namespace {

enum class outcome { done, retry };

bool tells(std::string_view line) {
    return metrics::exposition().find(std::string{line} + "\n") != std::string::npos;
}

double value_of(const std::string& name) {
    const auto text = metrics::exposition();
    const auto at = text.find("\n" + name + " ");
    BOOST_REQUIRE(at != text.npos);
    return std::stod(text.substr(at + name.size() + 2));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_test)

BOOST_AUTO_TEST_CASE(the_same_name_and_labels_are_the_same_metric) {
    auto& a = metrics::make_counter("metrics_test_total", "Help.", {{"k", "v"}});
    auto& b = metrics::make_counter("metrics_test_total", "Help.", {{"k", "v"}});
    auto& other = metrics::make_counter("metrics_test_total", "Help.", {{"k", "w"}});
    BOOST_TEST(&a == &b);
    BOOST_TEST(&a != &other);
    a.Increment(2);
    BOOST_TEST(tells("metrics_test_total{k=\"v\"} 2"));
    BOOST_TEST(tells("metrics_test_total{k=\"w\"} 0"));
}

BOOST_AUTO_TEST_CASE(a_set_has_a_counter_for_each_value_from_the_start) {
    const metrics::counter_set<outcome, 2> jobs{
        "metrics_test_jobs_total", "Help.", "outcome", {"done", "retry"}};
    jobs[outcome::retry].Increment();
    BOOST_TEST(tells("metrics_test_jobs_total{outcome=\"done\"} 0"));
    BOOST_TEST(tells("metrics_test_jobs_total{outcome=\"retry\"} 1"));
}

BOOST_AUTO_TEST_CASE(a_histogram_counts_into_its_buckets) {
    auto& latency = metrics::make_histogram("metrics_test_seconds", "Help.", {0.1, 1});
    latency.Observe(0.5);
    BOOST_TEST(tells("metrics_test_seconds_bucket{le=\"0.1\"} 0"));
    BOOST_TEST(tells("metrics_test_seconds_bucket{le=\"1\"} 1"));
    BOOST_TEST(tells("metrics_test_seconds_count 1"));
}

BOOST_AUTO_TEST_CASE(a_bad_name_is_refused) {
    BOOST_CHECK_THROW(metrics::make_gauge("no spaces", "Help."), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(the_build_describes_itself) {
    metrics::describe_build("tests");
    BOOST_TEST(tells("tenantry_build_info{program=\"tests\",schema=\"" TENANTRY_SCHEMA_CHANGE
                     "\",version=\"" TENANTRY_VERSION "\"} 1"));
}

BOOST_AUTO_TEST_CASE(the_process_is_measured_at_each_collection) {
    BOOST_TEST(value_of("process_resident_memory_bytes") > 1e6);
    BOOST_TEST(value_of("process_cpu_seconds_total") > 0);
    BOOST_TEST(value_of("process_start_time_seconds") > 1.7e9);
    const auto before = value_of("process_open_fds");
    const int more = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    BOOST_TEST(value_of("process_open_fds") == before + 1);
    ::close(more);
    BOOST_TEST(value_of("process_open_fds") == before);
}

BOOST_AUTO_TEST_SUITE_END()
