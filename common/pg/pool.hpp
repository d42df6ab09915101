// A thread's share of PostgreSQL sessions: hands them out first come, first served, each wait
// bounded by its caller's deadline.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "common/pg/connection.hpp"

namespace tenantry::pg {

struct pool_settings {
    connection_settings connection;
    std::size_t size = 4;            ///< connections at most, opened as they are needed
    std::size_t max_waiting = 1024;  ///< callers that may wait; the next gets pool_exhausted
    /// At most this long for opening one connection, within the caller's deadline.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds{5};
    /// For so long after a failed opening every opening fails at once with the same failure.
    std::chrono::milliseconds retry_pause = std::chrono::milliseconds{100};
};

class pool_state;

/// A connection on loan: it goes back when this goes, unless it is broken or inside an open
/// transaction; then it is closed. May outlive the pool.
class lease {
public:
    lease() = default;
    lease(std::shared_ptr<pool_state> home, std::unique_ptr<connection> c);
    lease(lease&&) noexcept = default;
    lease& operator=(lease&& other) noexcept;
    ~lease();

    connection& operator*() const { return *connection_; }
    connection* operator->() const { return connection_.get(); }
    explicit operator bool() const { return connection_ != nullptr; }

private:
    void give_back() noexcept;

    std::shared_ptr<pool_state> home_;
    std::unique_ptr<connection> connection_;
};

/// Connections of one thread: use it on the thread of its executor alone.
class pool {
public:
    struct counters {
        std::size_t open;     ///< connections, lent, idle or being opened
        std::size_t idle;     ///< of these, those that nobody uses
        std::size_t waiting;  ///< callers that wait for one
    };

    pool(executor ex, pool_settings settings);
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;
    ~pool();

    /// An open connection. Fails with timed_out at the deadline, pool_exhausted when max_waiting
    /// callers wait, connection_lost when the server cannot be reached or after stop().
    task<result<lease>> acquire(deadline until);

    /// Acquires a connection and runs the queries there; errors of acquire and connection::run.
    /// `queries` must outlive the call.
    task<result<std::vector<rows>>> run(std::span<const query> queries, deadline until);

    /// The same for one statement.
    task<result<rows>> run(const statement& sql, params arguments, deadline until);

    /// Closes idle connections, fails waiting callers; lent connections close when they come back.
    void stop();

    counters counts() const;

private:
    std::shared_ptr<pool_state> state_;
};

}  // namespace tenantry::pg
