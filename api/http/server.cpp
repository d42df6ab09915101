#include "api/http/server.hpp"

#include "api/http/session.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/spawn.hpp"

namespace tenantry::http {
namespace {

using boost::system::error_code;

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
        : session_host(context, std::move(s), shared, a), context_(context), sweeper_(context) {}

    void start(const std::shared_ptr<impl>& self) { spawn(context_, sweep(self)); }

    executor get_executor() const { return context_.get_executor(); }

    /// A connection on its way from the listener's thread to this one.
    struct arrival {
        std::shared_ptr<impl> to;
        tcp_socket socket;
        places::place open;

        void operator()() { to->admit(to, std::move(socket), std::move(open)); }
    };
    void take(std::shared_ptr<impl> self, tcp_socket socket) {
        net::post(context_, arrival{std::move(self), std::move(socket), open.take()});
    }

    task<bool> drain(std::chrono::steady_clock::duration bound) {
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
    // Admission of a connection; that of a request is in session::answer.
    void admit(const std::shared_ptr<impl>& self, tcp_socket socket, places::place dealt) {
        counters.accepted.add(1);
        error_code ec;
        socket.non_blocking(true, ec);
        if (!ec) socket.set_option(tcp::no_delay(true), ec);
        auto place = admission.connections.take();
        if (ec || draining || (!place && turned_away == max_turned_away)) return;
        auto admitted =
            std::make_unique<session>(self, std::move(socket), std::move(dealt), std::move(place));
        net::co_spawn(context_, run(std::move(admitted)), log_failure);
    }

    static task<> sweep(std::shared_ptr<impl> self) {
        while (!self->draining || !self->sessions.empty()) {
            self->sweeper_.expires_after(self->settings.sweep_interval);
            co_await self->sweeper_.async_wait(use_task);
            const auto now = std::chrono::steady_clock::now();
            for (session& s : self->sessions) s.check_deadline(now);
        }
    }

    net::io_context& context_;
    steady_timer sweeper_;
};

server::server(net::io_context& context, http::settings settings, http::admission& admission,
               application& app)
    : impl_(std::make_shared<impl>(context, std::move(settings), admission, app)) {
    impl_->start(impl_);
}

server::~server() = default;

executor server::get_executor() const {
    return impl_->get_executor();
}

void server::take(tcp_socket socket) {
    impl_->take(impl_, std::move(socket));
}

std::size_t server::open() const {
    return impl_->open.taken();
}

task<bool> server::drain(std::chrono::steady_clock::duration bound) {
    return impl_->drain(bound);
}

const counters& server::counters() const {
    return impl_->counters;
}

}  // namespace tenantry::http
