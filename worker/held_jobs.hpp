// The jobs this worker holds at the moment, for the heartbeat that prolongs their leases.
#pragma once

#include <list>
#include <span>
#include <vector>

#include "common/store/job_queue.hpp"

namespace tenantry::worker {

/// Of one thread.
class held_jobs {
    using batches = std::list<std::vector<store::claimed_job>>;

public:
    /// Counts the jobs as held for as long as it lives.
    class hold {
    public:
        hold(held_jobs& all, std::vector<store::claimed_job> jobs)
            : all_{all}, at_{all.batches_.insert(all.batches_.end(), std::move(jobs))} {}
        ~hold() { all_.batches_.erase(at_); }
        hold(const hold&) = delete;
        hold& operator=(const hold&) = delete;

        std::span<const store::claimed_job> jobs() const { return *at_; }

    private:
        held_jobs& all_;
        batches::iterator at_;
    };

    std::vector<store::claimed_job> all() const {
        std::vector<store::claimed_job> jobs;
        for (const auto& batch : batches_) jobs.insert(jobs.end(), batch.begin(), batch.end());
        return jobs;
    }

private:
    batches batches_;
};

}  // namespace tenantry::worker
