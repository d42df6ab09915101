// Lets requests go first: jobs take of PostgreSQL's processors what others leave of them. Those who
// wait for a response notice a busy database at once, those who wait for a job hardly. Pure: it
// knows neither the database nor the clock.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <unordered_map>
#include <vector>

namespace tenantry::worker {

class throttle {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::duration<double>;

    /// As many batches as there are places.
    static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();
    /// Of one processor, however busy the database is.
    static constexpr double least_share = 0.1;

    /// `cpus` are PostgreSQL's. Jobs that have been due for `yield_for` yield to nobody, until half
    /// of that is caught up with; zero never yields.
    throttle(double cpus, duration yield_for) : cpus_{cpus}, yield_for_{yield_for} {}

    /// What a claim saw: the snapshots that others held, and how long the oldest of its jobs that
    /// no plan had held up had been due; nothing when it got none.
    void observe(time_point now, const std::vector<std::int64_t>& snapshots,
                 std::optional<duration> oldest_due);

    /// Batches that may be at work.
    std::size_t most_batches() const;

    /// How long to claim nothing more after a batch that took so long.
    duration pause_after(duration batch) const;

    /// Processors that others keep busy, they and their statements, on average of the last claims.
    double busy() const { return busy_; }

private:
    std::size_t count_requests(time_point now, const std::vector<std::int64_t>& snapshots);
    bool yields() const;

    double cpus_;
    duration yield_for_;
    double busy_ = 0;
    time_point observed_{};
    bool is_late_ = false;
    time_point late_until_{};
    std::unordered_map<std::int64_t, time_point> first_seen_;  ///< of the last claim's snapshots
};

}  // namespace tenantry::worker
