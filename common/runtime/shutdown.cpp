// Turns signals into calls.
#include "common/runtime/shutdown.hpp"

#include <unistd.h>

#include <csignal>

namespace tenantry {

shutdown_signals::shutdown_signals(net::io_context& context, std::function<void()> stop,
                                   std::function<void()> reload)
    : signals_(context, SIGTERM, SIGINT, SIGHUP),
      stop_(std::move(stop)),
      reload_(std::move(reload)) {
    std::signal(SIGPIPE, SIG_IGN);
    wait();
}

void shutdown_signals::close() {
    boost::system::error_code ignored;
    signals_.cancel(ignored);
    signals_.clear(ignored);
}

void shutdown_signals::wait() {
    signals_.async_wait([this](boost::system::error_code ec, int number) {
        if (ec) return;
        on_signal(number);
    });
}

void shutdown_signals::on_signal(int number) {
    // A second signal finds nobody to finish what a destructor would: _exit, not exit.
    if (number != SIGHUP && stopping_) ::_exit(impatient_exit);
    wait();
    if (number == SIGHUP) {
        if (reload_) reload_();
        return;
    }
    stopping_ = true;
    stop_();
}

}  // namespace tenantry
