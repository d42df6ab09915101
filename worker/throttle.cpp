#include "worker/throttle.hpp"

#include <algorithm>
#include <cmath>

namespace tenantry::worker {

namespace {

/// Of one claim in the average: a moment's coincidence is no load.
constexpr double newest = 0.125;
/// Of each statement of others: its session's, and that of the program which waits for it and has
/// its own work with the answer, on the same machine or on one that is as large for it.
constexpr double cpus_a_statement = 2;
/// Others that take less of the processors are no reason to yield.
constexpr double noticed_share = 0.25;

}  // namespace

void throttle::observe(double others, duration oldest_due) {
    busy_ += newest * (cpus_a_statement * others - busy_);
    is_late_ = oldest_due >= (is_late_ ? yield_for_ / 2 : yield_for_);
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
