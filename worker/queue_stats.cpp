#include "worker/queue_stats.hpp"

#include "common/runtime/log.hpp"
#include "common/store/queues.hpp"

namespace tenantry::worker {

task<void> queue_stats::read() {
    constexpr std::chrono::seconds statement_time{10};
    const auto queues = co_await store::list_queues(database_, deadline_in(statement_time));
    if (!queues) {
        log::warn("cannot count the jobs of the queues", {{"reason", queues.error().cause}});
        co_return;
    }
    for (const auto& each : *queues) {
        if (!due_.find(each.queue)) continue;
        due_.find(each.queue)->Set(static_cast<double>(each.due));
        dead_.find(each.queue)->Set(static_cast<double>(each.dead + each.quarantined));
        paused_.find(each.queue)->Set(each.paused_at ? 1 : 0);
    }
}

}  // namespace tenantry::worker
