// A server on a loopback port with an application that a test can steer, and a client that sends
// exactly the bytes it is told to.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <future>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>

#include "api/http/application.hpp"
#include "api/http/listener.hpp"

namespace http_harness {

using namespace tenantry;
using namespace std::chrono_literals;

inline unsigned status_of(errc code) {
    switch (code) {
        case errc::length_required:
            return 411;
        case errc::payload_too_large:
            return 413;
        case errc::unsupported_media_type:
            return 415;
        case errc::headers_too_large:
            return 431;
        case errc::request_timeout:
            return 408;
        case errc::overloaded:
            return 503;
        case errc::internal:
            return 500;
        default:
            return 400;
    }
}

/// Answers "METHOD TARGET BODY", or waits at a gate for a target that starts with "/wait".
class echo final : public http::application {
public:
    explicit echo(net::io_context& context) : gate_(context, steady_timer::time_point::max()) {}

    task<http::response> handle(http::request& request) override {
        if (request.path() == "/throw") throw std::runtime_error("the handler failed");
        if (request.path() == "/throw-int") throw 7;
        if (request.path().starts_with("/wait")) {
            waiting.release();
            co_await gate_.async_wait(use_task);
        }
        http::response answer{.content_type = "text/plain"};
        answer.close = request.path() == "/close";
        if (request.path() == "/large") answer.body.assign(large_body, 'x');
        if (answer.body.empty()) {
            answer.body = std::string{request.method_text()} + ' ' + std::string{request.target()} +
                          ' ' + std::string{request.body()};
        }
        co_return answer;
    }

    http::response refuse(const http::protocol_refusal& refusal) override {
        http::response answer{.status = status_of(refusal.code), .content_type = "text/plain"};
        answer.body = std::to_string(static_cast<int>(refusal.code)) + '|' +
                      std::string{refusal.subject} + '|' + std::string{refusal.path} + '|' +
                      std::string{refusal.cause};
        return answer;
    }

    bool is_probe(const http::request_head& head) const override { return head.path() == "/probe"; }
    http::body_policy body_policy_for(const http::request_head&) override { return policy; }

    /// On the server's thread.
    void open_gate() { gate_.cancel(); }

    static constexpr std::size_t large_body = 8 * 1024 * 1024;
    http::body_policy policy{.json = false};
    std::counting_semaphore<> waiting{0};  ///< released by each request that arrived at the gate

private:
    steady_timer gate_;
};

/// A listener on a loopback port, on a thread of its own.
class running_listener {
public:
    explicit running_listener(std::vector<http::server*> servers)
        : listener_{context_, std::move(servers)} {
        listener_.listen({net::ip::address_v4::loopback(), 0});
        port_ = listener_.port();
        thread_ = std::thread{[this] { context_.run(); }};
    }
    ~running_listener() { stop(); }

    std::uint16_t port() const { return port_; }
    void stop() {
        if (!thread_.joinable()) return;
        net::post(context_, [this] { listener_.stop(); });
        thread_.join();
    }

private:
    net::io_context context_{1};
    http::listener listener_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

/// The server on a thread of its own, with a listener.
class running_server {
public:
    explicit running_server(http::settings settings = {},
                            http::body_policy policy = {.json = false})
        : running_server{std::move(settings), policy, std::make_shared<http::admission>()} {}
    /// One of several that admit together.
    running_server(http::settings settings, std::shared_ptr<http::admission> shared)
        : running_server{std::move(settings), {.json = false}, std::move(shared)} {}
    ~running_server() {
        open_gate();
        drain(5s);
        work_.reset();
        thread_.join();
    }

    std::uint16_t port() const { return listener_.port(); }
    http::server& server() { return server_; }
    const http::counters& counters() const { return server_.counters(); }
    void open_gate() {
        net::post(context_, [this] { app_.open_gate(); });
    }
    void await_waiting() { BOOST_REQUIRE(app_.waiting.try_acquire_for(5s)); }
    bool drain(std::chrono::steady_clock::duration bound) { return start_drain(bound).get(); }
    std::future<bool> start_drain(std::chrono::steady_clock::duration bound) {
        listener_.stop();
        return net::co_spawn(context_, server_.drain(bound), net::use_future);
    }

private:
    running_server(http::settings settings, http::body_policy policy,
                   std::shared_ptr<http::admission> shared)
        : admission_(std::move(shared)),
          app_(context_),
          server_(context_, std::move(settings), *admission_, app_) {
        app_.policy = policy;
        thread_ = std::thread{[this] { context_.run(); }};
    }

