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
    /// What was left in a bucket is known for so long …
    static constexpr std::chrono::milliseconds memory{1000};
    /// … and while it was at least this part of the burst, requests are granted ahead …
    static constexpr double plenty = 0.5;
    /// … this part of the burst at a time: 32 threads do not exceed what was left.
    static constexpr double ahead_at_a_time = plenty / 32;

private:
    struct round;

public:
    /// A request that is being counted.
    class count {
    public:
        /// Granted whatever the count comes to, since plenty was left a moment ago and few others
        /// are being counted: its work need not wait for the count. Should others have used up the
        /// bucket within that moment, those few are more than the limit allows.
        bool is_granted_ahead() const { return ahead_; }

    private:
        friend rate_limiter;
        std::string bucket_;
        domain::rate_limit limit_;
        std::shared_ptr<round> in_{};  ///< null while Redis is away
        std::int64_t place_ = 0;
        bool ahead_ = false;
    };

    rate_limiter(redis::connection& shared, local_buckets& local)
        : shared_{shared}, local_{local} {}

    /// Begins to take one request out of the agency's bucket for that surface.
    count begin(executor here, domain::agency_id agency, std::string_view surface,
                domain::rate_limit limit);
    /// What came of it.
    task<domain::allowance> end(count of);

private:
    /// Requests that one call counts.
    struct round {
        round(executor ex, domain::rate_limit of)
            : limit{of}, ended{ex, steady_timer::time_point::max()} {}

        domain::rate_limit limit;
        std::int64_t requests = 0;
        steady_timer ended;      ///< cancelled when the call is over
        std::int64_t ahead = 0;  ///< of them, granted before they were counted
        bool over = false;
        std::optional<std::int64_t> granted;  ///< the first so many; none: Redis did not say
        double left = 0;                      ///< after all of them

        domain::allowance of(std::int64_t place) const;
    };

    /// What is known of a bucket.
    struct knowledge {
        double left;  ///< as the last call found it
        domain::token_bucket::time_point at;
        std::int64_t ahead = 0;  ///< granted before they were counted, and not counted yet
    };

    void join_a_round(executor here, count& of);
    bool may_go_ahead(const count& of, domain::token_bucket::time_point now) const;
    void remember(const std::string& bucket, double left);
    task<> call_until_none_gathers(std::string bucket);
    task<> call(std::string bucket, std::shared_ptr<round> asked);

    redis::connection& shared_;
    local_buckets& local_;
    domain::token_bucket::time_point ask_again_at_{};
    /// The next round by bucket, where one is being counted; null when nobody waits for it yet.
    std::unordered_map<std::string, std::shared_ptr<round>> gathering_;
    std::unordered_map<std::string, knowledge> known_;  ///< local_buckets::most of them
};

}  // namespace tenantry::guard
