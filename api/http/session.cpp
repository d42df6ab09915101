#include "api/http/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/error.hpp>

#include "common/runtime/kept_memory.hpp"

namespace tenantry::http {
namespace {

using boost::system::error_code;
using beast_error = boost::beast::http::error;
using std::chrono::steady_clock;

constexpr std::size_t head_read_size = 4 * 1024;
constexpr std::size_t body_read_size = 16 * 1024;

// Memory for a response beyond this is given back by the next one.
constexpr std::size_t kept_response_capacity = 64 * 1024;

// A body's memory up to this is nobody's trouble.
constexpr std::size_t uncounted_body = 4 * 1024;

class in_flight_slot {
public:
    explicit in_flight_slot(counter& c) : counter_(c) { counter_.add(1); }
    ~in_flight_slot() { counter_.subtract(1); }
    in_flight_slot(const in_flight_slot&) = delete;
    in_flight_slot& operator=(const in_flight_slot&) = delete;

private:
    counter& counter_;
};

bool carries_content(verb method) {
    return method == verb::post || method == verb::put || method == verb::patch;
}

}  // namespace

session::session(std::shared_ptr<session_host> host, tcp_socket socket, places::place open,
                 places::place place)
    : host_(std::move(host)),
      socket_(std::move(socket)),
      open_(std::move(open)),
      place_(std::move(place)),
      buffer_(host_->settings.header_limit + body_read_size),
      body_(host_->unanswered, *this) {
    error_code ec;
    const auto remote = socket_.remote_endpoint(ec);
    request_.set_peer(ec ? std::string{} : remote.address().to_string());
    host_->sessions.push_back(*this);
    if (place_) {
        host_->counters.connections.add(1);
    } else {
        ++host_->turned_away;
    }
}

session::~session() {
    if (place_) {
        host_->counters.connections.subtract(1);
    } else {
        --host_->turned_away;
    }
    unlink();
    if (host_->sessions.empty()) host_->emptied.cancel();
}

void session::check_deadline(time_point now) {
    if (until_ > now) return;
    expired_ = true;
    error_code ignored;  // a connection that is gone has nothing to cancel
    socket_.cancel(ignored);
}

// Whichever it is that waits for the client, it ends as it does at its deadline.
void session::give_up() {
    host_->counters.refused.add(1);
    until_ = time_point::min();
    check_deadline(steady_clock::now());
}

void session::begin_drain() {
    if (phase_ != phase::idle) return;
    // Not closed: a request whose bytes were read already, but not looked at, is still answered.
    until_ = time_point::min();
    check_deadline(steady_clock::now());
}

void session::cut_off() {
    error_code ignored;  // it is closed either way
    socket_.close(ignored);
}

void session::wait_in(phase p, time_point until) {
    phase_ = p;
    until_ = until;
    expired_ = false;
}

task<> session::serve() {
    if (!place_) {
        begin_request();
        response sorry = refusal(errc::overloaded, "There are too many connections.", {});
        if (co_await send(std::move(sorry), false)) co_await linger();
        co_return;
    }
    for (;;) {
        const step received = co_await receive();
        if (received == step::gone) co_return;
        response answered;
        if (received == step::parsed) {
            answered = co_await answer();
        } else {
            answered = refusal(refused_.code, refused_.subject, {});
        }
        request_.forget_content();
        body_.release();
        const bool keep_alive = received == step::parsed && parser_->keep_alive() &&
                                !answered.close && !host_->draining;
        const bool sent = co_await send(std::move(answered), keep_alive);
        if (!sent) co_return;
        if (!keep_alive) break;
    }
    co_await linger();
}

// Admission to the application, and the one place where its exceptions are caught.
task<response> session::answer() {
    wait_in(phase::handling, time_point::max());
    body_.keep();
    auto& counters = host_->counters;
    counters.requests.add(1);
    const auto place = host_->admission.requests.take();
    if (!place && !host_->app.is_probe(request_)) {
        co_return refusal(errc::overloaded, "There are too many requests in flight.", {});
    }
    const in_flight_slot slot{counters.in_flight};
    // From here on: how long it took to arrive was bounded by timeouts of its own.
    request_.set_times(request_.arrived(), steady_clock::now() + host_->settings.request_deadline);
    std::string cause;
    try {
        co_return co_await host_->app.handle(request_);
    } catch (const std::exception& e) {
        cause = e.what();
    } catch (...) {
        cause = "an exception of an unknown type";
    }
    co_return refusal(errc::internal, {}, cause);
}

void session::begin_request() {
    request_.clear();
    parser_.emplace(request_, host_->settings.header_limit);
    head_bytes_ = 0;
    continue_due_ = false;
    if (buffer_.size() == 0 && buffer_.capacity() > head_read_size) buffer_.shrink_to_fit();
    const auto& s = host_->settings;
    const auto patience = first_request_ ? s.header_timeout : s.keep_alive_timeout;
    wait_in(phase::idle, steady_clock::now() + patience);
    first_request_ = false;
}

// Empty lines before a request are skipped (RFC 9112 §2.2).
bool session::request_begins() {
    const auto text = [this] {
        return std::string_view{static_cast<const char*>(buffer_.cdata().data()), buffer_.size()};
    };
    while (text().starts_with("\r\n")) buffer_.consume(2);
    if (text().empty() || text() == "\r") return false;
    const auto now = steady_clock::now();
    request_.set_times(now, now + host_->settings.request_deadline);
    wait_in(phase::receiving, now + host_->settings.header_timeout);
    return true;
}

net::mutable_buffer session::room() {
    const auto wanted = parser_->is_header_done() ? body_read_size : head_read_size;
    return buffer_.prepare(std::min(wanted, buffer_.max_size() - buffer_.size()));
}

task<session::step> session::receive() {
    begin_request();
    for (;;) {
        const step reached = advance();
        if (!has_room_for_body())
            co_return refuse(errc::overloaded, "There are too many large requests.");
        if (reached != step::need_more) co_return reached;
        if (phase_ == phase::idle && host_->draining) co_return step::gone;
        if (continue_due_ && !send_continue()) co_return step::gone;
        const auto [ec, n] = co_await socket_.async_read_some(room(), use_task);
        if (ec) co_return after_read_error();
        buffer_.commit(n);
        host_->counters.bytes_read.add(n);
    }
}

bool session::has_room_for_body() {
    const auto size = request_.body_memory();
    return size <= uncounted_body || body_.hold(size);
}

session::step session::after_read_error() {
    if (!expired_ || phase_ == phase::idle) return step::gone;
    return refuse(errc::request_timeout, "The request took too long to arrive.");
}

// Takes the request as far as the buffered bytes go.
session::step session::advance() {
    if (phase_ == phase::idle && !request_begins()) return step::need_more;
    while (!parser_->is_done()) {
        if (buffer_.size() == 0) return step::need_more;
        const bool in_head = !parser_->is_header_done();
        error_code ec;
        const auto input = buffer_.cdata();
        const auto consumed = parser_->put(input, ec);
        const std::string_view read{static_cast<const char*>(input.data()), consumed};
        // A folded header line (RFC 9112 §5.2), which Beast would join.
        const bool folded =
            in_head && (read.find("\n ") != read.npos || read.find("\n\t") != read.npos);
        buffer_.consume(consumed);
        if (folded) return refuse(errc::malformed_request, "A header line is folded.");
        if (in_head) head_bytes_ += consumed;
        const step reached = after_put(ec, in_head);
        if (reached != step::parsed) return reached;
    }
    return step::parsed;
}

session::step session::after_put(error_code ec, bool in_head) {
    const std::size_t limit = host_->settings.header_limit;
    const auto unparsed = ec == beast_error::need_more ? buffer_.size() : 0;
    const bool head_too_large =
        head_bytes_ > limit || (unparsed && head_bytes_ + unparsed >= limit);
    // In a body only a chunk's header or the trailers are kept until they are complete.
    const bool too_large = in_head ? head_too_large : unparsed == buffer_.max_size();
    if (too_large || ec == beast_error::header_limit) {
        if (request_.target().empty()) read_cut_line();
        return refuse(errc::headers_too_large,
                      fmt::format("The headers are larger than {} bytes.", limit));
    }
    if (ec == beast_error::need_more) return step::need_more;
    if (ec == beast_error::body_limit) {
        return refuse(errc::payload_too_large, "The body is too large.");
    }
    if (ec)
        return refuse(errc::malformed_request, "The request is malformed: " + ec.message() + ".");
    return in_head && parser_->is_header_done() ? check_head() : step::parsed;
}

// A line beyond the limit never reaches the request: its path still tells whose words the refusal
// takes.
void session::read_cut_line() {
    const auto bytes = buffer_.cdata();
    const std::string_view line{static_cast<const char*>(bytes.data()), bytes.size()};
    const auto method = line.substr(0, line.find(' '));
    if (method.size() == line.size()) return;
    const auto target = line.substr(method.size() + 1);
    request_.set_line(verb::unknown, method, target.substr(0, target.find_first_of(" ?\r\n")));
}

session::step session::check_head() {
    if (!request_.finish_head()) {
        return refuse(errc::malformed_request, "The request target is malformed.");
    }
    if (auto fault = parser_->fault()) return refuse(fault->code, std::move(fault->subject));
    const bool has_body = !parser_->is_done();
    if (!has_body && !carries_content(request_.method())) return step::parsed;
    if (const step checked = check_body_policy(); checked != step::parsed) return checked;
    if (has_body) {
        wait_in(phase::receiving, steady_clock::now() + host_->settings.body_timeout);
        continue_due_ = parser_->expects_continue() && buffer_.size() == 0;
    }
    return step::parsed;
}

session::step session::check_body_policy() {
    const body_policy policy = host_->app.body_policy_for(request_);
    const auto limit = policy.max_bytes.value_or(host_->settings.body_limit);
    const auto length = parser_->content_length();
    const bool required = policy.required && carries_content(request_.method());
    if (required && !length && !parser_->chunked()) {
        return refuse(errc::length_required, "The request needs a Content-Length.");
    }
    if (length.value_or(0) > limit) {
        return refuse(errc::payload_too_large,
                      fmt::format("The body is larger than {} bytes.", limit));
    }
    if (policy.json && (required || !parser_->is_done())) {
        if (const auto code = refuse_media_type(request_.header("Content-Type"))) {
            return refuse(*code, "The body has to be JSON in UTF-8, sent as application/json.");
        }
    }
    parser_->body_limit(limit);
    return step::parsed;
}

bool session::send_continue() {
    constexpr std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
    continue_due_ = false;
    error_code ec;
    const auto n = socket_.write_some(net::buffer(interim), ec);
    host_->counters.bytes_written.add(n);
    return !ec && n == interim.size();
}

session::step session::refuse(errc code, std::string subject) {
    refused_ = error{code, std::move(subject)};
    return step::refused;
}

response session::refusal(errc code, std::string_view subject, std::string_view cause) {
    // A request refused early has no id yet, and its target may or may not be usable.
    if (request_.id().empty()) std::ignore = request_.finish_head();
    host_->counters.refused.add(1);
    protocol_refusal why{.code = code,
                         .subject = subject,
                         .target = request_.target(),
                         .path = request_.path(),
                         .accept = request_.header("Accept"),
                         .request_id = request_.id(),
                         .cause = cause,
                         .request = &request_};
    if (code == errc::overloaded) why.retry_after = host_->settings.retry_after;
    response answer = host_->app.refuse(why);
    if (why.retry_after) {
        answer.headers.add("Retry-After", why.retry_after->count());
    }
    return answer;
}

// Most responses fit into the socket's buffer, so one write without waiting is tried first.
task<bool> session::send(response answered, bool keep_alive) {
    const response_facts facts{.request_id = request_.id(),
                               .head = request_.method() == verb::head,
                               .http_1_0 = parser_->is_http_1_0(),
                               .keep_alive = keep_alive,
                               .now = std::time(nullptr)};
    auto& out = host_->out;
    clear_keeping(out, kept_response_capacity);
    serialize(answered, facts, out);
    error_code ec;
    std::size_t sent = socket_.write_some(net::buffer(out), ec);
    if (ec == net::error::would_block) {
        ec = {};
        sent = 0;
    }
    host_->counters.bytes_written.add(sent);
    if (ec) co_return false;
    if (sent == out.size()) co_return true;
    clear_keeping(answered.body, 0);
    co_return co_await send_rest(std::move(out), sent);
}

// Its memory goes with it: nothing of a large response stays with the connection. The request has
// ended, so its place among those in progress holds nothing of this.
task<bool> session::send_rest(std::string out, std::size_t sent) {
    wait_in(phase::writing, steady_clock::now() + host_->settings.write_timeout);
    held_bytes::holding unsent{host_->unsent, *this};
    while (sent < out.size()) {
        unsent.hold(out.capacity());
        const auto rest = net::buffer(out) + sent;
        const auto [ec, n] = co_await socket_.async_write_some(rest, use_task);
        if (ec) co_return false;
        host_->counters.bytes_written.add(n);
        sent += n;
    }
    co_return true;
}

// The lingering close: a socket closed with unread bytes resets the connection, and the client
// loses the response that tells it why.
task<> session::linger() {
    error_code ec;
    socket_.shutdown(tcp_socket::shutdown_send, ec);
    if (ec) co_return;
    wait_in(phase::lingering, steady_clock::now() + host_->settings.linger_timeout);
    for (std::size_t left = host_->settings.linger_limit; left > 0;) {
        buffer_.consume(buffer_.size());
        const auto [failed, n] =
            co_await socket_.async_read_some(buffer_.prepare(body_read_size), use_task);
        if (failed) co_return;
        host_->counters.bytes_read.add(n);
        left -= std::min(left, n);
    }
}

}  // namespace tenantry::http
