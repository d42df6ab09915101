#include "worker/handlers/handlers.hpp"

namespace tenantry::worker {

task<pg::result<outcomes>> do_nothing(pg::connection&, std::span<const store::claimed_job>,
                                      deadline) {
    co_return outcomes{};
}

}  // namespace tenantry::worker
