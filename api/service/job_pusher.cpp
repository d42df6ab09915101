#include "api/service/job_pusher.hpp"

#include <algorithm>
#include <vector>

#include "common/jobs/envelope.hpp"
#include "common/redis/streams.hpp"

namespace tenantry::service {

namespace {

using namespace std::chrono_literals;

/// The client's next request has mostly reached PostgreSQL by then. Redis, which wakes up for a
/// hint, would otherwise take the processor that this request is being read on.
constexpr auto moment = 200us;

}  // namespace

void job_pusher::push(domain::agency_id agency, std::span<const store::new_job> jobs) {
    const bool first = due_->empty();
    for (const auto& job : jobs) (*due_)[job.kind.queue].insert(agency);
    if (!first || due_->empty()) return;
    timer_.expires_after(moment);
    timer_.async_wait([this, due = std::weak_ptr{due_}](boost::system::error_code cancelled) {
        if (!cancelled && !due.expired()) send();
    });
}

void job_pusher::flush() {
    timer_.cancel();
    send();
}

void job_pusher::send() {
    for (const auto& [queue, of_queue] : *due_) {
        const std::vector<domain::agency_id> agencies(of_queue.begin(), of_queue.end());
        for (std::span left{agencies}; !left.empty();) {
            const auto next = left.first(std::min(left.size(), jobs::agencies_an_entry));
            redis_.post(
                redis::xadd(jobs::stream_of(queue), jobs::stream_limit,
                            {{std::string{jobs::agency_field}, jobs::envelope_text(next)}}));
            left = left.subspan(next.size());
        }
    }
    due_->clear();
}

}  // namespace tenantry::service
