// What the worker counts of its jobs.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/jobs/kinds.hpp"
#include "common/runtime/metrics.hpp"
#include "common/store/job_queue.hpp"

namespace tenantry::worker {

/// One gauge or histogram for each queue; `details` are a histogram's buckets.
template<class Metric>
class by_queue {
public:
    template<class... Details>
    by_queue(const char* name, const char* help, const Details&... details) {
        for (const auto queue : jobs::queues) {
            const metrics::labels labels{{"queue", std::string{queue}}};
            if constexpr (std::is_same_v<Metric, metrics::histogram>)
                of_[queue] = &metrics::make_histogram(name, help, details..., labels);
            else
                of_[queue] = &metrics::make_gauge(name, help, labels);
        }
    }

    /// Null for a queue that this program does not know.
    Metric* find(std::string_view queue) const {
        const auto found = of_.find(queue);
        return found == of_.end() ? nullptr : found->second;
    }

private:
    std::map<std::string_view, Metric*> of_;
};

struct job_metrics {
    metrics::counter& claimed =
        metrics::make_counter("tenantry_jobs_claimed_total", "Jobs claimed under a lease");
    metrics::counter& done =
        metrics::make_counter("tenantry_jobs_done_total", "Jobs whose effects were committed");
    metrics::counter& failed = metrics::make_counter("tenantry_jobs_failed_total",
                                                     "Attempts that failed and will be repeated");
    metrics::counter& dead = metrics::make_counter("tenantry_jobs_dead_total", "Jobs given up");
    metrics::counter& cancelled = metrics::make_counter(
        "tenantry_jobs_cancelled_total", "Jobs that stopped because somebody called them off");
    metrics::counter& stale =
        metrics::make_counter("tenantry_jobs_stale_completions_total",
                              "Completions refused because the lease had passed to another worker");
    metrics::counter& returned = metrics::make_counter(
        "tenantry_jobs_leases_expired_total", "Jobs taken back from a worker that did not finish");
    metrics::counter& quarantined = metrics::make_counter("tenantry_jobs_quarantined_total",
                                                          "Jobs set aside after repeated crashes");
    metrics::counter& redispatched =
        metrics::make_counter("tenantry_jobs_redispatched_total",
                              "Times that due jobs of an agency were found that no hint announced");
    metrics::gauge& outbox_lag = metrics::make_gauge(
        "tenantry_outbox_lag_seconds", "Age of the oldest due job that no hint has announced");
    metrics::gauge& running =
        metrics::make_gauge("tenantry_jobs_running", "Jobs that this worker holds");
    metrics::gauge& busy_cpus = metrics::make_gauge(
        "tenantry_database_busy_cpus",
        "Processors that others than workers keep busy with statements, as the last claims saw it");
    metrics::histogram& batch_seconds =
        metrics::make_histogram("tenantry_job_batch_duration_seconds",
                                "From claim to settlement of a batch", metrics::latency_buckets());
    by_queue<metrics::histogram> dwell_seconds{"tenantry_job_dwell_seconds",
                                               "From when a job was due until a worker claimed it",
                                               metrics::latency_buckets()};
    by_queue<metrics::gauge> oldest_due_seconds{
        "tenantry_queue_oldest_due_seconds",
        "Age of the oldest due job that no worker has claimed"};

    void count_claimed(const store::claimed_job& job) const {
        claimed.Increment();
        if (auto* of_queue = dwell_seconds.find(job.queue)) of_queue->Observe(job.dwelt.count());
    }
};

}  // namespace tenantry::worker
