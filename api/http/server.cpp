#include "api/http/server.hpp"

#include "api/http/session.hpp"
#include "common/runtime/log.hpp"

namespace tenantry::http {
namespace {

using boost::system::error_code;
using reuse_port = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

// So many connections beyond the limit are told why at a time; the rest are closed without a word.
constexpr std::size_t max_turned_away = 64;

task<> run(std::unique_ptr<session> s) {
    co_await s->serve();
}

void log_failure(std::exception_ptr failure) {
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& e) {
        log::error("an HTTP coroutine failed", {{"what", e.what()}});
    }
}

}  // namespace

class server::impl : public session_host {
public:
    impl(net::io_context& context, http::settings s, http::admission& shared, application& a)
        : session_host(context, std::move(s), shared, a),
          context_(context),
          acceptor_(context),
          sweeper_(context),
          retry_(context) {}

    void listen(const std::shared_ptr<impl>& self) {
        const tcp::endpoint local{net::ip::make_address(settings.address), settings.port};
        acceptor_.open(local.protocol());
        acceptor_.set_option(tcp_acceptor::reuse_address(true));
        acceptor_.set_option(reuse_port(true));
        acceptor_.bind(local);
        acceptor_.listen(tcp_acceptor::max_listen_connections);
        port_ = acceptor_.local_endpoint().port();
        net::co_spawn(context_, accept(self), log_failure);
        net::co_spawn(context_, sweep(self), log_failure);
    }

    std::uint16_t port() const { return port_; }

    void stop_accepting() {
        error_code ignored;  // closing twice is fine
        acceptor_.close(ignored);
        retry_.cancel();
    }

    task<bool> drain(std::chrono::steady_clock::duration bound) {
        stop_accepting();
        draining = true;
        for (session& s : sessions) s.begin_drain();
        if (!sessions.empty()) {
            emptied.expires_after(bound);
            co_await emptied.async_wait(use_task);
        }
        const bool all_ended = sessions.empty();
        for (session& s : sessions) s.cut_off();
        sweeper_.cancel();
        co_return all_ended;
    }

private:
    static task<> accept(std::shared_ptr<impl> self) {
        while (self->acceptor_.is_open()) {
            auto [ec, socket] = co_await self->acceptor_.async_accept(use_task);
            if (!ec) {
                self->admit(self, std::move(socket));
            } else if (self->acceptor_.is_open() && ec != net::error::connection_aborted) {
                // Out of descriptors or memory: to try again at once would only spin.
                log::warn("cannot accept a connection", {{"reason", ec.message()}});
                self->retry_.expires_after(self->settings.sweep_interval);
                co_await self->retry_.async_wait(use_task);
            }
        }
    }

    // Admission of a connection; that of a request is in session::answer.
    void admit(const std::shared_ptr<impl>& self, tcp_socket socket) {
        counters.accepted.add(1);
        error_code ec;
        socket.non_blocking(true, ec);
        if (!ec) socket.set_option(tcp::no_delay(true), ec);
        auto place = admission.connections.take();
        if (ec || draining || (!place && turned_away == max_turned_away)) return;
        auto admitted = std::make_unique<session>(self, std::move(socket), std::move(place));
        net::co_spawn(context_, run(std::move(admitted)), log_failure);
    }

    static task<> sweep(std::shared_ptr<impl> self) {
        while (self->acceptor_.is_open() || !self->sessions.empty()) {
            self->sweeper_.expires_after(self->settings.sweep_interval);
            co_await self->sweeper_.async_wait(use_task);
            const auto now = std::chrono::steady_clock::now();
            for (session& s : self->sessions) s.check_deadline(now);
        }
    }

    net::io_context& context_;
    tcp_acceptor acceptor_;
    steady_timer sweeper_;
    steady_timer retry_;
    std::uint16_t port_ = 0;
};

server::server(net::io_context& context, http::settings settings, http::admission& admission,
               application& app)
    : impl_(std::make_shared<impl>(context, std::move(settings), admission, app)) {}

server::~server() {
    impl_->stop_accepting();
}

void server::listen() {
    impl_->listen(impl_);
}

std::uint16_t server::port() const {
    return impl_->port();
}

void server::stop_accepting() {
    impl_->stop_accepting();
}

task<bool> server::drain(std::chrono::steady_clock::duration bound) {
    return impl_->drain(bound);
}

const counters& server::counters() const {
    return impl_->counters;
}

}  // namespace tenantry::http
