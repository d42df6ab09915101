// What an agency sees of its jobs.
#pragma once

#include "api/service/environment.hpp"
#include "common/store/jobs.hpp"

namespace tenantry::service {

/// The caller's jobs, newest first; a key of one company sees that company's.
task<result<domain::page<domain::job>>> list_jobs(environment& env, caller by,
                                                  domain::job_filter filter,
                                                  std::int64_t page_number);

/// `not_found`.
task<result<domain::job>> get_job(environment& env, caller by, domain::job_id id);

/// The jobs that one request caused, named by the first of them. With `wait` the answer comes when
/// the last of them has ended, or when `wait` or the request's time is up; at once when too many
/// wait already (wait_places). `not_found`.
task<result<domain::job_batch>> get_batch(environment& env, caller by, domain::job_id id,
                                          std::chrono::seconds wait);

/// A surface's words for a job that is called off.
using cancel_encoder = store::stored_response (*)(domain::job_id);

/// Calls a job off: a pending one is cancelled at once, a running one at its next step.
/// `not_found`; `job_not_cancellable` with the job's state as subject.
task<result<answer>> cancel_job(environment& env, caller by, domain::job_id id,
                                cancel_encoder encode);

/// A surface's words for a job that is due again.
using retry_encoder = store::stored_response (*)(domain::job_id);

/// Makes a dead or quarantined job due again, as if it had never been tried. `not_found`;
/// `job_not_retryable` with the job's state as subject.
task<result<answer>> retry_job(environment& env, caller by, domain::job_id id,
                               retry_encoder encode);

}  // namespace tenantry::service
