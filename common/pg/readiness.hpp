// Waits until libpq's socket can be read or written, never past a deadline, with one timer that
// stays armed across runs instead of being set and cancelled for each.
#pragma once

#include <memory>

#include "common/runtime/asio.hpp"
#include "common/runtime/deadline.hpp"

namespace tenantry::pg {

/// Borrows the socket: libpq opened it and closes it. Held by shared_ptr, because a timer's handler
/// may still be queued when the connection has gone.
class readiness : public std::enable_shared_from_this<readiness> {
public:
    explicit readiness(executor ex) : descriptor_{ex}, timer_{ex} {}

    /// Lends the socket. Call release() before libpq may close it.
    void assign(int socket) { descriptor_.assign(socket); }
    void release();

    /// From now on every wait ends at `until`, until the next call or rest().
    void watch_until(deadline until);
    void rest() { until_ = never; }
    /// Whether the deadline of the present watch has cut a wait short.
    bool expired() const { return expired_; }

    /// Both return early, with expired() true, at the deadline. The caller looks for itself whether
    /// anything can be read; an error of the wait shows when libpq reads.
    task<> readable();
    task<> readable_or_writable();

    /// Releases the socket and ends every wait.
    void close();

private:
    static constexpr deadline never = deadline::max();

    void start_timer();
    void on_timer();

    descriptor descriptor_;
    steady_timer timer_;
    deadline until_ = never;
    bool armed_ = false;
    bool expired_ = false;
};

}  // namespace tenantry::pg
