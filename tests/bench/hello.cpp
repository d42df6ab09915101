// The bare server that GETs are held against: Beast parses, one prebuilt buffer answers, one
// listener and an io_context a core, as in the product, and nothing else.
#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "common/runtime/asio.hpp"

namespace tenantry::bench {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::string_view hello =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: 17\r\n"
    "\r\n"
    R"({"hello":"world"})";

class session : public std::enable_shared_from_this<session> {
public:
    explicit session(tcp_socket socket) : socket_{std::move(socket)} {}

    executor get_executor() { return socket_.get_executor(); }
    void receive() {
        parser_.emplace();
        http::async_read(socket_, buffer_, *parser_,
                         [self = shared_from_this()](error_code ec, std::size_t) {
                             if (!ec) self->send();
                         });
    }

private:
    void send() {
        net::async_write(socket_, net::buffer(hello),
                         [self = shared_from_this()](error_code ec, std::size_t) {
                             if (!ec) self->receive();
                         });
    }

    tcp_socket socket_;
    boost::beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::empty_body>> parser_;
};

/// Deals connections to the contexts in turn: as even as the product's, whatever closes.
class listener {
public:
    listener(std::vector<net::io_context*> contexts, std::uint16_t port)
        : contexts_{std::move(contexts)}, acceptor_{*contexts_.front()} {
        const tcp::endpoint local{net::ip::address_v4::loopback(), port};
        acceptor_.open(local.protocol());
        acceptor_.set_option(tcp_acceptor::reuse_address(true));
        acceptor_.bind(local);
        acceptor_.listen();
        accept();
    }

private:
    void accept() {
        auto& next = *contexts_[turn_++ % contexts_.size()];
        acceptor_.async_accept(next, [this](error_code ec, tcp_socket socket) {
            if (ec) return;
            socket.set_option(tcp::no_delay(true));
            const auto started = std::make_shared<session>(std::move(socket));
            net::post(started->get_executor(), [started] { started->receive(); });
            accept();
        });
    }

    std::vector<net::io_context*> contexts_;
    std::size_t turn_ = 0;
    tcp_acceptor acceptor_;
};

void serve(std::uint16_t port) {
    std::vector<std::unique_ptr<net::io_context>> all;
    std::vector<net::io_context*> contexts;
    for (unsigned i = 0; i < std::max(std::thread::hardware_concurrency(), 1U); ++i)
        contexts.push_back(all.emplace_back(std::make_unique<net::io_context>(1)).get());
    const listener listening{contexts, port};
    std::vector<std::jthread> others;
    for (auto* context : contexts)
        if (context != contexts.front())
            others.emplace_back([context] {
                const auto kept = net::make_work_guard(*context);
                context->run();
            });
    contexts.front()->run();
}

}  // namespace
}  // namespace tenantry::bench

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "Usage: tenantry-bench-hello PORT\n";
        return EXIT_FAILURE;
    }
    const auto port = static_cast<std::uint16_t>(std::stoi(argv[1]));
    tenantry::bench::serve(port);
}
