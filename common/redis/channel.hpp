// One TCP connection to Redis: hiredis's asynchronous context on the thread's io_context, from
// connecting to its end.
#pragma once

#include <hiredis/async.h>

#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "common/redis/url.hpp"
#include "common/runtime/asio.hpp"

namespace tenantry::redis {

/// Held by shared_ptr: waits of Asio that are still queued keep it alive.
class channel : public std::enable_shared_from_this<channel> {
public:
    /// Starts to connect; commands may be sent at once. `where` has the host's numeric address: a
    /// name would be looked up while the thread waits. `on_closed` is called once, never from
    /// inside a call to this class, unless the channel is closed on return already.
    static std::shared_ptr<channel> open(executor ex, const address& where,
                                         std::function<void()> on_closed);

    explicit channel(executor ex, std::function<void()> on_closed)
        : descriptor_{ex}, on_closed_{std::move(on_closed)} {}
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;
    ~channel() { close(); }

    /// Queues a command; those of one turn of the event loop go out in one write. `callback` gets
    /// the reply, to copy, or null when the channel closed first. False when closed already.
    bool send(std::span<const std::string_view> arguments, redisCallbackFn* callback, void* data);

    /// Ends the connection; outstanding callbacks get null before this returns (or, when called
    /// from a callback, once that returns).
    void close();
    bool closed() const { return context_ == nullptr; }

private:
    void attach();
    void wait_to_read();
    void wait_to_write();
    void write();
    void detach();

    descriptor descriptor_;
    std::function<void()> on_closed_;
    redisAsyncContext* context_ = nullptr;
    bool reading_ = false;  ///< a wait is under way
    bool writing_ = false;  ///< a wait or a posted write is under way
    bool in_write_ = false;
};

}  // namespace tenantry::redis
