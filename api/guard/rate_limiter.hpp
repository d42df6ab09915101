// Counts an agency's requests, in Redis so that all processes count together, and here alone while
// Redis is away.
#pragma once

#include <boost/functional/hash.hpp>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

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

/// Of one thread. Requests that come together are counted together, by one call of Redis whichever
/// agencies' they are: a call costs more than a count.
class rate_limiter {
public:
    /// A Redis that has not counted what came together in so long is treated as one that is away …
    static constexpr std::chrono::milliseconds patience{100};
    /// … and not asked again for so long, so that not every request waits for it.
    static constexpr std::chrono::milliseconds pause{1000};
    /// What was left in a bucket is known for so long …
    static constexpr std::chrono::milliseconds memory{10'000};
    /// … and while it was at least this part of the burst, requests are granted uncounted …
    static constexpr double plenty = 0.5;
    /// … this part of the burst at a time: 32 threads do not exceed what was left …
    static constexpr double ahead_at_a_time = plenty / 32;
    /// … and counted so much later, or when half of that part is granted: an agency that sends one
    /// now and then costs Redis one count for many of its requests …
    static constexpr std::chrono::milliseconds leisure{5000};
    /// … together with what is to be counted within so long after it: Redis wakes up for a call on
    /// a processor that requests want …
    static constexpr std::chrono::milliseconds gather_time{100};
    /// … or as soon as there is a call's worth of buckets, so that Redis has time for others too.
    static constexpr std::size_t most_together = 128;
    /// Of more buckets than this a thread forgets what it knew.
    static constexpr std::size_t most_known = 32'768;

    rate_limiter(redis::connection& shared, local_buckets& local)
        : shared_{shared}, local_{local} {}

    /// Takes one request out of the agency's bucket for that surface, whose name is one of the
    /// constants. At once while plenty was left lately and few are not counted yet; `left` is then
    /// what this thread knows of, and should others have used up the bucket since then, those few
    /// are more than the limit allows. Else when Redis has answered.
    task<domain::allowance> take(domain::agency_id agency, std::string_view surface,
                                 domain::rate_limit limit);

    /// Counts what was granted ahead. To be waited for before this goes.
    task<> flush();

private:
    using bucket = std::pair<std::int64_t, std::string_view>;
    using time_point = domain::token_bucket::time_point;

    /// Requests of one bucket that are counted together.
    struct tally {
        domain::rate_limit limit{};
        std::int64_t requests = 0;
        std::int64_t ahead = 0;                 ///< of them, granted already
        std::optional<std::int64_t> granted{};  ///< the first so many; none: Redis did not say
        double left = 0;                        ///< after all of them

        domain::allowance of(std::int64_t place) const;
    };
    using tallies = std::map<bucket, tally>;

    /// What is counted at one time.
    struct round {
        explicit round(executor ex) : sooner{ex, time_point::max()}, ended{ex, time_point::max()} {}

        void start_by(time_point until) {
            if (until >= starts) return;
            starts = until;
            sooner.cancel();
        }
        /// Since somebody waits, or there is a call's worth.
        void start() { start_by(time_point::min()); }

        tallies counts{};
        time_point starts = time_point::max();
        steady_timer sooner;  ///< cancelled when it starts sooner than it would have
        steady_timer ended;   ///< cancelled when it is counted
    };
    using round_ptr = std::shared_ptr<round>;

    /// What is known of a bucket.
    struct knowledge {
        double left;  ///< as the last call found it
        time_point at;
        std::int64_t ahead;         ///< granted, and not counted yet
        domain::token_bucket here;  ///< what is left, by what this thread grants
        std::int64_t resting = 0;   ///< of those ahead, in no round yet
    };
    /// A bucket whose requests rest, from the first of them on.
    struct rest {
        bucket of;
        domain::rate_limit limit;
        time_point until;
    };

    round_ptr next_round(executor here);
    std::optional<domain::allowance> take_ahead(const bucket& of, domain::rate_limit limit,
                                                time_point now, executor here);
    void gather_rested(time_point now, executor here);
    tally& gather(const bucket& of, domain::rate_limit limit, round& into);
    void count_from_now_on(executor here);
    domain::allowance take_here(const bucket& of, domain::rate_limit limit, time_point now);
    void remember(const bucket& of, double left);
    task<> count_until_none_is_left(executor here);
    task<bool> gather_until_start(round& next, executor here);
    task<> count(tallies& all);
    /// From one on, up to another.
    task<> call(tallies::iterator first, tallies::iterator end, deadline until);

    redis::connection& shared_;
    local_buckets& local_;
    time_point ask_again_at_{};
    bool counting_ = false;
    round_ptr gathering_{};       ///< null while nobody is in it yet
    std::deque<rest> resting_{};  ///< by `until`
    std::unordered_map<bucket, knowledge, boost::hash<bucket>> known_;
};

}  // namespace tenantry::guard
