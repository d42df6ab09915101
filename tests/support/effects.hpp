// What the jobs of companies must have left behind, read from the database alone.
#pragma once

#include <chrono>
#include <string>

#include "tests/support/sql.hpp"

namespace tenantry::test {

/// Waits until every job there is has been done; whether it came to that.
bool every_job_gets_done(sql_session& sql, std::chrono::milliseconds timeout);

/// Every company, of every agency, that has anything more or less than it must: one key or more,
/// its two jobs done, one workspace with its four steps, one prospect database, one default
/// campaign, the owner's membership, the plan's slots, one activation fee of the plan, one
/// subscription with one period, and the audit event of its creation. Any of these that belongs to
/// no company is a fault too. The first hundred, "" when all is as it must be.
std::string faults_of_companies(sql_session& sql);

}  // namespace tenantry::test
