// Jobs as the worker uses them: found by agency and queue, claimed under a lease that an epoch
// fences, settled in the transaction of their own effects, taken back when their worker is gone.
// Times are PostgreSQL's, the one clock that all workers share.
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

/// Where jobs wait: those of one agency in one queue.
struct lane {
    domain::agency_id agency;
    std::string queue;

    auto operator<=>(const lane&) const = default;
};

/// A lane that has pending jobs.
struct waiting_lane : lane {
    /// How long its oldest job has been due; negative while all are for later, or the queue is
    /// paused.
    std::chrono::duration<double> due_for{};
};

/// The next lanes behind `after` in the order of agency and queue, at most `at_most`: one step of
/// the index a lane, however many jobs wait. Fewer than `at_most` means that the end was reached.
task<pg::result<std::vector<waiting_lane>>> find_waiting_lanes(pg::pool& pool, lane after,
                                                               int at_most, deadline until);

/// How many jobs of a lane are wanted.
struct lane_demand : lane {
    int jobs;
};

/// What came of it.
struct lane_claim {
    std::vector<claimed_job> jobs{};  ///< the highest priority first, then who is due longest
    int weight = 1;                   ///< the agency's, of its plan
    /// Another worker was claiming for this agency at the moment: nothing is known of it.
    bool taken = false;
    /// Set when more could not be had for another reason than that no more are due: the agency has
    /// as many running as its plan grants, or started as many as it may. Asking again is worth it
    /// after this.
    std::optional<std::chrono::milliseconds> rest{};
};

/// What one transaction claimed.
struct lane_claims {
    std::vector<lane_claim> lanes;  ///< in the demands' order
    /// The snapshots that other roles' sessions held on this database: as long as a number comes
    /// again, its session has not gone on to another statement since.
    std::vector<std::int64_t> others_snapshots;
};

/// Claims due jobs, in one round trip and one transaction.
/// What a plan grants an agency is kept on all workers together, since one at a time claims for it.
/// Leaves alone what was twice with a worker when it crashed: see find_suspects.
task<pg::result<lane_claims>> claim_due_jobs(pg::pool& pool, std::span<const lane_demand> demands,
                                             std::chrono::milliseconds lease, std::string worker,
                                             deadline until);

/// A job that was twice with a worker when it crashed.
struct suspect : job_reference {
    std::string queue;
    std::chrono::duration<double> due_for{};
};

/// At most so many that are due in these queues, one of each agency after the other.
task<pg::result<std::vector<suspect>>> find_suspects(pg::pool& pool,
                                                     std::vector<std::string> queues, int at_most,
                                                     deadline until);

/// Claims one of them, as its agency's plan allows; nothing when it is not to be had, now or any
/// more.
task<pg::result<std::optional<claimed_job>>> claim_suspect(pg::pool& pool, job_reference wanted,
                                                           std::chrono::milliseconds lease,
                                                           std::string worker, deadline until);

/// What the job was given, as JSON.
task<pg::result<std::optional<std::string>>> read_payload(pg::pool& pool, job_reference job,
                                                          deadline until);

/// Prolongs the leases that are still held, but for those of jobs that are being settled.
task<pg::result<void>> extend_leases(pg::pool& pool, std::span<const claimed_job> held,
                                     std::chrono::milliseconds lease, deadline until);

/// Gives back jobs that are still held, as if they had not been claimed. Those whose transaction is
/// under way are left to it.
task<pg::result<void>> release_jobs(pg::pool& pool, std::span<const claimed_job> held,
                                    deadline until);

/// Gives back what a worker claimed of these agencies, which rise, and does not know of, since the
/// answer was lost: what runs in its name and it does not hold. Waits for claims of theirs that are
/// under way. How many that were.
task<pg::result<std::size_t>> release_unknown_jobs(pg::pool& pool,
                                                   std::span<const std::int64_t> agencies,
                                                   std::string worker,
                                                   std::span<const claimed_job> held,
                                                   deadline until);

/// Starts the transaction of the jobs' effects, which acts for their agencies over several runs of
/// the connection. First in it, and by the same round trip, it marks done those that are still held
/// and answers them. A job that another worker has claimed since is left out, and its effects must
/// be too; so is one that was to be cancelled, which it is now.
struct completed_jobs {
    std::vector<claimed_job> done{};
    std::size_t cancelled = 0;
};
task<pg::result<completed_jobs>> complete_jobs(pg::connection& connection,
                                               std::span<const claimed_job> held, deadline until);

/// How an attempt failed.
struct job_failure {
    std::string reason;
    /// Tried again after this; without it the job is dead.
    std::optional<std::chrono::milliseconds> retry_after;
};

struct failed_job : job_reference {
    int epoch;
    job_failure failure;
};

/// How many of the attempts ended, and how; the others were held no more.
struct settled_failures {
    std::size_t retried = 0, dead = 0, cancelled = 0;
};

/// Ends the attempts of jobs that are still held.
task<pg::result<settled_failures>> fail_jobs(pg::pool& pool, std::span<const failed_job> failed,
                                             deadline until);
/// The same for jobs that complete_jobs has marked done in this transaction.
task<pg::result<settled_failures>> fail_jobs(pg::connection& in_transaction,
                                             std::span<const failed_job> failed, deadline until);

/// What a running job says of itself.
struct job_progress {
    int steps_done;
    int steps_total;
    std::string message{};  ///< at most domain::max_job_message code points; the rest is cut off
};

enum class job_hold {
    held,
    to_cancel,  ///< somebody wants it cancelled
    lost,       ///< another worker has it, or it is over
};

/// Writes it down, and answers how the job stands.
task<pg::result<job_hold>> report_progress(pg::pool& pool, const claimed_job& held,
                                           job_progress progress, deadline until);

/// What became of jobs whose worker did not come back in time.
struct swept {
    std::size_t returned = 0;     ///< to pending, due at once
    std::size_t quarantined = 0;  ///< after domain::max_crashes
    std::size_t cancelled = 0;    ///< as somebody had wanted
};
task<pg::result<swept>> sweep_expired_leases(pg::pool& pool, deadline until);

/// End that transaction.
task<pg::result<void>> commit(pg::connection& connection, deadline until);
task<pg::result<void>> roll_back(pg::connection& connection, deadline until);

}  // namespace tenantry::store
