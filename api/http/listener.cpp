#include "api/http/listener.hpp"

#include <algorithm>

#include "common/runtime/log.hpp"
#include "common/runtime/spawn.hpp"

namespace tenantry::http {
namespace {

using boost::system::error_code;

/// Out of descriptors or memory, to try again at once would only spin.
constexpr std::chrono::milliseconds retry_interval{100};

}  // namespace

listener::listener(net::io_context& context, std::vector<server*> servers)
    : servers_{std::move(servers)}, acceptor_{context}, retry_{context} {}

void listener::listen(const tcp::endpoint& local) {
    acceptor_.open(local.protocol());
    acceptor_.set_option(tcp_acceptor::reuse_address(true));
    acceptor_.bind(local);
    acceptor_.listen(tcp_acceptor::max_listen_connections);
    spawn(acceptor_.get_executor(), accept());
}

void listener::stop() {
    error_code ignored;  // closing twice is fine
    acceptor_.close(ignored);
    retry_.cancel();
}

task<> listener::accept() {
    while (acceptor_.is_open()) {
        auto& next = least_busy();
        auto [ec, socket] = co_await acceptor_.async_accept(next.get_executor(), use_task);
        if (!ec) {
            next.take(std::move(socket));
        } else if (acceptor_.is_open() && ec != net::error::connection_aborted) {
            log::warn("cannot accept a connection", {{"reason", ec.message()}});
            retry_.expires_after(retry_interval);
            co_await retry_.async_wait(use_task);
        }
    }
}

server& listener::least_busy() const {
    return **std::ranges::min_element(servers_, {}, [](const auto* s) { return s->open(); });
}

}  // namespace tenantry::http
