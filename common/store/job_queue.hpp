// Jobs as the worker uses them: claimed under a lease that an epoch fences, settled in the
// transaction of their own effects, found again when a push or a worker was lost. Times are
// PostgreSQL's, the one clock that all workers share.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/pg/pool.hpp"
#include "common/runtime/error.hpp"
#include "common/store/jobs.hpp"

namespace tenantry::store {

struct job_reference {
    domain::agency_id agency;
    domain::job_id job;

    auto operator<=>(const job_reference&) const = default;
};

/// A job that this worker holds for as long as its lease lasts and nobody has claimed it again.
struct claimed_job : job_reference {
    int epoch = 0;
    std::string kind{};
    std::optional<domain::company_id> company{};
    int attempts = 0;  ///< this one counted
    int steps_total = 1;
    std::string queue{};
    std::chrono::duration<double> dwelt{};  ///< from when it was due until it was claimed
};

/// Claims those that are pending and due; others (done, running elsewhere, unknown) are left out of
/// the answer. `wanted` is sorted and without repetition, so that workers that want the same jobs
/// cannot deadlock.
task<pg::result<std::vector<claimed_job>>> claim_jobs(pg::pool& pool,
                                                      std::span<const job_reference> wanted,
                                                      std::chrono::milliseconds lease,
                                                      std::string worker, deadline until,
                                                      std::optional<bool> suspects = {});

/// Those of them that are pending, due, and were held by a worker when it crashed.
task<pg::result<std::vector<job_reference>>> find_suspects(pg::pool& pool,
                                                           std::span<const job_reference> wanted,
                                                           deadline until);

/// Prolongs the leases that are still held.
task<pg::result<void>> extend_leases(pg::pool& pool, std::span<const claimed_job> held,
                                     std::chrono::milliseconds lease, deadline until);

/// First in the transaction of the jobs' effects: marks done those that are still held and answers
/// them. A job that another worker has claimed since is left out, and its effects must be too.
task<pg::result<std::vector<claimed_job>>> complete_jobs(pg::connection& in_transaction,
                                                         std::span<const claimed_job> held,
                                                         deadline until);

/// How an attempt failed.
struct job_failure {
    std::string reason;
    /// Tried again after this; without it the job is dead.
    std::optional<std::chrono::milliseconds> retry_after;
};

/// Ends the attempt of one job that is still held.
task<pg::result<void>> fail_job(pg::pool& pool, const claimed_job& held, job_failure failure,
                                deadline until);

/// What became of jobs whose worker did not come back in time.
struct swept {
    std::size_t returned = 0;     ///< to pending, due at once
    std::size_t quarantined = 0;  ///< after domain::max_crashes
};
task<pg::result<swept>> sweep_expired_leases(pg::pool& pool, deadline until);

/// Due jobs that wait for a push, at most `per_agency` of each agency, at most `agencies` of them;
/// they count
/// as pushed from now on, and wait `pause` for the next push.
task<pg::result<std::vector<job_hint>>> take_undispatched(pg::pool& pool, int agencies,
                                                          int per_agency,
                                                          std::chrono::milliseconds pause,
                                                          deadline until);

/// Starts and ends a transaction that acts for these agencies over several runs of one connection.
task<pg::result<void>> begin(pg::connection& connection, std::span<const std::int64_t> agencies,
                             deadline until);
task<pg::result<void>> commit(pg::connection& connection, deadline until);
task<pg::result<void>> roll_back(pg::connection& connection, deadline until);

}  // namespace tenantry::store
