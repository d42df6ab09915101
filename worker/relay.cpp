#include "worker/relay.hpp"

#include <algorithm>
#include <set>

#include "common/runtime/failpoint.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/spawn.hpp"

namespace tenantry::worker {

namespace {

using namespace std::chrono_literals;

constexpr int lanes_a_look = 1000;
constexpr int suspects_a_look = 100;
/// So long the next suspect waits for the end of one, so that each is by itself.
constexpr auto by_itself = 1s;
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
    stop();
    while (goes_through_suspects_ || suspects_run_ > 0) co_await finished_.async_wait(use_task);
}

task<bool> relay::look_at_lanes() {
    failpoint("relay.before_look");
    auto lanes = co_await store::find_waiting_lanes(database_, after_, lanes_a_look,
                                                    deadline_in(statement_time));
    sees_database_ = lanes.has_value();
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
    auto suspects = co_await find_suspects();
    for (const auto& each : suspects) {
        auto& oldest = oldest_due_[each.queue];
        oldest = std::max(oldest, each.due_for.count());
    }
    if (suspects.empty() || goes_through_suspects_ || finishing_) co_return;
    goes_through_suspects_ = true;
    spawn(context_, go_through(std::move(suspects)));
}

task<std::vector<store::suspect>> relay::find_suspects() {
    failpoint("relay.before_suspects_look");
    auto suspects = co_await store::find_suspects(database_, dispatcher_.queues(), suspects_a_look,
                                                  deadline_in(statement_time));
    failpoint("relay.after_suspects_look");
    if (!suspects) co_return std::vector<store::suspect>{};
    co_return std::move(*suspects);
}

// As long as there are any to be had: a worker that was killed for no fault of its jobs' may have
// left hundreds.
task<void> relay::go_through(std::vector<store::suspect> suspects) {
    for (bool had_any = true; had_any && !finishing_;) {
        had_any = false;
        std::set<domain::agency_id> refused;  // at its plan's limit, or claimed for by another
        for (auto& suspect : suspects) {
            if (finishing_) break;
            const auto agency = suspect.agency;
            if (refused.contains(agency)) continue;
            const bool had = co_await run_by_itself(std::move(suspect));
            if (!had) refused.insert(agency);
            had_any |= had;
        }
        if (had_any) suspects = co_await find_suspects();
    }
    goes_through_suspects_ = false;
    finished_.cancel();
}

// Whether it was to be had. One that takes its time is not waited for, so that it keeps no other
// agency's from running.
task<bool> relay::run_by_itself(store::suspect suspect) {
    while (suspects_run_ >= suspects_at_once) {
        suspect_ended_.expires_at(steady_timer::time_point::max());
        co_await suspect_ended_.async_wait(use_task);
    }
    if (finishing_) co_return false;
    auto claimed = co_await executor_.claim_suspect(std::move(suspect));
    if (claimed.empty()) co_return false;
    const auto over = std::make_shared<bool>(false);
    ++suspects_run_;
    spawn(context_, run(std::move(claimed), over));
    const auto until = deadline_in(by_itself);
    while (!*over && std::chrono::steady_clock::now() < until) {
        suspect_ended_.expires_at(until);
        co_await suspect_ended_.async_wait(use_task);
    }
    co_return true;
}

task<void> relay::run(std::vector<store::claimed_job> suspect, std::shared_ptr<bool> over) {
    co_await executor_.run(std::move(suspect));
    *over = true;
    --suspects_run_;
    suspect_ended_.cancel();
    finished_.cancel();
}

}  // namespace tenantry::worker
