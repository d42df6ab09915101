// Tells the workers, right after a commit, that it left jobs: a hint that spares them the wait
// until they look by themselves.
#pragma once

#include <span>

#include "common/redis/connection.hpp"
#include "common/store/jobs.hpp"

namespace tenantry::service {

class job_pusher {
public:
    explicit job_pusher(redis::connection& redis) : redis_{redis} {}

    /// Puts one hint into the stream of each queue that the jobs wait in, without waiting. With
    /// Redis down nothing happens: the workers look for due jobs by themselves, only less often.
    void push(domain::agency_id agency, std::span<const store::new_job> jobs);

private:
    redis::connection& redis_;
};

}  // namespace tenantry::service
