// The HTTP/1.1 server of one thread: is dealt connections by the listener, keeps them within named
// limits and lets the application answer. It shares with the servers of other threads how many
// connections and requests there may be, and nothing else.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "api/http/admission.hpp"
#include "api/http/application.hpp"
#include "common/runtime/asio.hpp"

namespace tenantry::http {

/// Of one server.
struct settings {
    std::chrono::seconds retry_after{1};  ///< what a client is told that is not admitted

    std::uint32_t header_limit = 16 * 1024;  ///< bytes of request line and headers; 431
    std::size_t body_limit = 1024 * 1024;    ///< bytes of a body, unless its policy says; 413

    /// Bytes that are held for clients, of bodies whose requests are not answered yet and of
    /// responses that are not taken yet: beyond, the slowest client's connection is ended.
    std::size_t unanswered_limit = 32 * 1024 * 1024;
    std::size_t unsent_limit = 32 * 1024 * 1024;

    std::chrono::milliseconds header_timeout{10'000};      ///< from a request's first byte; 408
    std::chrono::milliseconds body_timeout{20'000};        ///< from the end of its headers; 408
    std::chrono::milliseconds keep_alive_timeout{75'000};  ///< between two requests; closed
    std::chrono::milliseconds write_timeout{30'000};       ///< for one response; closed
    std::chrono::milliseconds request_deadline{10'000};    ///< from its last byte

    /// After a refusal the client may still be sending. So much is read and thrown away, so that it
    /// sees the response and not a reset.
    std::chrono::milliseconds linger_timeout{2'000};
    std::size_t linger_limit = 4 * 1024 * 1024;  ///< bytes

    /// How often deadlines are looked at: a timeout comes late by no more than this.
    std::chrono::milliseconds sweep_interval{100};
};

/// A number with one writer, the server's thread, and any readers: no locked instruction is needed.
class counter {
public:
    void add(std::uint64_t n) { set(value() + n); }
    void subtract(std::uint64_t n) { set(value() - n); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    void set(std::uint64_t n) { value_.store(n, std::memory_order_relaxed); }
    std::atomic<std::uint64_t> value_{0};
};

struct counters {
    counter connections;    ///< open now
    counter in_flight;      ///< requests in the application now
    counter accepted;       ///< connections, since the start
    counter requests;       ///< read in full, since the start
    counter refused;        ///< connections and requests refused by the server, since the start
    counter bytes_read;     ///< since the start
    counter bytes_written;  ///< since the start
};

class server {
public:
    /// `context` outlives the server. `app` outlives the connections, thus the run of `context`.
    server(net::io_context& context, http::settings settings, admission& admission,
           application& app);
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    executor get_executor() const;

    /// Answers the requests of a connection, whose socket has this server's executor. From any
    /// thread.
    void take(tcp_socket socket);

    /// Connections that were taken and have not ended. From any thread.
    std::size_t open() const;

    /// Ends every connection: idle ones at once, others after the response to what they have sent,
    /// which says Connection: close. Returns when all have ended, or after `bound`, when the rest
    /// are cut off; true when none had to be. On the context's thread, once the listener has
    /// stopped.
    task<bool> drain(std::chrono::steady_clock::duration bound);

    /// From any thread.
    const http::counters& counters() const;

private:
    class impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace tenantry::http
