#include "worker/relay.hpp"

#include <algorithm>

#include "common/runtime/failpoint.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/spawn.hpp"

namespace tenantry::worker {

namespace {

using namespace std::chrono_literals;

constexpr int lanes_a_look = 1000;
constexpr int suspects_a_look = 100;  // of as many agencies
constexpr auto statement_time = 10s;

/// Before all others: agency 0 is the operator.
const store::lane before_the_first{domain::agency_id{-1}, ""};

}  // namespace

task<bool> relay::look() {
    co_await look_for_suspects();
    const bool more_lanes = co_await look_at_lanes();
    co_return more_lanes;
}

task<void> relay::finish() {
    finishing_ = true;
    while (suspects_run_) co_await suspects_ended_.async_wait(use_task);
}

task<bool> relay::look_at_lanes() {
    failpoint("relay.before_look");
    auto lanes = co_await store::find_waiting_lanes(database_, after_, lanes_a_look,
                                                    deadline_in(statement_time));
    if (!lanes) {
        log::warn("cannot look for due jobs", {{"reason", lanes.error().message}});
        co_return false;
    }
    failpoint("relay.after_look");
    for (const auto& lane : *lanes)
        if (lane.due_for >= 0s) note(lane);
    const bool more = lanes->size() == lanes_a_look;
    after_ = more ? static_cast<const store::lane&>(lanes->back()) : before_the_first;
    if (!more) show_ages();
    co_return more;
}

void relay::note(const store::waiting_lane& lane) {
    const auto age = lane.due_for.count();
    auto& oldest = oldest_due_[lane.queue];
    oldest = std::max(oldest, age);
    if (!dispatcher_.announce(lane.agency, lane.queue)) return;
    counted_.redispatched.Increment();
    oldest_unannounced_ = std::max(oldest_unannounced_, age);
    failpoint("relay.after_announce");
}

void relay::show_ages() {
    for (const auto queue : jobs::queues)
        counted_.oldest_due_seconds.find(queue)->Set(oldest_due_[std::string{queue}]);
    counted_.outbox_lag.Set(oldest_unannounced_);
    oldest_due_.clear();
    oldest_unannounced_ = 0;
}

task<void> relay::look_for_suspects() {
    if (finishing_) co_return;
    failpoint("relay.before_suspects_look");
    auto suspects = co_await store::find_suspects(database_, dispatcher_.queues(), suspects_a_look,
                                                  deadline_in(statement_time));
    failpoint("relay.after_suspects_look");
    if (!suspects) co_return;
    for (const auto& each : *suspects) {
        auto& oldest = oldest_due_[each.queue];
        oldest = std::max(oldest, each.due_for.count());
    }
    if (suspects->empty() || suspects_run_ || finishing_) co_return;
    suspects_run_ = true;
    spawn(context_, run_suspects(std::move(*suspects)));
}

task<void> relay::run_suspects(std::vector<store::suspect> suspects) {
    for (const auto& suspect : suspects)
        if (!finishing_) co_await executor_.run_suspect(suspect);
    suspects_run_ = false;
    suspects_ended_.cancel();
}

}  // namespace tenantry::worker
