// The readiness loop around libpq's pipeline mode. Its lifetime rules: the socket is libpq's, which
// may change it while connecting and closes it in PQfinish, so it is only ever lent to Asio.
#include "common/pg/connection.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "common/pg/readiness.hpp"

// libpq brings LDAP, and that GnuTLS, which by itself starts with the program and takes 1.5 MiB. It
// asks for this first (GnuTLS manual, "Initialization"); LDAP starts it when somebody needs it.
extern "C" {
int _gnutls_global_init_skip();
int _gnutls_global_init_skip() {
    return 1;
}
}

namespace tenantry::pg {
namespace {

constexpr int binary = 1;
constexpr int no_query = -1;
constexpr statement discard_plans{"", "DISCARD PLANS"};

std::string field_of(const PGresult* r, int code) {
    const char* value = PQresultErrorField(r, code);
    return value ? value : "";
}

/// FATAL and PANIC: the server closes the connection behind such a message.
bool is_fatal(const PGresult* r) {
    const char* severity = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity && (std::strcmp(severity, "FATAL") == 0 || std::strcmp(severity, "PANIC") == 0);
}

failure failure_of(const PGresult* r, enum failure::kind kind) {
    auto message = field_of(r, PG_DIAG_MESSAGE_PRIMARY);
    if (message.empty()) message = PQresultErrorMessage(r);
    return {kind, field_of(r, PG_DIAG_SQLSTATE), field_of(r, PG_DIAG_CONSTRAINT_NAME),
            std::move(message)};
}

/// Whether arguments of these types may be sent to a statement prepared with those: a type left to
/// the server fits any.
bool fits(const std::vector<Oid>& prepared, const params& arguments) {
    if (prepared.size() != arguments.size()) return false;
    for (std::size_t i = 0; i < prepared.size(); ++i) {
        const auto type = arguments.type_of(i);
        if (type != prepared[i] && type != oid::unspecified && prepared[i] != oid::unspecified)
            return false;
    }
    return true;
}

std::string session_options(const connection_settings& s) {
    return fmt::format(
        "-c statement_timeout={} -c idle_in_transaction_session_timeout={} -c lock_timeout={} {}",
        s.statement_timeout.count(), s.idle_in_transaction_timeout.count(), s.lock_timeout.count(),
        planner_options);
}

}  // namespace

/// What one run has come to so far.
struct connection::run_state {
    std::vector<rows> results{};
    std::optional<failure> refused{};
    std::size_t next_step = 0;
    bool synced = false;
};

connection::connection(executor ex, connection_settings settings)
    : settings_{std::move(settings)},
      socket_{std::make_shared<readiness>(ex)},
      replan_at_{deadline_in(settings_.plan_lifetime)} {}

connection::~connection() {
    socket_->close();
    PQfinish(handle_);
}

task<result<std::unique_ptr<connection>>> connection::connect(executor ex,
                                                              connection_settings settings,
                                                              deadline until) {
    std::unique_ptr<connection> made{new connection{ex, std::move(settings)}};
    if (auto started = made->start_connecting(); !started) co_return started.error();
    auto finished = co_await made->finish_connecting(until);
    if (!finished) co_return finished.error();
    co_return std::move(made);
}

result<void> connection::start_connecting() {
    const auto options = session_options(settings_);
    // A peer that is silent for a minute is gone. A later keyword overrides the conninfo's own, an
    // earlier one is overridden by it: Kerberos is not looked for, which takes time and memory,
    // unless the conninfo says so.
    const std::array<std::pair<const char*, const char*>, 10> parameters{{
        {"gssencmode", "disable"},
        {"dbname", settings_.conninfo.c_str()},
        {"application_name", settings_.application_name.c_str()},
        {"options", options.c_str()},
        {"client_encoding", "UTF8"},
        {"keepalives_idle", "30"},      // seconds
        {"keepalives_interval", "10"},  // seconds
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "60000"},  // milliseconds
        {nullptr, nullptr},
    }};
    std::array<const char*, parameters.size()> keywords, values;
    for (std::size_t i = 0; i < parameters.size(); ++i)
        std::tie(keywords[i], values[i]) = parameters[i];
    constexpr int expand_dbname = 1;
    handle_ = PQconnectStartParams(keywords.data(), values.data(), expand_dbname);
    if (!handle_) throw std::bad_alloc{};
    PQsetNoticeReceiver(handle_, &connection::receive_notice, this);
    if (PQstatus(handle_) == CONNECTION_BAD) return lost();
    return {};
}

