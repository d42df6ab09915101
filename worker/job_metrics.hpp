// What the worker counts of its jobs.
#pragma once

#include "common/runtime/metrics.hpp"

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
    metrics::histogram& batch_seconds =
        metrics::make_histogram("tenantry_job_batch_duration_seconds",
                                "From claim to settlement of a batch", metrics::latency_buckets());
};

}  // namespace tenantry::worker
