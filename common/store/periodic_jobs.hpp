// Periodic jobs: what the clock causes, and how far it has. Their jobs are the operator's own, of
// agency 0. Times are PostgreSQL's, the one clock that all schedulers share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/domain/catch_up.hpp"
#include "common/domain/ids.hpp"
#include "common/domain/job_state.hpp"
#include "common/jobs/kinds.hpp"
#include "common/pg/pool.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::store {

/// Whose jobs they are: no agency's.
inline constexpr domain::agency_id operator_agency{0};

struct periodic_job {
    std::string name;
    std::string schedule;
    std::string time_zone;
    std::string queue;
    std::string kind;
    std::optional<std::string> payload{};  ///< a JSON object
    domain::catch_up catch_up = domain::catch_up::latest;
    std::optional<timestamp> paused_at{};
    timestamp last_tick{};
    std::optional<domain::job_id> last_job{};           ///< that a tick or an operator caused
    std::optional<domain::job_state> last_job_state{};  ///< empty too when its row is gone

    /// Whether its ticks wait until its last job is over: of which the latest counts, they would
    /// only do side by side what one of them does.
    bool is_busy() const;
};

struct periodic_jobs {
    timestamp now{};  ///< at PostgreSQL, when these were read; unset when there are none
    std::vector<periodic_job> all{};
};

/// Every one there is, by name.
task<pg::result<periodic_jobs>> list_periodic_jobs(pg::connection& session, deadline until);
task<result<periodic_jobs>> list_periodic_jobs(pg::pool& pool, deadline until);

/// Moves last_tick to the last of these ticks and adds a job for each, in one statement and one
/// commit: how many jobs it added, or nothing when it was not ours to do. It is not when anything
/// that was read has changed since (another scheduler was there first, an operator edited, paused
/// or ran it), nor while it is busy. A tick that had its job is moved past without another one,
/// whatever has become of last_tick. `kind` is what the job's kind says of its jobs.
task<pg::result<std::optional<std::int64_t>>> settle_ticks(pg::connection& session,
                                                           const periodic_job& as_read,
                                                           const domain::due_ticks& due,
                                                           const jobs::kind& kind, deadline until);

/// No tick of it causes a job from now on. `not_found`.
task<result<void>> pause_periodic_job(pg::pool& pool, std::string name, deadline until);

/// Ticks cause jobs again from now on: those that came while it was paused do not. It changes
/// nothing of one that was not paused. `not_found`.
task<result<void>> resume_periodic_job(pg::pool& pool, std::string name, deadline until);

/// Its ticks are these from now on. `not_found`.
task<result<void>> reschedule_periodic_job(pg::pool& pool, std::string name, std::string schedule,
                                           std::string time_zone, deadline until);

/// Adds one job of it, whatever the clock says, unless it is busy: then nothing.
task<result<std::optional<domain::job_id>>> run_periodic_job(pg::pool& pool, std::string name,
                                                             const jobs::kind& kind,
                                                             deadline until);

}  // namespace tenantry::store