    std::shared_ptr<http::admission> admission_;
    net::io_context context_{1};
    net::executor_work_guard<executor> work_ = net::make_work_guard(context_);
    echo app_;
    http::server server_;
    running_listener listener_{{&server_}};
    std::thread thread_;
};

/// Milliseconds where the default is seconds, so that a test of a timeout is short.
inline http::settings quick() {
    return {.header_timeout = 150ms,
            .body_timeout = 150ms,
            .keep_alive_timeout = 150ms,
            .write_timeout = 300ms,
            .linger_timeout = 200ms,
            .sweep_interval = 10ms};
}

class client {
public:
    /// With `window` the client's kernel takes no more than about that many bytes ahead of it.
    explicit client(std::uint16_t port, int window = 0) : socket_(context_, tcp::v4()) {
        if (window) socket_.set_option(tcp::socket::receive_buffer_size(window));
        socket_.connect({net::ip::address_v4::loopback(), port});
    }

    client& send(std::string_view bytes) {
        boost::system::error_code ec;  // a server that refuses may close while this still sends
        net::write(socket_, net::buffer(bytes), ec);
        return *this;
    }

    void finish_sending() { socket_.shutdown(tcp::socket::shutdown_send); }

    /// Closes with a reset instead of a farewell.
    void reset() {
        socket_.set_option(tcp::socket::linger(true, 0));
        socket_.close();
    }

    /// One whole response as text; what came so far when the server closed. `head`: none has a
    /// body.
    std::string receive(bool head = false) {
        while (received_.find("\r\n\r\n") == received_.npos && read_some()) {
        }
        const auto end = received_.find("\r\n\r\n");
        if (end == received_.npos) return std::exchange(received_, {});
        std::size_t size = end + 4;
        constexpr std::string_view length = "Content-Length: ";
        if (const auto at = received_.find(length); !head && at < end) {
            size += std::stoul(received_.substr(at + length.size()));
        }
        while (received_.size() < size && read_some()) {
        }
        std::string response = received_.substr(0, size);
        received_.erase(0, size);
        return response;
    }

    /// Everything until the server closes.
    std::string receive_all() {
        while (read_some()) {
        }
        return std::exchange(received_, {});
    }

    /// True when the server has ended the connection and nothing more is to be read.
    bool at_end() { return received_.empty() && !read_some(); }

private:
    bool read_some() {
        pollfd waiting{socket_.native_handle(), POLLIN, 0};
        if (::poll(&waiting, 1, 10'000) != 1) throw std::runtime_error("no answer in 10 s");
        char bytes[65536];
        boost::system::error_code ec;
        const auto n = socket_.read_some(net::buffer(bytes), ec);
        received_.append(bytes, n);
        was_reset_ = was_reset_ || ec == net::error::connection_reset;
        return !ec;
    }

public:
    bool was_reset() const { return was_reset_; }

private:
    net::io_context context_{1};
    tcp::socket socket_;
    std::string received_;
    bool was_reset_ = false;
};

/// Waits for what another thread's counters will say.
template<class Condition>
void await(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
        BOOST_REQUIRE((std::chrono::steady_clock::now() < end));
        std::this_thread::yield();
    }
}

inline std::string get(std::string_view target, std::string_view more = {}) {
    return "GET " + std::string{target} + " HTTP/1.1\r\nHost: h\r\n" + std::string{more} + "\r\n";
}

inline std::string post(std::string_view target, std::string_view body,
                        std::string_view more = {}) {
    return "POST " + std::string{target} +
           " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string{more} + "\r\n" + std::string{body};
}

inline bool has(const std::string& text, std::string_view part) {
    return text.find(part) != text.npos;
}

inline std::string status(const std::string& response) {
    return response.size() < 12 ? response : response.substr(9, 3);
}

inline std::string body(const std::string& response) {
    const auto end = response.find("\r\n\r\n");
    return end == response.npos ? std::string{} : response.substr(end + 4);
}

}  // namespace http_harness
