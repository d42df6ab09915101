// Beast's HTTP/1 parser writing straight into a request, and stricter about everything that decides
// where a request ends: what two readers could read differently is refused (RFC 9112 §11.2).
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/http/message.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::http {

class request_parser final : public boost::beast::http::basic_parser<true> {
public:
    using error_code = boost::system::error_code;

    request_parser(request& into, std::uint32_t header_limit) : into_(into) {
        this->header_limit(header_limit);
        body_limit(boost::none);
    }

    bool is_http_1_0() const { return version_ == 10; }

    /// The client waits for "100 Continue" before it sends the body (RFC 9110 §10.1.1).
    bool expects_continue() const { return expects_continue_ && !is_http_1_0(); }

    /// Once the header is done: what is wrong with its Host, framing or codings. malformed_request
    /// or unknown_encoding.
    std::optional<error> fault() const;

private:
    using field = boost::beast::http::field;
    using beast_view = boost::beast::string_view;

    void on_request_impl(verb method, beast_view method_text, beast_view target, int version,
                         error_code& ec) override;
    void on_response_impl(int, beast_view, int, error_code&) override {}
    void on_field_impl(field name, beast_view name_text, beast_view value, error_code& ec) override;
    void on_header_impl(error_code&) override { header_done_ = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override;
    std::size_t on_body_impl(beast_view body, error_code&) override;
    void on_chunk_header_impl(std::uint64_t, beast_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast_view body, error_code& ec) override {
        return on_body_impl(body, ec);
    }
    void on_finish_impl(error_code&) override {}

    request& into_;
    int version_ = 11;
    int hosts_ = 0;
    int lengths_ = 0;
    int transfer_codings_ = 0;
    bool header_done_ = false;
    bool expects_continue_ = false;
    std::optional<std::string_view> unknown_coding_;
};

/// Why a body with this Content-Type is not taken as JSON: unsupported_media_type unless it is
/// application/json or application/…+json, unknown_encoding when its charset is not UTF-8.
std::optional<errc> refuse_media_type(std::string_view content_type);

}  // namespace tenantry::http
