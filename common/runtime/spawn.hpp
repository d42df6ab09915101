// Starts a coroutine that nobody awaits. An exception that escapes it is a bug: it is logged and
// the process ends, since what it left behind is unknown.
#pragma once

#include <exception>

#include "common/runtime/asio.hpp"
#include "common/runtime/log.hpp"

namespace tenantry {

inline void end_on_escape(std::exception_ptr escaped) {
    if (!escaped) return;
    try {
        std::rethrow_exception(escaped);
    } catch (const std::exception& e) {
        log::error("an exception escaped a task", {{"what", e.what()}});
    }
    log::stop();
    std::terminate();
}

/// The task owns or outlives everything it uses.
inline void spawn(executor ex, task<void> started) {
    net::co_spawn(ex, std::move(started), end_on_escape);
}
inline void spawn(net::io_context& context, task<void> started) {
    spawn(context.get_executor(), std::move(started));
}

}  // namespace tenantry