task<result<void>> connection::finish_connecting(deadline until) {
    socket_->watch_until(until);
    // PQconnectPoll may close one socket and open another, even of the same number, so it is lent
    // anew for each wait. The first wait is for writing, before any poll (libpq documentation).
    auto wanted = PGRES_POLLING_WRITING;
    while (wanted != PGRES_POLLING_OK) {
        socket_->assign(PQsocket(handle_));
        if (wanted == PGRES_POLLING_READING)
            co_await socket_->readable();
        else
            co_await socket_->readable_or_writable();
        socket_->release();
        if (socket_->expired()) co_return timed_out();
        wanted = PQconnectPoll(handle_);
        if (wanted == PGRES_POLLING_FAILED) co_return lost();
    }
    if (PQsetnonblocking(handle_, 1) != 0 || PQenterPipelineMode(handle_) != 1) co_return lost();
    socket_->assign(PQsocket(handle_));
    socket_->rest();
    co_return result<void>{};
}

task<result<std::vector<rows>>> connection::run(std::span<const query> queries, deadline until) {
    if (broken_) co_return lost();
    require_idle();
    running_ = true;
    run_state run;
    run.results.reserve(queries.size());
    socket_->watch_until(until);
    enqueue(queries);
    auto exchanged = co_await exchange(run);
    socket_->rest();
    running_ = false;
    if (!exchanged) co_return exchanged.error();
    if (run.refused) co_return std::move(*run.refused);
    co_return std::move(run.results);
}

task<result<rows>> connection::run(const statement& sql, params arguments, deadline until) {
    const query one{&sql, std::move(arguments)};
    auto all = co_await run(std::span{&one, 1}, until);
    if (!all) co_return all.error();
    co_return std::move(all->front());
}

void connection::require_idle() const {
    if (running_) throw std::logic_error("a connection runs one batch at a time");
}

void connection::enqueue(std::span<const query> queries) {
    steps_.clear();
    enqueue_replanning();
    for (std::size_t i = 0; i < queries.size(); ++i) {
        const auto index = static_cast<int>(i);
        if (enqueue_preparation(queries[i])) steps_.push_back({index, queries[i].statement->name});
        enqueue_execution(queries[i]);
        steps_.push_back({index, nullptr});
    }
    require_sent(PQpipelineSync(handle_));
}

/// A plan made while a table was small may read all of it, and the server keeps it however large
/// the table becomes, until autovacuum's next look.
void connection::enqueue_replanning() {
    if (prepared_.empty() || std::chrono::steady_clock::now() < replan_at_ || in_transaction())
        return;
    replan_at_ = deadline_in(settings_.plan_lifetime);
    enqueue_execution({&discard_plans});
    steps_.push_back({no_query, discard_plans.name});
}

bool connection::enqueue_preparation(const query& q) {
    const auto& [name, sql] = *q.statement;
    if (*name == '\0') return false;
    if (const auto known = prepared_.find(name); known != prepared_.end()) {
        if (fits(known->second, q.arguments)) return false;
        broken_ = true;
        throw std::logic_error(fmt::format("statement {} was prepared with other types", name));
    }
    auto& types = prepared_[name];
    for (std::size_t i = 0; i < q.arguments.size(); ++i) types.push_back(q.arguments.type_of(i));
    require_sent(PQsendPrepare(handle_, name, sql, static_cast<int>(types.size()), types.data()));
    return true;
}

void connection::enqueue_execution(const query& q) {
    const auto& arguments = q.arguments;
    const auto count = arguments.size();
    types_.resize(count);
    values_.resize(count);
    lengths_.resize(count);
    formats_.assign(count, binary);
    for (std::size_t i = 0; i < count; ++i) {
        types_[i] = arguments.type_of(i);
        values_[i] = arguments.is_null(i) ? nullptr : arguments.encoded(i).data();
        lengths_[i] = static_cast<int>(arguments.encoded(i).size());
    }
    const auto n = static_cast<int>(count);
    const auto& [name, sql] = *q.statement;
    require_sent(*name == '\0' ? PQsendQueryParams(handle_, sql, n, types_.data(), values_.data(),
                                                   lengths_.data(), formats_.data(), binary)
                               : PQsendQueryPrepared(handle_, name, n, values_.data(),
                                                     lengths_.data(), formats_.data(), binary));
}

