// One connection: reads requests, answers them in order, and never waits for a client without a
// deadline.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/intrusive/list.hpp>
#include <memory>
#include <optional>
#include <string>

#include "api/http/held_bytes.hpp"
#include "api/http/request_parser.hpp"
#include "api/http/server.hpp"

namespace tenantry::http {

class session;

using session_hook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// What the sessions of one server have in common. Outlives each of them.
struct session_host {
    session_host(net::io_context& context, http::settings s, http::admission& shared,
                 application& a)
        : settings(std::move(s)),
          admission(shared),
          app(a),
          unanswered(settings.unanswered_limit),
          unsent(settings.unsent_limit),
          emptied(context) {}

    const http::settings settings;
    http::admission& admission;
    application& app;
    http::counters counters;
    places open;  // of the connections that the listener has dealt
    held_bytes unanswered, unsent;
    /// The response that is being written: most are taken by the socket at once, so that a session
    /// needs no memory for its own.
    std::string out;
    boost::intrusive::list<session, boost::intrusive::base_hook<session_hook>,
                           boost::intrusive::constant_time_size<false>>
        sessions;
    std::size_t turned_away = 0;  // sessions that only say that there are too many
    bool draining = false;
    steady_timer emptied;  // cancelled when the last session ends
};

class session final : public session_hook, private held_bytes::owner {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Of a connection that has a place; or, without, of one too many. `open` is its place in the
    /// host's count.
    session(std::shared_ptr<session_host> host, tcp_socket socket, places::place open,
            places::place place);
    ~session();
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    /// Answers requests until the connection ends.
    task<> serve();

    /// Wakes the session when it waits for its client longer than it may. One sweep over all
    /// sessions instead of a timer for each: to set a deadline then costs a store.
    void check_deadline(time_point now);

    /// Ends the session if no request has begun to arrive; else its next response ends it.
    void begin_drain();

    /// Closes the connection under whatever the session does.
    void cut_off();

private:
    enum class phase { idle, receiving, handling, writing, lingering };
    enum class step { need_more, parsed, refused, gone };

    void wait_in(phase p, time_point until);
    void begin_request();
    bool request_begins();

    task<step> receive();
    step advance();
    bool has_room_for_body();
    void give_up() override;
    step after_put(boost::system::error_code ec, bool in_head);
    void read_cut_line();
    step check_head();
    step check_body_policy();
    step after_read_error();
    net::mutable_buffer room();
    bool send_continue();

    task<response> answer();
    step refuse(errc code, std::string subject);
    response refusal(errc code, std::string_view subject, std::string_view cause);

    task<bool> send(response answered, bool keep_alive);
    task<bool> send_rest(std::string out, std::size_t sent);
    task<> linger();

    std::shared_ptr<session_host> host_;
    tcp_socket socket_;
    const places::place open_;
    const places::place place_;  // null: turned away
    boost::beast::flat_buffer buffer_;
    request request_;
    std::optional<request_parser> parser_;
    held_bytes::holding body_;  // of the request, when it is large
    error refused_;             // why, after step::refused

    phase phase_ = phase::idle;
    time_point until_ = time_point::max();
    bool expired_ = false;
    bool first_request_ = true;
    bool continue_due_ = false;
    std::size_t head_bytes_ = 0;  // of the current request, consumed so far
};

}  // namespace tenantry::http
