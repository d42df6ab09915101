// How many requests an agency may make: the token bucket and its figures.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::domain {

/// A bucket of `burst` requests into which `per_minute` come back each minute, evenly.
struct rate_limit {
    std::int32_t per_minute;
    std::int32_t burst;
    bool operator==(const rate_limit&) const = default;
};

/// A plan's own figures, by surface; "*" stands for each surface that is not named.
class plan_limits {
public:
    void set(std::string surface, rate_limit limit);

    /// The plan's figure for that surface, or `usual` where the plan has none.
    rate_limit of(std::string_view surface, rate_limit usual) const;

private:
    struct entry {
        std::string surface;
        rate_limit limit;
    };
    std::vector<entry> entries_;
};

/// What a request found in its bucket.
struct allowance {
    rate_limit limit;
    bool granted = true;
    double left = 0;  ///< requests still in the bucket, after this one

    static allowance untouched(rate_limit limit) { return {limit, true, double(limit.burst)}; }

    /// Whole requests that may follow at once.
    std::int64_t remaining() const { return static_cast<std::int64_t>(left); }
    /// Until the bucket is full again; rounded up.
    std::chrono::seconds full_in() const;
    /// Until one more request is in the bucket; rounded up, at least one second.
    std::chrono::seconds retry_after() const;
};

/// One bucket.
class token_bucket {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// A full one.
    token_bucket(rate_limit limit, time_point now) : token_bucket{double(limit.burst), now} {}
    /// With so many requests in it.
    token_bucket(double left, time_point now) : left_{left}, at_{now} {}

    /// Takes one request out if there is one. A limit that changed since holds from now on.
    allowance take(rate_limit limit, time_point now);

private:
    double left_;
    time_point at_;
};

}  // namespace tenantry::domain
