#include "common/store/locations.hpp"
#include "worker/handlers/handlers.hpp"

namespace tenantry::worker {

task<pg::result<outcomes>> find_phone_numbers(pg::connection& in_transaction,
                                              std::span<const store::claimed_job> jobs,
                                              deadline until) {
    auto assigned = co_await store::assign_phone_numbers(in_transaction, jobs, until);
    if (!assigned) co_return assigned.error();
    co_return outcomes{};
}

}  // namespace tenantry::worker
