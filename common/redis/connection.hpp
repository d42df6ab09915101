// A standing connection to Redis: it comes back by itself, and while it is down it says so at once
// rather than make anybody wait, because Redis only ever carries hints here.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/redis/reply.hpp"
#include "common/runtime/asio.hpp"
#include "common/runtime/deadline.hpp"

namespace tenantry::redis {

struct connection_settings {
    std::string url;  ///< see parse_url
    /// For connecting, logging in and the first PING together.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds{2};
    /// Between attempts: doubling from the first to the last, times a random 0.5 to 1.
    std::chrono::milliseconds first_pause = std::chrono::milliseconds{50};
    std::chrono::milliseconds last_pause = std::chrono::seconds{2};
    /// While connected a PING goes out this often, and the connection is given up and made anew
    /// when none comes back within `silence`: keep it longer than the longest BLOCK. (Not while
    /// subscribed: RESP2 has no room for it.)
    std::chrono::milliseconds heartbeat = std::chrono::seconds{1};
    std::chrono::milliseconds silence = std::chrono::seconds{5};
    /// Called after each connecting, when commands go through.
    std::function<void()> on_connect{};
};

class connection_state;

/// Of one thread: use it on the thread of its executor alone.
class connection {
public:
    /// Throws std::invalid_argument when the URL is malformed.
    connection(executor ex, connection_settings settings);
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();  ///< stops

    /// Connects, and connects again after every loss, until stop().
    void start();
    /// Closes for good; whoever waits for a reply gets unavailable.
    void stop();
    /// Whether the server has answered a PING on this connection and has not gone since.
    bool connected() const;

    /// One command and its reply. Fails with unavailable (at once when not connected), timed_out
    /// (the connection and its other commands go on; the late reply is dropped) or server.
    task<result<reply>> command(std::vector<std::string> arguments, deadline until);

    /// Several commands in one round trip and their replies in order; an error that Redis answers
    /// to one of them is a reply in its place. Fails with unavailable or timed_out.
    task<result<std::vector<reply>>> pipeline(std::vector<std::vector<std::string>> commands,
                                              deadline until);

    /// Sends a command whose reply nobody waits for. False when not connected.
    bool post(std::span<const std::string_view> arguments);
    bool post(std::span<const std::string> arguments);
    /// How many posted commands Redis refused or lost.
    std::uint64_t post_errors() const;

    /// Has `on_message` called with each message of a channel, now and after each connecting; what
    /// is published while the connection is down is lost. A connection that subscribes can do
    /// nothing else (Redis's RESP2).
    void subscribe(std::string channel, std::function<void(std::string_view)> on_message);

private:
    std::shared_ptr<connection_state> state_;
};

}  // namespace tenantry::redis
