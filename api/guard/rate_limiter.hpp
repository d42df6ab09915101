// Counts an agency's requests, in Redis so that all processes count together, and here alone while
// Redis is away.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
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

/// Of one thread. Requests of one bucket that come while Redis counts others of it are counted
/// together, by its next call: a busy agency costs a few calls, not one a request.
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
    /// Requests that one call counts.
    struct round {
        round(executor ex, domain::rate_limit of)
            : limit{of}, ended{ex, steady_timer::time_point::max()} {}

        domain::rate_limit limit;
        std::int64_t requests = 0;
        steady_timer ended;  ///< cancelled when the call is over
        bool over = false;
        std::optional<std::int64_t> granted;  ///< the first so many; none: Redis did not say
        double left = 0;                      ///< after all of them

        domain::allowance of(std::int64_t place) const;
    };

    task<std::shared_ptr<round>> count_in_a_round(std::string bucket, domain::rate_limit limit,
                                                  std::int64_t& place);
    task<> call_until_none_gathers(std::string bucket);
    task<> call(std::string bucket, std::shared_ptr<round> asked);

    redis::connection& shared_;
    local_buckets& local_;
    domain::token_bucket::time_point ask_again_at_{};
    /// The next round by bucket, where one is being counted; null when nobody waits for it yet.
    std::unordered_map<std::string, std::shared_ptr<round>> gathering_;
};

}  // namespace tenantry::guard
