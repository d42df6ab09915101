// A session with PostgreSQL that is no part of the code under test: what a test reads, breaks and
// locks.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <string>

namespace tenantry::test {

class sql_session {
public:
    /// Throws std::runtime_error with the server's message, as all members do.
    explicit sql_session(const std::string& url);

    /// Runs one or more statements; the first column of the first row of the last one, or "".
    std::string execute(const std::string& sql);
    /// The same as a number.
    std::int64_t number(const std::string& sql);

private:
    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

}  // namespace tenantry::test
