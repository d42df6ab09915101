// A PostgreSQL of a test's own, for what no shared one survives: stops, crashes, restarts.
#pragma once

#include "tests/support/stack.hpp"

namespace tenantry::test {

/// Migrated and empty. Made with scripts/servers, as users' servers are.
class cluster {
public:
    cluster();
    cluster(const cluster&) = delete;
    cluster& operator=(const cluster&) = delete;
    ~cluster();

    database_urls urls() const;
    std::uint16_t port() const;
    std::filesystem::path log() const { return directory_.path() / "log" / "postgres.log"; }
    /// As an operator does: SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one, which
    /// is a crash to whoever is connected. Returns when it has ended.
    void stop(int signal);
    /// On the same port, with the same data.
    void start();

private:
    void servers(const std::string& command);
    std::string variable(const std::string& name) const;

    temporary_directory directory_;
};

}  // namespace tenantry::test
