// What the API counts of its requests.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>

#include "common/runtime/metrics.hpp"

namespace tenantry::api {

class request_metrics {
public:
    request_metrics() {
        for (std::size_t i = 0; i < classes_.size(); ++i)
            classes_[i] = &metrics::make_counter("tenantry_http_responses_total",
                                                 "Responses by class of status",
                                                 {{"class", std::to_string(i + 1) + "xx"}});
    }

    void count(unsigned status, std::chrono::nanoseconds took) const {
        classes_[std::clamp(status / 100, 1U, 5U) - 1]->Increment();
        duration_.Observe(std::chrono::duration<double>(took).count());
    }

private:
    std::array<metrics::counter*, 5> classes_{};
    metrics::histogram& duration_ = metrics::make_histogram(
        "tenantry_http_request_duration_seconds", "From a request's first byte to its response",
        metrics::latency_buckets());
};

}  // namespace tenantry::api
