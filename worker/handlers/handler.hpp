// What does a kind of job: set-based, many jobs in one transaction, so that a batch costs hardly
// more than one.
#pragma once

#include <span>
#include <string_view>

#include "common/pg/connection.hpp"
#include "common/runtime/deadline.hpp"
#include "common/store/company_reference.hpp"
#include "common/store/job_queue.hpp"

namespace tenantry::worker {

/// Does the jobs, all of one kind, inside the transaction that also marks them done: what it writes
/// and their state commit together or not at all. Being run again for a job that was done before
/// must change nothing. A failure rolls the transaction back; the executor then runs the jobs one
/// by one, so that one bad job does not hold back the others.
using handler = task<pg::result<void>> (*)(pg::connection& in_transaction,
                                           std::span<const store::claimed_job> jobs,
                                           deadline until);

/// The handler of a kind; null for a kind that this worker does not know.
handler find_handler(std::string_view kind);

/// The companies that jobs are about.
std::vector<store::company_reference> companies_of(std::span<const store::claimed_job> jobs);

}  // namespace tenantry::worker
