// What the programs count, for Prometheus to collect. Ask for a metric once, at start; keep the
// reference and use it: asking looks its labels up in a map, using it does not.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tenantry::metrics {

using counter = prometheus::Counter;
using gauge = prometheus::Gauge;
using histogram = prometheus::Histogram;
using labels = prometheus::Labels;

/// The metric of this name and these labels, made at the first call; it lives as long as the
/// process. Throws std::invalid_argument for a name that Prometheus would refuse, or that is taken
/// by a metric of another type. Any thread may call, and use what it got.
counter& make_counter(const std::string& name, const std::string& help, const labels& with = {});
gauge& make_gauge(const std::string& name, const std::string& help, const labels& with = {});
/// `buckets` are upper bounds, ascending. The same name takes the same buckets everywhere.
histogram& make_histogram(const std::string& name, const std::string& help,
                          const std::vector<double>& buckets, const labels& with = {});

/// Seconds from half a millisecond to ten seconds: for requests, statements and jobs.
const std::vector<double>& latency_buckets();

/// One counter for each value of a label, indexed by an enumeration that counts from 0.
template<class Enum, std::size_t N>
class counter_set {
public:
    counter_set(const std::string& name, const std::string& help, const std::string& label,
                const std::array<std::string_view, N>& values) {
        for (std::size_t i = 0; i < N; ++i)
            counters_[i] = &make_counter(name, help, {{label, std::string{values[i]}}});
    }
    counter& operator[](Enum value) const { return *counters_.at(static_cast<std::size_t>(value)); }

private:
    std::array<counter*, N> counters_{};
};

/// Adds tenantry_build_info{program, version, schema} = 1 to what `exposition` tells.
void describe_build(const std::string& program);

/// Everything in Prometheus' text format (version 0.0.4), with this process's memory, CPU time,
/// open files, start time and dropped log lines as they are now. Reads /proc.
std::string exposition();

/// The media type of `exposition`.
inline constexpr std::string_view exposition_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace tenantry::metrics
