// Counts an agency's requests, in Redis so that all processes count together, and here alone while
// Redis is away.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "common/domain/ids.hpp"
#include "common/domain/rate_limit.hpp"
#include "common/redis/connection.hpp"
#include "common/redis/scripts.hpp"
#include "common/runtime/deadline.hpp"

namespace tenantry::guard {

/// The buckets of one process, for while Redis is away. Used by all its threads.
class local_buckets {
public:
    /// More than this are not kept: then all start again, full.
    static constexpr std::size_t most = 10'000;

    domain::allowance take(const std::string& bucket, domain::rate_limit limit,
                           domain::token_bucket::time_point now);

private:
    std::mutex mutex_;
    std::unordered_map<std::string, domain::token_bucket> buckets_;
};

/// Of one thread.
class rate_limiter {
public:
    /// A Redis that does not answer for so long is treated as one that is away …
    static constexpr std::chrono::milliseconds patience{100};
    /// … and not asked again for so long, so that not every request waits for it.
    static constexpr std::chrono::milliseconds pause{1000};

    rate_limiter(redis::connection& shared, local_buckets& local)
        : shared_{shared}, local_{local} {}

    /// Takes one request out of the agency's bucket for that surface.
    task<domain::allowance> take(domain::agency_id agency, std::string_view surface,
                                 domain::rate_limit limit);

private:
    redis::connection& shared_;
    local_buckets& local_;
    domain::token_bucket::time_point ask_again_at_{};
};

}  // namespace tenantry::guard
