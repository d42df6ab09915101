// A small blocking HTTP/1.1 client, and below it the raw bytes, so that a test can say exactly what
// is sent.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/runtime/asio.hpp"

namespace tenantry::test {

using http_headers = std::vector<std::pair<std::string, std::string>>;

struct http_reply {
    unsigned status = 0;
    http_headers headers{};
    std::string body{};

    /// The header of that name in any case; "" without it, joined by commas when it is there more
    /// than once (RFC 9110, section 5.3).
    std::string header(std::string_view name) const;
    /// The body; throws when it is no JSON.
    boost::json::value json() const;
    /// What a JSON pointer (RFC 6901) finds in the body; throws when it is not there or of another
    /// type.
    std::int64_t integer(std::string_view pointer) const;
    std::string text(std::string_view pointer) const;
    bool boolean(std::string_view pointer) const;
    std::size_t size(std::string_view pointer) const;
};

/// A request as it goes over the wire. Host and Content-Length are added to the headers.
std::string request_text(std::string_view method, std::string_view target,
                         const http_headers& headers = {}, std::string_view body = {});

/// One connection.
class http_connection {
public:
    explicit http_connection(std::uint16_t port,
                             std::chrono::milliseconds silence = std::chrono::seconds{30});

    /// A server that refuses may close while this still sends: that shows when receiving.
    void send(std::string_view bytes);
    void finish_sending();
    /// The next response; nothing when the server closed without one. Throws when it is silent for
    /// longer than `silence`.
    std::optional<http_reply> receive(bool to_head = false);
    /// Waits for the server's next word: true when it is the end of the connection.
    bool at_end();

private:
    bool read_some();

    std::chrono::milliseconds silence_;
    net::io_context context_{1};
    tcp_socket socket_;
    boost::beast::flat_buffer received_;
};

/// Whoever holds a key: requests over a connection that is made anew when the server ended it.
class client {
public:
    /// With an empty key the requests carry none.
    client(std::uint16_t port, std::string key) : port_{port}, key_{std::move(key)} {}

    /// Nothing when the connection could not be made or was lost before the response.
    std::optional<http_reply> try_request(std::string_view method, std::string_view target,
                                          http_headers headers = {}, std::string_view body = {});
    /// Throws when there is no response.
    http_reply request(std::string_view method, std::string_view target, http_headers headers = {},
                       std::string_view body = {});

    http_reply get(std::string_view target, http_headers headers = {});
    http_reply post(std::string_view target, std::string_view json, http_headers headers = {});
    http_reply patch(std::string_view target, std::string_view json, http_headers headers = {});
    http_reply erase(std::string_view target, http_headers headers = {});
    /// POST of contract 2's companies.
    http_reply create(const std::vector<std::string>& names, http_headers headers = {});
    /// The id of one new company; throws unless it was created.
    std::int64_t create_one(const std::string& name);

    const std::string& key() const { return key_; }

private:
    std::uint16_t port_;
    std::string key_;
    std::unique_ptr<http_connection> connection_;
};

inline constexpr std::string_view companies_path = "/rest/v2/agency/companies";
/// The path of one company, and of what is below it.
std::string company_path(std::int64_t id, std::string_view below = "");
/// The body of contract 2's POST of companies.
std::string companies_json(const std::vector<std::string>& names);

}  // namespace tenantry::test
