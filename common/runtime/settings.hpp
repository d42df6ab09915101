// Everything an operator can set, typed and checked before anything starts. The table of all
// settings, their defaults and their limits is at the top of settings.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "common/runtime/asio.hpp"
#include "common/runtime/log.hpp"

namespace tenantry {

struct shared_settings {
    std::string database_url;  ///< empty only for tenantry-admin, whose keyring commands need none
    std::string redis_url;
    log::level log_level;
    std::chrono::milliseconds wait_timeout;
    std::vector<std::string> warnings;  ///< to be logged once the log runs
};

struct server_settings : shared_settings {
    net::ip::address metrics_address;
    std::uint16_t metrics_port;
    std::chrono::milliseconds drain_timeout;
};

struct keyring_settings {
    std::filesystem::path file;
    bool shared;  ///< others than the owner may have access to the file
};

enum class access_log { on, off, errors };

struct api_settings : server_settings {
    keyring_settings keyring;
    net::ip::address http_address;
    std::uint16_t http_port;
    std::size_t threads;  ///< never 0: one per core is counted out already
    std::size_t database_connections;
    std::size_t max_connections;
    std::size_t max_in_flight;
    std::size_t unanswered_limit;  ///< bytes, of the process
    std::size_t unsent_limit;      ///< likewise
    std::size_t header_limit;      ///< bytes
    std::size_t body_limit;        ///< bytes
    std::chrono::milliseconds header_timeout;
    std::chrono::milliseconds body_timeout;
    std::chrono::milliseconds keep_alive_timeout;
    std::chrono::milliseconds request_timeout;
    std::vector<std::string> cors_origins;
    tenantry::access_log access_log;
    std::chrono::milliseconds key_cache_ttl;
    std::size_t key_cache_size;
    std::size_t page_cache_size;  ///< bytes, of each thread
    std::chrono::milliseconds session_ttl;
    std::chrono::milliseconds idempotency_ttl;
};

/// A queue that a worker serves.
struct queue_share {
    std::string queue;
    std::size_t batches = 0;  ///< in progress at once; never 0 once it is read
};

struct worker_settings : server_settings {
    std::vector<queue_share> queues;
    std::size_t batch_size;
    std::chrono::milliseconds lease;
    std::chrono::milliseconds heartbeat;
    std::chrono::milliseconds sweep;
    std::chrono::milliseconds relay_interval;
    std::chrono::milliseconds read_block;
    std::chrono::milliseconds job_timeout;
    std::size_t database_cpus;
    std::chrono::milliseconds yield_for;
    std::string worker_name;
};

struct admin_settings : shared_settings {
    keyring_settings keyring;
    std::vector<std::string> command;  ///< what is no setting, in its order: words and own flags
};

/// A program that is not to run: after --help or --version (status 0), or for a bad setting (2).
struct early_exit {
    int status;
    std::string text;  ///< for standard output when the status is 0, else for standard error
};

template<class Settings>
using loaded = std::variant<Settings, early_exit>;

/// From flags (`--http-port 8080`), which win, and the environment (`TENANTRY_HTTP_PORT`, where an
/// empty value counts as none). The arguments are those of main; `environment` ends with a null.
loaded<api_settings> load_api_settings(int argc, const char* const* argv,
                                       const char* const* environment);
loaded<worker_settings> load_worker_settings(int argc, const char* const* argv,
                                             const char* const* environment);
loaded<admin_settings> load_admin_settings(int argc, const char* const* argv,
                                           const char* const* environment);

}  // namespace tenantry
