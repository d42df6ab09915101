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
    acceptor_.non_blocking(true);
    spawn(acceptor_.get_executor(), accept());
}

void listener::stop() {
    error_code ignored;  // closing twice is fine
    acceptor_.close(ignored);
    retry_.cancel();
}

task<> listener::accept() {
    while (acceptor_.is_open()) {
        co_await acceptor_.async_wait(tcp_acceptor::wait_read, use_task);
        const auto ec = accept_those_that_wait();
        if (!ec || !acceptor_.is_open()) continue;
        log::warn("cannot accept a connection", {{"reason", ec.message()}});
        retry_.expires_after(retry_interval);
        co_await retry_.async_wait(use_task);
    }
}

/// Each goes to the server that has the fewest when it comes. Returns what ended it, unless nobody
/// waits any more.
error_code listener::accept_those_that_wait() {
    error_code ec;
    while (acceptor_.is_open()) {
        auto& next = least_busy();
        auto socket = acceptor_.accept(next.get_executor(), ec);
        if (ec == net::error::connection_aborted) continue;
        if (ec) break;
        next.take(std::move(socket));
    }
    return ec == net::error::would_block ? error_code{} : ec;
}

server& listener::least_busy() const {
    return **std::ranges::min_element(servers_, {}, [](const auto* s) { return s->open(); });
}

}  // namespace tenantry::http
