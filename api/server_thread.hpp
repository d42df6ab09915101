// All that one serving thread owns: its client connections, its PostgreSQL and Redis connections,
// its application.
#pragma once

#include "api/application.hpp"
#include "api/http/server.hpp"
#include "api/process.hpp"
#include "api/service/environment.hpp"

namespace tenantry::api {

class server_thread {
public:
    /// To be made before the context runs.
    server_thread(net::io_context& context, process& shared);

    /// What the listener deals connections to.
    http::server& server() { return server_; }

    /// Ends what is in progress within the bound, then lets the context run out of work; true when
    /// nothing had to be cut off.
    task<bool> drain(std::chrono::milliseconds bound);

    const http::counters& counters() const { return server_.counters(); }
    pg::pool::counters database_counts() const { return database_.counts(); }

private:
    pg::pool database_;
    store::agency_turns alone_, slow_;
    redis::connection redis_;
    service::job_pusher pusher_;
    service::commit_queues commits_;
    store::company_reads companies_;
    store::key_holder_read key_holders_;
    service::environment env_;
    guard::authenticator authenticator_;
    guard::rate_limiter limiter_;
    guard::session_guard sessions_;
    application application_;
    http::server server_;
};

}  // namespace tenantry::api
