// One PostgreSQL session on the thread's io_context, spoken in libpq's pipeline mode: any number of
// statements in one round trip and one implicit transaction.
#pragma once

#include <libpq-fe.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/pg/failure.hpp"
#include "common/pg/params.hpp"
#include "common/pg/rows.hpp"
#include "common/pg/statement.hpp"
#include "common/runtime/asio.hpp"
#include "common/runtime/deadline.hpp"

namespace tenantry::pg {

/// Of a session that has other work to do: who waits longer for a row holds up what could run in
/// its place.
constexpr std::chrono::seconds busy_lock_timeout{2};

/// How each session has its statements planned.
/// Planning a large statement costs as much as running it. By itself the server plans one with
/// arrays for each execution: it takes a plan for arrays of unknown length to be dearer than any
/// for known ones. By the statistics of a table that has just begun to grow, gathering rows by a
/// bitmap and sorting them seems cheaper than an index that has them in order, and is the slower
/// the more they are; so does reading a table whole while it is small. Compiling a plan is never
/// worth it for what takes a millisecond, nor are further processes: what is read whole by several
/// would better not be.
inline constexpr std::string_view planner_options =
    "-c plan_cache_mode=force_generic_plan -c enable_bitmapscan=off -c enable_seqscan=off"
    " -c jit=off -c max_parallel_workers_per_gather=0";

struct connection_settings {
    std::string conninfo;  ///< postgresql:// URL or keyword=value pairs
    std::string application_name = "tenantry";
    /// Enforced by the server, for a statement whose caller has gone.
    std::chrono::milliseconds statement_timeout = std::chrono::seconds{30};
    std::chrono::milliseconds idle_in_transaction_timeout = std::chrono::seconds{10};
    /// How long a statement waits for another session's lock; 0 is as long as it may run.
    std::chrono::milliseconds lock_timeout{0};
    /// A statement is planned once in so long, for the tables as they are then.
    std::chrono::milliseconds plan_lifetime = std::chrono::seconds{2};
    /// The server's notices; dropped unless set.
    std::function<void(std::string_view)> on_notice{};
};

/// One execution of a statement.
struct query {
    const pg::statement* statement;
    params arguments{};
};

struct notification {
    std::string channel;
    std::string payload;
};

class readiness;

class connection {
public:
    /// Opens a session. Fails with connection_lost (libpq does not tell the SQLSTATE of a refused
    /// one) or timed_out. A host name, rather than an address, is resolved by blocking the thread.
    static task<result<std::unique_ptr<connection>>> connect(executor ex,
                                                             connection_settings settings,
                                                             deadline until);
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();

    /// Sends all queries in one write with one Sync: one round trip and, outside an explicit
    /// transaction, one transaction of their own. Answers one `rows` a query, in order.
    /// `queries` must outlive the call. Fails with
    /// - server: the first query refused; none of the others took effect (or the explicit
    ///   transaction is aborted until ROLLBACK). The connection stays usable;
    /// - connection_lost, timed_out: whether it took effect is unknown; broken() from now on.
    /// One run at a time; throws std::logic_error on misuse.
    task<result<std::vector<rows>>> run(std::span<const query> queries, deadline until);

    /// The same for one statement.
    task<result<rows>> run(const statement& sql, params arguments, deadline until);

    /// What has come for the channels this session LISTENs on, without waiting.
    std::vector<notification> notifications();

    /// Waits for at least one notification. Fails with timed_out, after which the connection is
    /// still good, or connection_lost.
    task<result<std::vector<notification>>> wait_notifications(deadline until);

    /// Whether BEGIN has been run, and neither COMMIT nor ROLLBACK yet.
    bool in_transaction() const { return PQtransactionStatus(handle_) != PQTRANS_IDLE; }

    /// Whether nothing further can be run here; so too when a run was abandoned halfway.
    bool broken() const { return broken_ || running_; }

    /// Looks at an idle connection's socket, without waiting, for a server that has gone since.
    bool still_open();

    int backend_pid() const { return PQbackendPID(handle_); }

private:
    /// What a result from libpq belongs to.
    struct step {
        int query;
        /// The statement's name; empty for the connection's own housekeeping; null for an
        /// execution.
        const char* prepares;
    };
    struct run_state;

    connection(executor ex, connection_settings settings);

    result<void> start_connecting();
    task<result<void>> finish_connecting(deadline until);
    void require_idle() const;
    void enqueue(std::span<const query> queries);
    void enqueue_replanning();
    bool enqueue_preparation(const query& q);
    void enqueue_execution(const query& q);
    void require_sent(int ok);
    task<result<void>> exchange(run_state& run);
    void collect(run_state& run);
    void take(result_ptr r, run_state& run);
    failure lost();
    failure timed_out();
    void note_end(const PGresult* r);
    static void receive_notice(void* self, const PGresult* notice);

    connection_settings settings_;
    std::shared_ptr<readiness> socket_;
    PGconn* handle_ = nullptr;
    bool broken_ = false;
    bool running_ = false;
    deadline replan_at_;
    failure farewell_{failure::kind::connection_lost};  ///< with the server's last words, if any

    std::unordered_map<std::string_view, std::vector<Oid>> prepared_;
    // Reused by every run, so that a run allocates for its results alone.
    std::vector<step> steps_;
    std::vector<Oid> types_;
    std::vector<const char*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
};

}  // namespace tenantry::pg
