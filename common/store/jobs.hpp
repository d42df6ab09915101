// Jobs as the agency's side of the program uses them: written with the work that causes them,
// listed, retried.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "common/domain/job.hpp"
#include "common/domain/page.hpp"
#include "common/store/command.hpp"

namespace tenantry::store {

/// A job is pushed to its stream right after its commit. When no worker has claimed it so much
/// later, the push counts as lost and the relay pushes it.
inline constexpr std::chrono::seconds first_push_grace{2};

struct new_job {
    domain::job_id id;
    std::string_view queue;  ///< of the static job kinds
    std::string_view kind;
    domain::company_id company;
    int steps_total;
};

/// The jobs of several commands as columns of one statement, each row with the number of its
/// command.
class job_columns {
public:
    template<class Commands>
    explicit job_columns(const Commands& commands) {
        std::int64_t number = 0;
        for (const auto& command : commands) {
            ++number;
            for (const auto& job : command.jobs) append(number, job);
        }
    }

    /// cmd, job_id, queue, kind, company_id, steps_total.
    void add_to(pg::params& arguments) const;

private:
    void append(std::int64_t cmd, const new_job& job);

    std::vector<std::int64_t> cmd_, id_, company_;
    std::vector<std::string_view> queue_, kind_;
    std::vector<std::int32_t> steps_total_;
};

/// The page of that number, newest first; beyond the last page it is empty.
task<result<domain::page<domain::job>>> list_jobs(pg::pool& pool, domain::agency_id agency,
                                                  domain::job_filter filter,
                                                  std::int64_t page_number, deadline until);

/// `not_found` when this agency has none of that id, or not in `company` when one is given.
task<result<domain::job>> find_job(pg::pool& pool, domain::agency_id agency,
                                   std::optional<domain::company_id> company, domain::job_id id,
                                   deadline until);

/// What the relay and a direct push need to know of a job that is due.
struct job_hint {
    domain::agency_id agency;
    domain::job_id job;
    std::string queue;
};

/// Puts a dead or quarantined job back to pending, its attempts and crashes at zero, due at once.
/// The verdict is `refused` when the job is in another state (`subject` is the state) or does not
/// exist (empty `subject`).
task<pg::result<verdict>> retry_job(pg::pool& pool, const command& by,
                                    std::optional<domain::company_id> company, domain::job_id id,
                                    command_times times, deadline until);

/// The same for the operator, whose connection sees every agency; acts as nobody's user.
task<result<job_hint>> retry_job_as_operator(pg::pool& pool, domain::agency_id agency,
                                             domain::job_id id, timestamp now, deadline until);

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

struct replayed {
    std::int64_t jobs = 0;
    std::optional<job_position> last{};  ///< empty when none was left
};

/// Retries, as retry_job_as_operator does, the next `at_most` of them behind a position, each with
/// its audit event.
task<result<replayed>> replay_jobs(pg::pool& pool, replay_filter which, job_position after,
                                   int at_most, timestamp now, deadline until);

}  // namespace tenantry::store
