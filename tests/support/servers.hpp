// Real servers, programs and databases for tests: each private to one test, none outlives it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/runtime/asio.hpp"

namespace tenantry::test {

/// How long a test waits for what should happen at once, on a machine under load.
inline constexpr std::chrono::seconds patience{15};

/// Polls until the predicate holds; whether it did in time.
bool eventually(const std::function<bool()>& predicate,
                std::chrono::milliseconds timeout = patience);

/// Lets everything that is ready on this coroutine's executor run, until the predicate holds.
/// Throws when it does not in time.
template<class Predicate>
task<> until(Predicate holds) {
    steady_timer tick{co_await net::this_coro::executor};
    for (const auto end = std::chrono::steady_clock::now() + patience; !holds();) {
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error{"what a test waited for did not come about"};
        tick.expires_after(std::chrono::milliseconds{1});
        co_await tick.async_wait(use_task);
    }
}

/// Runs `make()`'s coroutine on an io_context of its own and returns its value or throws what it
/// threw. `make` takes the executor. Returns once nothing is left to do there, so what a test
/// opens on the executor must be closed inside the coroutine.
template<class Make>
auto run_on_io(Make make) {
    net::io_context io{1};
    std::exception_ptr thrown;
    using value_type = typename decltype(make(io.get_executor()))::value_type;
    if constexpr (std::is_void_v<value_type>) {
        net::co_spawn(io, make(io.get_executor()),
                      [&thrown](std::exception_ptr e) { thrown = std::move(e); });
        io.run();
        if (thrown) std::rethrow_exception(thrown);
    } else {
        std::optional<value_type> value;
        net::co_spawn(io, make(io.get_executor()), [&](std::exception_ptr e, value_type v) {
            thrown = std::move(e);
            if (!thrown) value.emplace(std::move(v));
        });
        io.run();
        if (thrown) std::rethrow_exception(thrown);
        return std::move(*value);
    }
}

/// A directory of its own, removed with everything in it.
class temporary_directory {
public:
    temporary_directory();
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;
    ~temporary_directory();
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// A TCP port of the loopback on which nobody listened a moment ago, another one at each call.
std::uint16_t free_port();

/// A running program. Killed with the object, and by the kernel should the tests die first.
class process {
public:
    struct options {
        std::map<std::string, std::string> environment{};  ///< on top of the tests' own
        std::filesystem::path output{};  ///< takes stdout and stderr; empty for /dev/null
    };

    /// Starts `arguments[0]`, looked up in PATH. Throws std::system_error when it cannot start.
    explicit process(std::vector<std::string> arguments)
        : process{std::move(arguments), options{}} {}
    process(std::vector<std::string> arguments, options o);
    process(const process&) = delete;
    process& operator=(const process&) = delete;
    ~process();

    pid_t pid() const { return pid_; }
    void signal(int number);
    /// The exit status as a shell has it (128 + n after signal n), or nothing after the timeout.
    std::optional<int> wait(std::chrono::milliseconds timeout = patience);
    bool running() { return !wait(std::chrono::milliseconds{0}); }

private:
    pid_t pid_ = -1;
    std::optional<int> status_;
};

/// A redis-server with nothing on disk unless `append_only`, that refuses rather than evicts.
class redis_server {
public:
    explicit redis_server(bool append_only = false);

    std::string url() const;
    std::uint16_t port() const { return port_; }
    /// As a crash does: SIGKILL. restart() brings it back on the same port.
    void kill();
    void restart();
    /// Brings it back with nothing, not even what it had on disk.
    void restart_empty();
    /// Stops answering while its connections stay open (SIGSTOP), until resume().
    void suspend();
    void resume();

private:
    void start();

    temporary_directory directory_;
    std::uint16_t port_;
    bool append_only_;
    std::optional<process> server_;
};

/// A fresh copy of the migrated database, dropped with the object. Needs the environment that
/// scripts/test sets up.
class database {
public:
    database();
    database(const database&) = delete;
    database& operator=(const database&) = delete;
    ~database();

    /// The same database for its owner (a superuser), the API's role and the worker's.
    std::string owner_url() const;
    std::string api_url() const;
    std::string worker_url() const;

    /// Runs SQL as the owner, outside the code under test, and returns the first column of the
    /// first row, or "". Throws std::runtime_error with the server's message.
    std::string execute(const std::string& sql) const;

private:
    std::string name_;
};

}  // namespace tenantry::test
