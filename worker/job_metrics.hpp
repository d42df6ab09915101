// What the worker counts of its jobs.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/jobs/kinds.hpp"
#include "common/runtime/metrics.hpp"
#include "common/store/job_queue.hpp"

namespace tenantry::worker {

struct job_metrics {
    metrics::counter& claimed =
        metrics::make_counter("tenantry_jobs_claimed_total", "Jobs claimed under a lease");
    metrics::counter& done =
        metrics::make_counter("tenantry_jobs_done_total", "Jobs whose effects were committed");
    metrics::counter& failed = metrics::make_counter("tenantry_jobs_failed_total",
                                                     "Attempts that failed and will be repeated");
    metrics::counter& dead = metrics::make_counter("tenantry_jobs_dead_total", "Jobs given up");
    metrics::counter& stale =
        metrics::make_counter("tenantry_jobs_stale_completions_total",
                              "Completions refused because the lease had passed to another worker");
    metrics::counter& returned = metrics::make_counter(
        "tenantry_jobs_leases_expired_total", "Jobs taken back from a worker that did not finish");
    metrics::counter& quarantined = metrics::make_counter("tenantry_jobs_quarantined_total",
                                                          "Jobs set aside after repeated crashes");
    metrics::counter& relayed = metrics::make_counter("tenantry_jobs_relayed_total",
                                                      "Jobs pushed to their stream by the relay");
    metrics::gauge& running =
        metrics::make_gauge("tenantry_jobs_running", "Jobs that this worker holds");
    std::map<std::string_view, metrics::histogram*> dwell_seconds = dwell_by_queue();

    metrics::histogram& batch_seconds =
        metrics::make_histogram("tenantry_job_batch_duration_seconds",
                                "From claim to settlement of a batch", metrics::latency_buckets());

    void count_claimed(const store::claimed_job& job) const {
        claimed.Increment();
        if (const auto of_queue = dwell_seconds.find(job.queue); of_queue != dwell_seconds.end())
            of_queue->second->Observe(job.dwelt.count());
    }

private:
    static std::map<std::string_view, metrics::histogram*> dwell_by_queue() {
        std::map<std::string_view, metrics::histogram*> all;
        for (const auto queue : jobs::queues)
            all[queue] = &metrics::make_histogram(
                "tenantry_job_dwell_seconds", "From when a job was due until a worker claimed it",
                metrics::latency_buckets(), {{"queue", std::string{queue}}});
        return all;
    }
};

}  // namespace tenantry::worker
