// What does a kind of job. Most kinds are set-based: many jobs in one transaction, so that a batch
// costs hardly more than one. The others take their time, and say how far they are.
#pragma once

#include <span>
#include <string_view>

#include "common/pg/connection.hpp"
#include "common/runtime/deadline.hpp"
#include "common/store/company_reference.hpp"
#include "common/store/job_queue.hpp"

namespace tenantry::worker {

/// How one job's attempt ended.
struct outcome {
    enum class kind {
        done,
        retry,    ///< later, with the usual backoff unless `after` says when
        discard,  ///< to the dead letter at once: no attempt would end otherwise
        stopped,  ///< cancelled, or another worker has it: nothing is to be written
    } what = kind::done;
    std::string reason{};
    std::optional<std::chrono::milliseconds> after{};
};

/// One a job, in their order; empty when all are done.
using outcomes = std::vector<outcome>;

/// Does the jobs, all of one kind, inside the transaction that also marks them done: what it writes
/// and their state commit together or not at all. Being run again for a job that was done before
/// must change nothing, and for a job whose outcome is not `done` it has written nothing. A failure
/// rolls the transaction back; the executor then runs the jobs one by one, so that one bad job does
/// not hold back the others.
using batch_handler = task<pg::result<outcomes>> (*)(pg::connection& in_transaction,
                                                     std::span<const store::claimed_job> jobs,
                                                     deadline until);

/// What a job that takes its time has to do with: the database, and its own row.
class job_run {
public:
    job_run(pg::pool& database, const store::claimed_job& job, deadline until)
        : database_{database}, job_{job}, until_{until} {}

    const store::claimed_job& job() const { return job_; }
    pg::pool& database() { return database_; }
    /// The attempt's end: what is left by then is another attempt's, or another job's.
    deadline until() const { return until_; }
    bool is_over() const { return std::chrono::steady_clock::now() >= until_; }
    /// What the job was given, as JSON.
    task<pg::result<std::string>> payload() const;

    /// To be called between two steps. False when the job is to stop here, with
    /// outcome::kind::stopped: somebody cancelled it, it is another worker's by now, or its time is
    /// up.
    task<bool> go_on(store::job_progress progress);

    /// How the job stood when go_on() was last called; nothing when that could not be found out.
    std::optional<store::job_hold> hold() const { return hold_; }

private:
    pg::pool& database_;
    const store::claimed_job& job_;
    deadline until_;
    std::optional<store::job_hold> hold_ = store::job_hold::held;
};

/// Does one job in steps that each commit by themselves: a job that is run again goes on where the
/// last attempt stopped, or does harmlessly again what it had done.
using stepwise_handler = task<outcome> (*)(job_run& run);

/// One of the two.
struct handler {
    batch_handler many = nullptr;
    stepwise_handler one = nullptr;

    explicit operator bool() const { return many || one; }
};

/// The handler of a kind; none for a kind that this worker does not know.
handler find_handler(std::string_view kind);

/// The companies that jobs are about.
std::vector<store::company_reference> companies_of(std::span<const store::claimed_job> jobs);

/// The outcomes of jobs that are each about a company: done, and for those that name none, a
/// discard.
outcomes outcomes_of_companies(std::span<const store::claimed_job> jobs);

}  // namespace tenantry::worker
