#include "worker/throttle.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tenantry::worker {

namespace {

using namespace std::chrono_literals;

/// The average is one over about so long …
constexpr std::chrono::duration<double> memory = 75ms;
/// … of which one claim is no more than this: a moment's coincidence is no load.
constexpr double most_of_one = 0.4;
/// Of each statement of others: its session's, and that of the program which waits for it and has
/// its own work with the answer, on the same machine or on one that is as large for it.
constexpr double cpus_a_statement = 2;
/// Others that take less of the processors are no reason to yield.
constexpr double noticed_share = 0.25;
/// A snapshot that is older is no request's at work: it waits for a lock, dumps the database, or
/// belongs to a transaction that does nothing.
constexpr auto longest_request = 100ms;
/// So long after a late job was seen more are expected: the next claim may be another queue's.
constexpr auto late_for = 1s;

}  // namespace

void throttle::observe(time_point now, const std::vector<std::int64_t>& snapshots,
                       std::optional<duration> oldest_due) {
    const auto others = static_cast<double>(count_requests(now, snapshots));
    const throttle::duration since = now - std::exchange(observed_, now);
    const auto weight = std::min(1 - std::exp(-since / memory), most_of_one);
    busy_ += weight * (cpus_a_statement * others - busy_);
    if (oldest_due && *oldest_due >= (is_late_ ? yield_for_ / 2 : yield_for_))
        late_until_ = now + late_for;
    is_late_ = now < late_until_;
}

std::size_t throttle::count_requests(time_point now, const std::vector<std::int64_t>& snapshots) {
    std::unordered_map<std::int64_t, time_point> seen;
    std::size_t young = 0;
    for (const auto each : snapshots) {
        const auto known = first_seen_.find(each);
        const auto since = known == first_seen_.end() ? now : known->second;
        seen.emplace(each, since);
        young += now - since < longest_request;
    }
    first_seen_ = std::move(seen);
    return young;
}

bool throttle::yields() const {
    return !is_late_ && yield_for_ > duration::zero() && busy_ > noticed_share * cpus_;
}

std::size_t throttle::most_batches() const {
    if (!yields()) return no_limit;
    return static_cast<std::size_t>(std::max(std::lround(cpus_ - busy_), 1L));
}

throttle::duration throttle::pause_after(duration batch) const {
    if (!yields()) return duration::zero();
    const auto share = std::clamp(cpus_ - busy_, least_share, 1.0);
    return batch * (1 / share - 1);
}

}  // namespace tenantry::worker
