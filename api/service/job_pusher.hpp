// Tells the workers, a moment after a commit, that it left jobs: a hint that spares them the wait
// until they look by themselves.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string_view>

#include "common/redis/connection.hpp"
#include "common/store/jobs.hpp"

namespace tenantry::service {

/// Of one thread.
class job_pusher {
public:
    job_pusher(executor ex, redis::connection& redis) : redis_{redis}, timer_{ex} {}

    /// Has one hint put into the stream of each queue that the jobs wait in, a moment later,
    /// without waiting. Those that come meanwhile, as of requests that shared a commit, are one,
    /// whichever agencies' they are. With Redis down nothing happens: the workers look for due jobs
    /// by themselves, only less often.
    void push(domain::agency_id agency, std::span<const store::new_job> jobs);

    /// Sends at once what waits for its moment.
    void flush();

private:
    void send();

    redis::connection& redis_;
    steady_timer timer_;
    /// Agencies by queue. Shared with what will send them, which does nothing once this is gone.
    using hints = std::map<std::string_view, std::set<domain::agency_id>>;
    std::shared_ptr<hints> due_ = std::make_shared<hints>();
};

}  // namespace tenantry::service
