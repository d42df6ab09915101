#include "worker/handlers/handler.hpp"

#include "common/jobs/kinds.hpp"
#include "worker/handlers/handlers.hpp"

namespace tenantry::worker {

handler find_handler(std::string_view kind) {
    struct known {
        std::string_view kind;
        handler run;
    };
    constexpr known all[] = {
        {jobs::provisioning.name, provision_workspaces},
        {jobs::billing.name, bill_activations},
        {jobs::phone_number.name, find_phone_numbers},
        {jobs::noop.name, do_nothing},
    };
    for (const auto& each : all)
        if (each.kind == kind) return each.run;
    return nullptr;
}

std::vector<store::company_reference> companies_of(std::span<const store::claimed_job> jobs) {
    std::vector<store::company_reference> companies;
    companies.reserve(jobs.size());
    for (const auto& job : jobs)
        if (job.company) companies.push_back({job.agency, *job.company});
    return companies;
}

}  // namespace tenantry::worker
