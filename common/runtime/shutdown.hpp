// How a program ends: asked once, it drains; asked twice, it quits.
#pragma once

#include <functional>

#include "common/runtime/asio.hpp"

namespace tenantry {

/// The exit status after a second signal: what a shell reports for Ctrl-C.
inline constexpr int impatient_exit = 130;

/// Listens for signals from its construction on; there is one in a process. SIGPIPE is ignored from
/// then on: a peer that went away is an error code, not the end.
class shutdown_signals {
public:
    /// The first SIGTERM or SIGINT calls `stop` once, on the thread of `context`; the second one
    /// ends the process at once with `impatient_exit`. SIGHUP calls `reload` each time, or is
    /// ignored where there is none.
    shutdown_signals(net::io_context& context, std::function<void()> stop,
                     std::function<void()> reload = {});

    /// Lets the context run out of work. From here on the signals act as by default.
    void close();

private:
    void wait();
    void on_signal(int number);

    signal_set signals_;
    std::function<void()> stop_;
    std::function<void()> reload_;
    bool stopping_ = false;
};

}  // namespace tenantry
