// The threads that serve: each owns one io_context and everything that runs on it, so nothing that
// changes is shared and nothing needs a strand.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/runtime/asio.hpp"

namespace tenantry {

class io_threads {
public:
    /// `count` contexts; their threads will be named `name`-0, `name`-1 … (15 characters at most).
    io_threads(std::size_t count, std::string name);

    /// Stops and joins what still runs.
    ~io_threads();
    io_threads(const io_threads&) = delete;
    io_threads& operator=(const io_threads&) = delete;

    std::size_t size() const { return loops_.size(); }
    net::io_context& context(std::size_t index) { return loops_.at(index)->context; }

    /// Starts every thread. Each runs until `finish` was called and its context has no work left,
    /// or until `stop`. An exception that escapes from a handler is logged and terminates the
    /// process: it is a bug, and what it left behind is unknown.
    void start();

    /// Lets each thread end once its work has.
    void finish();

    /// Ends each thread after the handler it is in.
    void stop();

    /// Waits for every thread.
    void join();

private:
    struct loop {
        net::io_context context{1};
        std::optional<net::executor_work_guard<executor>> guard{context.get_executor()};
        std::thread thread{};
    };

    const std::string name_;
    std::vector<std::unique_ptr<loop>> loops_;
};

}  // namespace tenantry
