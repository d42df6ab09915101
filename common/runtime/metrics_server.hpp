// What a program tells its operators: metrics for Prometheus, and whether it lives and is ready, on
// a port of its own that no client of the API can reach.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/runtime/asio.hpp"

namespace tenantry {

/// The answer of a health check: 200 or 503, and a line of text.
struct health {
    unsigned status = 200;
    std::string body = "ok\n";
};

struct metrics_settings {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;            ///< 0: the system chooses one
    std::chrono::seconds timeout{10};  ///< for one request to arrive and its response to leave
    std::size_t max_connections = 32;  ///< more are closed at once
};

/// Serves GET and HEAD of /metrics (Prometheus text format 0.0.4), also as /, /healthz and /readyz;
/// 404 and 405 otherwise.
class metrics_server {
public:
    /// `exposition` is what /metrics answers, in Prometheus' text format; `ready` what /readyz
    /// does. Both run on the thread of `context`, which outlives the server.
    metrics_server(net::io_context& context, metrics_settings settings,
                   std::function<std::string()> exposition, std::function<health()> ready);
    ~metrics_server();
    metrics_server(const metrics_server&) = delete;
    metrics_server& operator=(const metrics_server&) = delete;

    /// Binds and accepts from now on. Throws boost::system::system_error when it cannot.
    void listen();

    /// The port that is listened on, 0 before listen().
    std::uint16_t port() const;

    /// Closes the listener and every connection, so that the run of `context` can end.
    void stop();

private:
    class impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace tenantry
