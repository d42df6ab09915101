#include "api/service/job_pusher.hpp"

#include <algorithm>

#include "common/jobs/envelope.hpp"
#include "common/jobs/kinds.hpp"
#include "common/redis/streams.hpp"

namespace tenantry::service {

void job_pusher::push(domain::agency_id agency, std::span<const store::new_job> jobs) {
    if (!redis_.connected()) return;
    for (const auto queue : jobs::queues) {
        const auto waits_here = [queue](const auto& job) { return job.kind.queue == queue; };
        if (std::ranges::none_of(jobs, waits_here)) continue;
        redis_.post(
            redis::xadd(jobs::stream_of(queue), jobs::stream_limit,
                        {{std::string{jobs::agency_field}, std::to_string(agency.value())}}));
    }
}

}  // namespace tenantry::service
