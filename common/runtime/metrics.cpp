// One registry of prometheus-cpp, and what /proc knows about this process.
#include "common/runtime/metrics.hpp"

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/runtime/log.hpp"

namespace tenantry::metrics {
namespace {

prometheus::Registry& registry() {
    static prometheus::Registry instance;
    return instance;
}

prometheus::MetricFamily single(std::string name, std::string help, prometheus::MetricType type,
                                double value) {
    prometheus::ClientMetric metric;
    metric.gauge.value = value;
    metric.counter.value = value;
    return {std::move(name), std::move(help), type, {metric}};
}

double resident_bytes() {
    std::ifstream statm{"/proc/self/statm"};
    double total = 0, resident = 0;
    statm >> total >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double open_descriptors() {
    std::error_code ec;
    const std::filesystem::directory_iterator open{"/proc/self/fd", ec};
    // The iterator itself holds one.
    return ec ? 0 : static_cast<double>(std::distance(begin(open), end(open))) - 1;
}

double now_seconds() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

const double started_at = now_seconds();

std::vector<prometheus::MetricFamily> process_families() {
    using prometheus::MetricType;
    return {
        single("process_resident_memory_bytes", "Resident memory.", MetricType::Gauge,
               resident_bytes()),
        single("process_cpu_seconds_total", "User and system CPU time.", MetricType::Counter,
               cpu_seconds()),
        single("process_open_fds", "Open file descriptors.", MetricType::Gauge, open_descriptors()),
        single("process_start_time_seconds", "Start, in Unix time.", MetricType::Gauge, started_at),
        single("tenantry_log_lines_dropped_total", "Log lines lost to a full queue.",
               MetricType::Counter, static_cast<double>(log::dropped()))};
}

}  // namespace

counter& make_counter(const std::string& name, const std::string& help, const labels& with) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry()).Add(with);
}

gauge& make_gauge(const std::string& name, const std::string& help, const labels& with) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry()).Add(with);
}

histogram& make_histogram(const std::string& name, const std::string& help,
                          const std::vector<double>& buckets, const labels& with) {
    return prometheus::BuildHistogram()
        .Name(name)
        .Help(help)
        .Register(registry())
        .Add(with, buckets);
}

const std::vector<double>& latency_buckets() {
    static const std::vector<double> bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                            0.1,    0.25,  0.5,    1,     2.5,  5,     10};
    return bounds;
}

void describe_build(const std::string& program) {
    make_gauge(
        "tenantry_build_info", "What runs here; always 1.",
        {{"program", program}, {"version", TENANTRY_VERSION}, {"schema", TENANTRY_SCHEMA_CHANGE}})
        .Set(1);
}

std::string exposition() {
    auto families = registry().Collect();
    for (auto& family : process_families()) families.push_back(std::move(family));
    return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace tenantry::metrics
