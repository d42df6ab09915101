// A request as the application reads it and a response as it writes one: plain values without a
// socket, so that everything above the server can be tested without one.
#pragma once

#include <fmt/format.h>

#include <boost/beast/http/verb.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/storage_ptr.hpp>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <ctime>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/runtime/deadline.hpp"

namespace tenantry::http {

using verb = boost::beast::http::verb;

/// One header line of a request.
struct header {
    std::string name;
    std::string value;
};

/// A response's header lines as they go out: one text, however many there are. The server writes
/// Date, Content-Type, Content-Length, Connection and X-Request-Id itself; nobody else adds them.
class header_lines {
public:
    using line = std::pair<std::string_view, std::string_view>;

    header_lines() = default;
    header_lines(std::initializer_list<line> lines) {
        for (const auto& [name, value] : lines) add(name, value);
    }

    /// Control characters in the value become spaces and a name that is no token adds nothing, so
    /// that no value can end its line.
    void add(std::string_view name, std::string_view value);
    void add(std::string_view name, std::integral auto number) {
        add_formatted(name, "{}", number);
    }
    template<class... Arguments>
    void add_formatted(std::string_view name, fmt::format_string<Arguments...> format,
                       Arguments&&... arguments) {
        fmt::basic_memory_buffer<char, 128> value;
        fmt::format_to(fmt::appender(value), format, std::forward<Arguments>(arguments)...);
        add(name, {value.data(), value.size()});
    }
    void add(const header_lines& others) { text_ += others.text_; }

    /// Each line begins with CRLF; the last one does not end with it.
    std::string_view text() const { return text_; }
    /// The value of the first line of exactly that name.
    std::optional<std::string_view> find(std::string_view name) const;

private:
    std::string text_{};
};

/// The path parameters one route can have.
inline constexpr std::size_t max_path_parameters = 8;

/// The longest X-Request-Id that is taken over from a client, in characters.
inline constexpr std::size_t max_request_id = 128;

/// What is known of a request before its body was read. The views it hands out live as long as the
/// request itself, which is until its response was made.
class request_head {
public:
    using time_point = std::chrono::steady_clock::time_point;

    verb method() const { return method_; }
    std::string_view method_text() const { return text(method_text_); }

    /// The request target as sent.
    std::string_view target() const { return text(target_); }

    /// The path, normalised: escapes are decoded, except those of "/" and "%", which stay escaped
    /// so that they never make a segment. "*" for `OPTIONS *`.
    std::string_view path() const {
        return normalised_path_.empty() ? text(path_) : std::string_view{normalised_path_};
    }

    /// The query as sent, without its "?".
    std::string_view raw_query() const { return text(query_); }

    /// The first value of the query parameter `name`, decoded ("+" is a space). A parameter without
    /// "=" is empty.
    std::optional<std::string> query(std::string_view name) const;

    /// The first value of the header `name`, of any case; empty when there is none.
    std::string_view header(std::string_view name) const;
    bool has_header(std::string_view name) const;
    std::size_t count_headers(std::string_view name) const;

    /// X-Request-Id: the client's when it is 1 to max_request_id visible ASCII characters, else 128
    /// random bits as hex.
    std::string_view id() const { return id_; }

    /// When the request's first byte was read.
    time_point arrived() const { return arrived_; }

    /// The client's IP address as text.
    std::string_view peer() const { return peer_; }

protected:
    struct slice {
        std::uint32_t at = 0;
        std::uint32_t size = 0;
    };
    struct field {
        slice name;
        slice value;
    };

    std::string_view text(slice s) const { return {text_.data() + s.at, s.size}; }
    slice keep(std::string_view s);
    const field* find(std::string_view name) const;

    verb method_ = verb::unknown;
    std::string text_;  // the start line's parts and all fields; slices point into it
    slice method_text_, target_, path_, query_;
    std::vector<field> fields_;
    std::string normalised_path_;  // only when the path has escapes
    std::string id_;
    std::string peer_;
    time_point arrived_{};
};

class request : public request_head {
public:
    std::string_view body() const { return body_; }

    /// When nobody waits for the response any more.
    tenantry::deadline deadline() const { return deadline_; }

    /// The i-th `{…}` of the matched route, decoded; empty when the route has fewer.
    std::string_view path_parameter(std::size_t i) const {
        return i < max_path_parameters ? path_parameters_[i] : std::string_view{};
    }

    /// Keeps what the router matched: views into path(). At most max_path_parameters.
    void set_path_parameters(std::span<const std::string_view> matched);

    /// Memory for values that do not outlive this request, such as its parsed body.
    boost::json::storage_ptr memory();

    // What follows is for whoever makes a request: the server's session, or a test.

    /// Back to empty, keeping the memory that requests usually need. The peer stays: it is the
    /// connection's.
    void clear();
    void set_peer(std::string peer) { peer_ = std::move(peer); }
    void set_times(time_point arrived, tenantry::deadline until) {
        arrived_ = arrived;
        deadline_ = until;
    }
    void set_line(verb method, std::string_view method_text, std::string_view target);
    void add_header(std::string_view name, std::string_view value);

    /// Splits the target and chooses the id. False when the target is no origin form, absolute form
    /// or "*", has an invalid escape, an escaped NUL, or is no UTF-8 once decoded (RFC 9112 §3.2).
    [[nodiscard]] bool finish_head();
    std::string& mutable_body() { return body_; }
    std::size_t body_memory() const { return body_.capacity(); }
    /// Bytes of this request and for the next one, but for what memory() lends.
    std::size_t held_memory() const;
    /// Once the response is made, which may take its time to be sent: gives back what the body and
    /// memory() had.
    void forget_content();

private:
    bool split_target();
    bool normalise_path();

    std::string body_;
    tenantry::deadline deadline_{};
    std::string_view path_parameters_[max_path_parameters];
    std::string decoded_parameters_[max_path_parameters];
    static constexpr std::size_t block_size = 4 * 1024;
    /// Where memory() begins: lent by the thread from when it is wanted until clear(), so that an
    /// idle connection has none.
    std::unique_ptr<unsigned char[]> block_{};
    /// Made anew for each request: release() keeps doubling the next block, until none is to be
    /// had.
    std::optional<boost::json::monotonic_resource> memory_{};
};

/// Fills `out` as a client's request would, with a deadline 10 s from now. Throws
/// std::invalid_argument when the target is malformed.
void make_request(request& out, verb method, std::string_view target,
                  std::initializer_list<header> headers = {}, std::string_view body = {});

struct response {
    unsigned status = 200;
    std::string content_type{"application/json"};  ///< none is sent when empty
    std::string body{};
    header_lines headers{};
    bool close = false;  ///< end the connection after this response
};

/// What a response's bytes depend on besides the response.
struct response_facts {
    std::string_view request_id{};
    bool head = false;      ///< the request was a HEAD: no body, but its Content-Length
    bool http_1_0 = false;  ///< the client has to be told that the connection stays open
    bool keep_alive = true;
    std::time_t now = 0;  ///< for Date
};

/// Appends the whole response to `out` (RFC 9112 §4). 1xx, 204 and 304 have neither a body nor a
/// Content-Length.
void serialize(const response& what, const response_facts& facts, std::string& out);

/// True when `s` may stand as an X-Request-Id.
bool is_valid_request_id(std::string_view s);

/// 128 bits from the operating system's random source, as 32 hex digits.
std::string make_request_id();

}  // namespace tenantry::http
