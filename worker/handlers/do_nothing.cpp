#include "worker/handlers/handlers.hpp"

namespace tenantry::worker {

task<pg::result<void>> do_nothing(pg::connection&, std::span<const store::claimed_job>, deadline) {
    co_return pg::result<void>{};
}

}  // namespace tenantry::worker
