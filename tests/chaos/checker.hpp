// Holds the clients' log against PostgreSQL once all is quiet, knowing nothing else.
#pragma once

#include <string>
#include <vector>

#include "tests/chaos/client_log.hpp"
#include "tests/support/sql.hpp"

namespace tenantry::chaos {

/// What the answers say by themselves: a good request is never refused, a bad one never taken,
/// every 201 to one request tells the same companies, and every one but the first is a replay.
/// Faults name their line of the log.
std::vector<std::string> faults_of_answers(const std::vector<log_entry>& log);

/// What is in the database, by the log and by itself:
/// - what was answered 201 is there under the ids that were told, what was refused left nothing,
///   what was not answered is there as a whole or not at all, and there is nothing else;
/// - what was asked with a key and taken has one idempotency record, nothing else has one;
/// - every company has all of its effects, each once; the ledger is balanced and has as many fees
///   as there are companies; all jobs are done.
/// At most some of each sort.
std::vector<std::string> faults_of_database(test::sql_session& owner,
                                            const std::vector<log_entry>& log);

}  // namespace tenantry::chaos
