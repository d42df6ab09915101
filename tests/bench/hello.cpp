// The bare server that GETs are held against: Beast parses, one prebuilt buffer answers, a listener
// and an io_context a core, as in the product, and nothing else.
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
using reuse_port = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr std::string_view hello =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: 17\r\n"
    "\r\n"
    R"({"hello":"world"})";

class session : public std::enable_shared_from_this<session> {
public:
    explicit session(tcp_socket socket) : socket_{std::move(socket)} {}

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

class listener {
public:
    listener(net::io_context& context, std::uint16_t port) : acceptor_{context} {
        const tcp::endpoint local{net::ip::address_v4::loopback(), port};
        acceptor_.open(local.protocol());
        acceptor_.set_option(tcp_acceptor::reuse_address(true));
        acceptor_.set_option(reuse_port(true));
        acceptor_.bind(local);
        acceptor_.listen();
        accept();
    }

private:
    void accept() {
        acceptor_.async_accept([this](error_code ec, tcp_socket socket) {
            if (ec) return;
            socket.set_option(tcp::no_delay(true));
            std::make_shared<session>(std::move(socket))->receive();
            accept();
        });
    }

    tcp_acceptor acceptor_;
};

void serve(std::uint16_t port) {
    net::io_context context{1};
    const listener listening{context, port};
    context.run();
}

}  // namespace
}  // namespace tenantry::bench

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "Usage: tenantry-bench-hello PORT\n";
        return EXIT_FAILURE;
    }
    const auto port = static_cast<std::uint16_t>(std::stoi(argv[1]));
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i)
        others.emplace_back(tenantry::bench::serve, port);
    tenantry::bench::serve(port);
}
