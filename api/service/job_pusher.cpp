#include "api/service/job_pusher.hpp"

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
    for (const auto& job : jobs) due_->insert({job.kind.queue, agency.value()});
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
    for (const auto& [queue, agency] : *due_)
        redis_.post(redis::xadd(jobs::stream_of(queue), jobs::stream_limit,
                                {{std::string{jobs::agency_field}, std::to_string(agency)}}));
    due_->clear();
}

}  // namespace tenantry::service
