// Tells the workers, right after a commit, which jobs it left: a hint that spares them the wait for
// the relay.
#pragma once

#include <span>

#include "common/redis/connection.hpp"
#include "common/store/jobs.hpp"

namespace tenantry::service {

class job_pusher {
public:
    explicit job_pusher(redis::connection& redis) : redis_{redis} {}

    /// Hands the jobs to their queues' streams without waiting. With Redis down nothing happens:
    /// the relay pushes them once it is back.
    void push(domain::agency_id agency, std::span<const store::new_job> jobs);

private:
    redis::connection& redis_;
};

}  // namespace tenantry::service
