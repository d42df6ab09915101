#include "api/service/job_pusher.hpp"

#include <array>

#include "common/jobs/envelope.hpp"

namespace tenantry::service {

void job_pusher::push(domain::agency_id agency, std::span<const store::new_job> jobs) {
    if (!redis_.connected()) return;
    const auto agency_text = std::to_string(agency.value());
    for (const auto& job : jobs) {
        const auto stream = jobs::stream_of(job.queue);
        const auto job_text = std::to_string(job.id.value());
        const std::array<std::string_view, 7> command{
            "XADD", stream, "*", jobs::agency_field, agency_text, jobs::job_field, job_text};
        redis_.post(command);
    }
}

}  // namespace tenantry::service
