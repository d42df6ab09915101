// The one timer of a connection: when it fires early it is set again for the deadline of that
// moment.
#include "common/pg/readiness.hpp"

#include <utility>

namespace tenantry::pg {
namespace {

/// Starts a wait for each direction; the first to end cancels the other, and when both have ended
/// the coroutine goes on. Asio's parallel_group does the same for three times the code.
struct await_either {
    template<class Handler>
    void operator()(Handler handler, descriptor* socket) const {
        struct pending {
            Handler handler;
            int left = 2;
        };
        auto both = std::make_shared<pending>(pending{std::move(handler)});
        const auto ended = [both, socket](boost::system::error_code) {
            if (--both->left == 1)
                socket->cancel();
            else
                std::move(both->handler)();
        };
        socket->async_wait(descriptor::wait_read, ended);
        socket->async_wait(descriptor::wait_write, ended);
    }
};

}  // namespace

void readiness::release() {
    if (descriptor_.is_open()) descriptor_.release();
}

void readiness::watch_until(deadline until) {
    until_ = until;
    expired_ = false;
    if (!armed_ || until < timer_.expiry()) start_timer();
}

task<> readiness::readable() {
    if (!expired_) co_await descriptor_.async_wait(descriptor::wait_read, use_task);
}

task<> readiness::readable_or_writable() {
    if (expired_) co_return;
    constexpr net::use_awaitable_t<executor> token;
    co_await net::async_initiate<decltype(token), void()>(await_either{}, token, &descriptor_);
}

void readiness::close() {
    until_ = never;
    release();
    timer_.cancel();
}

void readiness::start_timer() {
    armed_ = true;
    timer_.expires_at(until_);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
        if (!ec) self->on_timer();
    });
}

void readiness::on_timer() {
    armed_ = false;
    if (until_ == never) return;
    if (std::chrono::steady_clock::now() < until_) return start_timer();
    expired_ = true;
    if (descriptor_.is_open()) descriptor_.cancel();
}

}  // namespace tenantry::pg
