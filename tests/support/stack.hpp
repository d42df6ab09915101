// Everything that a test from end to end needs: a database, a Redis, a keyring, agencies, and both
// programs.
#pragma once

#include "tests/support/http_client.hpp"
#include "tests/support/program.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/sql.hpp"

namespace tenantry::test {

/// The same database for its owner, the API's role and the worker's.
struct database_urls {
    std::string owner;
    std::string api;
    std::string worker;
};

struct agency_account {
    std::int64_t id;
    std::string key;  ///< of its owner, for the whole agency
};

/// Jobs that are put into the database, due at once.
struct due_jobs {
    std::int64_t agency;
    std::string kind = "noop";
    std::string queue = "provisioning";
    std::string payload{};  ///< JSON; none when empty
    std::optional<std::int64_t> company{};
    int steps = 1;
    int crashes = 0;
    int count = 1;
};

/// That each take so long.
due_jobs pauses(std::int64_t agency, int ms, int count = 1);

/// Stands before the programs and is gone after them: declare it first.
class stack {
public:
    /// On a database of its own.
    stack();
    /// On one that the caller keeps, with a Redis that keeps what it has when it is restarted if
    /// `append_only`.
    explicit stack(database_urls urls, bool append_only = false);

    redis_server& redis() { return redis_; }
    sql_session& sql() { return sql_; }
    const database_urls& urls() const { return urls_; }
    /// A session of its own, to hold a lock or to write what no program may.
    sql_session new_session() const { return sql_session{urls_.owner}; }

    /// tenantry-admin on this database and keyring.
    outcome admin(std::vector<std::string> words) const;
    /// Through tenantry-admin. Throws unless it worked.
    agency_account make_agency(const std::string& name, const std::string& owner = "Michael Scott",
                               const std::string& plan = "demo") const;
    /// Another key of the agency through tenantry-admin; `more` are further options.
    std::string make_key(std::int64_t agency, std::vector<std::string> more = {}) const;

    void add_jobs(const due_jobs& jobs);

    /// Started with these flags on top of a test's own; serving on any port. With `readiness`
    /// ("ready", "degraded") returns once /readyz says so. `under` as a program's.
    program start_api(const flags& more = {}, std::string_view readiness = "ready",
                      const variables& environment = {}, std::vector<std::string> under = {});
    /// Started with leases of seconds, working unless `awaited` names another line of the log, or
    /// none.
    program start_worker(const flags& more = {}, std::string_view awaited = "\"working\"",
                         const variables& environment = {});
    /// As a user has it who sets nothing.
    program start_default_worker(const variables& environment = {});

    const std::filesystem::path& keyring() const { return keyring_; }

private:
    void prepare();
    program launch_worker(const flags& settings, std::string_view awaited,
                          const variables& environment);
    std::filesystem::path new_log(std::string_view name);

    std::unique_ptr<database> database_;
    database_urls urls_;
    redis_server redis_;
    sql_session sql_;
    temporary_directory directory_;
    std::filesystem::path keyring_ = directory_.path() / "keyring";
    int logs_ = 0;
};

/// A server with an agency and both programs: what most tests share.
struct running_stack {
    stack base{};
    agency_account agency = base.make_agency("Dunder Mifflin");
    program api = base.start_api();
    program worker = base.start_worker();

    client as(const std::string& key) const { return {api.http_port(), key}; }
    client owner() const { return as(agency.key); }
};

/// What /metrics says of one series ("name" or "name{label=…}"); 0 when it has none.
double metric(const program& of, const std::string& series);

}  // namespace tenantry::test
