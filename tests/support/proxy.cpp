#include "tests/support/proxy.hpp"

#include <array>
#include <future>
#include <vector>

#include "common/runtime/spawn.hpp"
#include "tests/support/servers.hpp"

namespace tenantry::test {

namespace {

/// Closes with a reset instead of a farewell.
void reset(tcp_socket& socket) {
    boost::system::error_code ignored;
    socket.set_option(net::socket_base::linger{true, 0}, ignored);
    socket.close(ignored);
}

/// A connection of a client and the one to the server that belongs to it.
struct tunnel {
    tcp_socket client;
    tcp_socket server;

    void cut() {
        reset(client);
        reset(server);
    }
};

}  // namespace

/// Lives on the proxy's thread.
class proxy::state {
public:
    explicit state(std::uint16_t to)
        : target{to},
          acceptor_{io.get_executor(), {net::ip::address_v4::loopback(), free_port()}} {}

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    void run() {
        spawn(io, accept_all());
        io.run();
    }

    void cut() {
        for (const auto& each : tunnels_)
            if (const auto open = each.lock()) open->cut();
        tunnels_.clear();
    }

    net::io_context io{1};
    std::uint16_t target;
    std::chrono::milliseconds delay_to_server{0};
    std::chrono::milliseconds delay_to_client{0};
    bool refusing = false;

private:
    task<> accept_all() {
        for (;;) {
            auto [ec, socket] = co_await acceptor_.async_accept(use_task);
            if (ec) continue;
            if (refusing)
                reset(socket);
            else
                spawn(io, serve(std::move(socket)));
        }
    }

    task<> serve(tcp_socket client) {
        tunnel sockets{std::move(client), tcp_socket{io.get_executor()}};
        const auto both = std::make_shared<tunnel>(std::move(sockets));
        std::erase_if(tunnels_, [](const auto& each) { return each.expired(); });
        tunnels_.push_back(both);
        const tcp::endpoint server{net::ip::address_v4::loopback(), target};
        auto [ec] = co_await both->server.async_connect(server, use_task);
        if (ec) co_return both->cut();
        both->client.set_option(tcp::no_delay{true}, ec);
        both->server.set_option(tcp::no_delay{true}, ec);
        spawn(io, pump(both, both->client, both->server, delay_to_server));
        spawn(io, pump(both, both->server, both->client, delay_to_client));
    }

    /// One direction, until its end has been passed on. The tunnel stays open for the other one.
    task<> pump(std::shared_ptr<tunnel> both, tcp_socket& from, tcp_socket& to,
                const std::chrono::milliseconds& delay) {
        constexpr std::size_t chunk = 16 * 1024;
        std::array<char, chunk> buffer;
        for (;;) {
            auto [ec, size] = co_await from.async_read_some(net::buffer(buffer), use_task);
            if (ec && ec != net::error::eof) co_return both->cut();
            if (ec) break;
            if (delay.count() > 0) {
                steady_timer timer{io, delay};
                co_await timer.async_wait(use_task);
            }
            const auto received = net::buffer(buffer, size);
            auto [failed, sent] = co_await net::async_write(to, received, use_task);
            if (failed) co_return both->cut();
        }
        boost::system::error_code ignored;
        to.shutdown(tcp_socket::shutdown_send, ignored);
    }

    tcp_acceptor acceptor_;
    std::vector<std::weak_ptr<tunnel>> tunnels_;
};

proxy::proxy(std::uint16_t target)
    : state_{std::make_unique<state>(target)}, port_{state_->port()}, thread_{[this] {
          state_->run();
      }} {}

proxy::~proxy() {
    state_->io.stop();
    thread_.join();
}

void proxy::tell(std::function<void()> what) {
    std::packaged_task<void()> told{std::move(what)};
    auto done = told.get_future();
    net::post(state_->io, [&told] { told(); });
    done.get();
}

void proxy::delay(std::chrono::milliseconds to_server, std::chrono::milliseconds to_client) {
    tell([=, this] {
        state_->delay_to_server = to_server;
        state_->delay_to_client = to_client;
    });
}

void proxy::cut() {
    tell([this] { state_->cut(); });
}

void proxy::refuse() {
    tell([this] {
        state_->refusing = true;
        state_->cut();
    });
}

void proxy::accept() {
    tell([this] { state_->refusing = false; });
}

void proxy::switch_to(std::uint16_t target) {
    tell([this, target] { state_->target = target; });
}

}  // namespace tenantry::test
