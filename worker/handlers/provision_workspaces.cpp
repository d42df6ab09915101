#include "common/runtime/failpoint.hpp"
#include "common/store/workspaces.hpp"
#include "worker/handlers/handlers.hpp"

namespace tenantry::worker {

task<pg::result<outcomes>> provision_workspaces(pg::connection& in_transaction,
                                                std::span<const store::claimed_job> jobs,
                                                deadline until) {
    const auto companies = companies_of(jobs);
    auto built = co_await store::build_workspaces(in_transaction, companies, until);
    if (!built) co_return built.error();
    failpoint("provisioning.after_workspace");
    co_return outcomes_of_companies(jobs);
}

}  // namespace tenantry::worker
