// What the API's control thread keeps an eye on while the serving threads serve.
#pragma once

#include "api/process.hpp"
#include "common/pg/pool.hpp"
#include "common/redis/connection.hpp"

namespace tenantry::api {

/// Each runs until its stop flag is set or its executor's context stops.
class watch {
public:
    watch(net::io_context& context, process& shared);

    /// Returns once PostgreSQL is reachable and migrated, or at the deadline: whether it is.
    task<bool> wait_for_database(deadline until);

    /// So that not even the first request waits for ids.
    task<void> fill_reserves();

    /// Starts to follow PostgreSQL, Redis, revocations and the keyring file.
    void start();
    void stop();

private:
    task<void> look_at_stores();
    task<void> follow_revocations();
    task<void> look_at_keyring();
    task<void> pause(std::chrono::milliseconds d);
    task<void> check_database(deadline until);

    net::io_context& context_;
    process& shared_;
    pg::pool database_;
    redis::connection redis_;
    bool stopping_ = false;
    bool database_was_ready_ = true;
};

}  // namespace tenantry::api
