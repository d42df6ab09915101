#include "common/runtime/failpoint.hpp"
#include "common/store/workspaces.hpp"
#include "worker/handlers/handlers.hpp"

namespace tenantry::worker {

namespace {

struct step {
    task<pg::result<void>> (*run)(pg::connection&, std::span<const store::company_reference>,
                                  deadline);
    std::string_view failpoint_after;
};

/// In this order: the last one makes the company read as provisioned.
constexpr step steps[] = {
    {store::create_prospect_databases, "provisioning.after_prospect_database"},
    {store::create_default_campaigns, "provisioning.after_default_campaign"},
    {store::grant_owners_access, "provisioning.after_team_access"},
    {store::assign_slots, "provisioning.after_slots"},
};

}  // namespace

task<pg::result<outcomes>> provision_workspaces(pg::connection& in_transaction,
                                                std::span<const store::claimed_job> jobs,
                                                deadline until) {
    const auto companies = companies_of(jobs);
    for (const auto& step : steps) {
        auto done = co_await step.run(in_transaction, companies, until);
        if (!done) co_return done.error();
        failpoint(step.failpoint_after);
    }
    co_return outcomes_of_companies(jobs);
}

}  // namespace tenantry::worker