/// libpq refuses to queue on a dead socket, which exchange() reports, or for a caller's mistake.
void connection::require_sent(int ok) {
    if (ok == 1) return;
    broken_ = true;
    if (PQstatus(handle_) == CONNECTION_OK) throw std::logic_error(PQerrorMessage(handle_));
}

task<result<void>> connection::exchange(run_state& run) {
    for (bool closed = false; !broken_;) {
        collect(run);
        if (run.synced) {
            broken_ = closed;
            co_return result<void>{};
        }
        if (closed || broken_) break;
        if (socket_->expired()) co_return timed_out();
        // A server that blocks on sending stops reading, so a full socket is watched both ways.
        const int unsent = PQflush(handle_);
        if (unsent < 0) break;
        if (unsent == 0)
            co_await socket_->readable();
        else
            co_await socket_->readable_or_writable();
        closed = PQconsumeInput(handle_) == 0;  // what came before the end is still to be collected
    }
    co_return lost();
}

/// Takes every result that has come in. libpq puts a null behind each statement's.
void connection::collect(run_state& run) {
    while (!run.synced && !broken_ && PQisBusy(handle_) == 0) {
        if (result_ptr r{PQgetResult(handle_)})
            take(std::move(r), run);
        else if (PQstatus(handle_) != CONNECTION_OK)
            broken_ = true;
    }
}

void connection::take(result_ptr r, run_state& run) {
    const auto status = PQresultStatus(r.get());
    if (status == PGRES_PIPELINE_SYNC) {
        run.synced = true;
        return;
    }
    if (status == PGRES_FATAL_ERROR && (is_fatal(r.get()) || PQstatus(handle_) != CONNECTION_OK)) {
        note_end(r.get());
        return;
    }
    // Behind the last step only the commit at the Sync can be refused, by a deferred constraint.
    const auto owner =
        run.next_step < steps_.size() ? steps_[run.next_step++] : step{no_query, nullptr};
    switch (status) {
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
        case PGRES_EMPTY_QUERY:
            if (!owner.prepares) run.results.emplace_back(std::move(r));
            return;
        case PGRES_FATAL_ERROR:
            run.refused = failure_of(r.get(), failure::kind::server);
            run.refused->statement_index = owner.query;
            [[fallthrough]];
        case PGRES_PIPELINE_ABORTED:
            if (owner.prepares) prepared_.erase(owner.prepares);
            return;
        default:
            broken_ = true;
            throw std::logic_error("COPY is not spoken here");
    }
}

std::vector<notification> connection::notifications() {
    std::vector<notification> arrived;
    while (PGnotify* n = PQnotifies(handle_)) {
        arrived.push_back({n->relname, n->extra});
        PQfreemem(n);
    }
    return arrived;
}

task<result<std::vector<notification>>> connection::wait_notifications(deadline until) {
    if (broken_) co_return lost();
    require_idle();
    running_ = true;
    socket_->watch_until(until);
    auto arrived = notifications();
    while (arrived.empty() && !socket_->expired() && !broken_) {
        co_await socket_->readable();
        broken_ = PQconsumeInput(handle_) == 0;
        arrived = notifications();
    }
    socket_->rest();
    running_ = false;
    if (!arrived.empty()) co_return std::move(arrived);
    if (broken_) co_return lost();
    co_return failure{failure::kind::timed_out, {}, {}, "no notification before the deadline"};
}

bool connection::still_open() {
    while (!broken_) {
        pollfd socket{PQsocket(handle_), POLLIN, 0};
        if (::poll(&socket, 1, 0) <= 0) return true;
        if (PQconsumeInput(handle_) == 0) broken_ = true;
        PQisBusy(handle_);  // reads the server's last words, which arrive as a notice
    }
    return false;
}

failure connection::lost() {
    broken_ = true;
    if (farewell_.message.empty()) farewell_.message = PQerrorMessage(handle_);
    return farewell_;
}

failure connection::timed_out() {
    broken_ = true;
    return {failure::kind::timed_out, {}, {}, "no answer before the deadline"};
}

void connection::note_end(const PGresult* r) {
    broken_ = true;
    farewell_ = failure_of(r, failure::kind::connection_lost);
}

void connection::receive_notice(void* self, const PGresult* notice) {
    auto& me = *static_cast<connection*>(self);
    if (is_fatal(notice))
        me.note_end(notice);
    else if (me.settings_.on_notice)
        me.settings_.on_notice(field_of(notice, PG_DIAG_MESSAGE_PRIMARY));
}

}  // namespace tenantry::pg
