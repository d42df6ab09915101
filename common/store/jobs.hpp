// Jobs as the agency's side of the program uses them: written with the work that causes them,
// listed, retried.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "common/domain/job.hpp"
#include "common/domain/page.hpp"
#include "common/jobs/kinds.hpp"
#include "common/store/command.hpp"

namespace tenantry::store {

/// One that a request causes. All that it causes are one batch.
struct new_job {
    domain::job_id id;
    jobs::kind kind;
    domain::company_id company;
};

/// The jobs of several commands as columns of one statement, each row with the number of its
/// command. The ids of one command's jobs rise.
class job_columns {
public:
    template<class Commands>
    explicit job_columns(const Commands& commands) {
        std::size_t rows = 0;
        for (const auto& command : commands) rows += command->jobs.size();
        pg::reserve_all(rows, cmd_, id_, company_, batch_, batch_last_, queue_, kind_, steps_total_,
                        priority_);
        std::int64_t number = 0;
        for (const auto& command : commands) {
            ++number;
            for (const auto& job : command->jobs) append(number, job, command->jobs);
        }
    }

    /// JOB_COLUMNS_OF_TASK, each as an array.
    void add_to(pg::params& arguments) const;

private:
    void append(std::int64_t cmd, const new_job& job, const std::vector<new_job>& batch);

    std::vector<std::int64_t> cmd_, id_, company_, batch_;
    std::vector<std::optional<std::int64_t>> batch_last_;
    std::vector<std::string_view> queue_, kind_;
    std::vector<std::int32_t> steps_total_, priority_;
};

/// The statement's side of it: the arrays' types, their names, and the insertion of those of
/// accepted commands, due at once by the clock that claims go by.
#define TASK_ARRAYS(a, b, c, d, e, f, g, h, i)                                                 \
    "SELECT * FROM unnest($" #a "::bigint[], $" #b "::bigint[], $" #c "::text[], $" #d         \
    "::text[], $" #e "::bigint[], $" #f "::int[], $" #g "::int[], $" #h "::bigint[], $" #i     \
    "::bigint[]) AS t(cmd, job_id, queue, kind, company_id, steps_total, priority, batch_id, " \
    "batch_last_id)"
#define INSERT_TASKS                                                                        \
    "INSERT INTO tenantry.job (agency_id, job_id, queue, kind, company_id, steps_total, "   \
    "priority, batch_id, batch_last_id, created_at, run_at)"                                \
    " SELECT agency_id, job_id, queue, kind, company_id, steps_total, priority, batch_id, " \
    "batch_last_id, dated, now() FROM accepted JOIN task USING (cmd)"

/// The page of that number, newest first; beyond the last page it is empty.
task<result<domain::page<domain::job>>> list_jobs(pg::pool& pool, domain::agency_id agency,
                                                  domain::job_filter filter,
                                                  std::int64_t page_number, deadline until);

/// `not_found` when this agency has none of that id, or not in `company` when one is given.
task<result<domain::job>> find_job(pg::pool& pool, domain::agency_id agency,
                                   std::optional<domain::company_id> company, domain::job_id id,
                                   deadline until);

/// Puts a dead or quarantined job back to pending, its attempts and crashes at zero, due at once.
/// The verdict is `refused` when the job is in another state (`subject` is the state) or does not
/// exist (empty `subject`).
task<pg::result<verdict>> retry_job(pg::pool& pool, const command& by,
                                    std::optional<domain::company_id> company, domain::job_id id,
                                    deadline until);

/// The same for the operator, whose connection sees every agency; acts as nobody's user.
task<result<void>> retry_job_as_operator(pg::pool& pool, domain::agency_id agency,
                                         domain::job_id id, timestamp now, deadline until);

/// Calls a job off: one that is pending is cancelled at once, one that runs stops at its next step
/// and commits nothing more. The verdict is `refused` when it is over (`subject` is its state),
/// when it is just committing what it did (`subject` is "running"), or when it does not exist
/// (empty).
task<pg::result<verdict>> cancel_job(pg::pool& pool, const command& by,
                                     std::optional<domain::company_id> company, domain::job_id id,
                                     deadline until);

/// The same for the operator. `not_found` when it does not exist.
task<result<domain::job_state>> cancel_job_as_operator(pg::pool& pool, domain::agency_id agency,
                                                       domain::job_id id, timestamp now,
                                                       deadline until);

/// The jobs that one request caused, as one. `not_found` when the agency, or `company`, has none of
/// that id.
task<result<domain::job_batch>> find_batch(pg::pool& pool, domain::agency_id agency,
                                           std::optional<domain::company_id> company,
                                           domain::job_id id, deadline until);

/// A job that no request causes: an operator's, or the clock's.
struct added_job {
    domain::agency_id agency;
    jobs::kind kind;
    std::optional<domain::company_id> company{};
    std::optional<std::string> payload{};  ///< JSON
    std::chrono::milliseconds delay{};     ///< not before
    /// Without effect while a job of the agency was added under this key less than `window` ago.
    std::optional<std::string> unique_key{};
    std::chrono::milliseconds window{};
};

/// Its id; nothing when its key is taken. `not_found` when there is no such agency, or it has no
/// such company.
task<result<std::optional<domain::job_id>>> add_job(pg::pool& pool, added_job job, deadline until);

/// Which dead and quarantined jobs the operator means; an empty member means any.
struct replay_filter {
    std::optional<domain::agency_id> agency{};
    std::optional<std::string> queue{};
    std::optional<std::string> kind{};
    std::optional<domain::job_state> state{};
};

/// A job's place in the order that all jobs are replayed in.
struct job_position {
    domain::agency_id agency{0};
    domain::job_id job{0};
};

struct dead_job {
    domain::agency_id agency;
    domain::job job;
};

/// The dead letter: the next `at_most` of them behind a position.
task<result<std::vector<dead_job>>> list_dead_jobs(pg::pool& pool, replay_filter which,
                                                   job_position after, int at_most, deadline until);

struct replayed {
    std::int64_t jobs = 0;
    std::optional<job_position> last{};  ///< empty when none was left
};

/// Retries, as retry_job_as_operator does, the next `at_most` of them behind a position, each with
/// its audit event.
task<result<replayed>> replay_jobs(pg::pool& pool, replay_filter which, job_position after,
                                   int at_most, timestamp now, deadline until);

}  // namespace tenantry::store
