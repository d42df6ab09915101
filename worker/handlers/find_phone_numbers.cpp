#include "common/store/locations.hpp"
#include "worker/handlers/handlers.hpp"

namespace tenantry::worker {

task<pg::result<void>> find_phone_numbers(pg::connection& in_transaction,
                                          std::span<const store::claimed_job> jobs,
                                          deadline until) {
    return store::assign_phone_numbers(in_transaction, jobs, until);
}

}  // namespace tenantry::worker
