#include "api/http/request_parser.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

namespace tenantry::http {
namespace {

// More is not reserved on a client's word alone.
constexpr std::uint64_t reserved_body_at_most = 64 * 1024;

std::string_view view(boost::beast::string_view s) {
    return {s.data(), s.size()};
}

bool iequals(std::string_view a, std::string_view b) {
    return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

std::string_view trim(std::string_view s) {
    const auto first = s.find_first_not_of(" \t");
    if (first == s.npos) return {};
    return s.substr(first, s.find_last_not_of(" \t") - first + 1);
}

}  // namespace

void request_parser::on_request_impl(verb method, beast_view method_text, beast_view target,
                                     int version, error_code&) {
    version_ = version;
    into_.set_line(method, view(method_text), view(target));
}

void request_parser::on_field_impl(field name, beast_view name_text, beast_view value,
                                   error_code& ec) {
    if (header_done_) return;  // a trailer: it must not pass for a header
    switch (name) {
        case field::host:
            ++hosts_;
            break;
        case field::content_length:
            // Beast takes equal repetitions, which RFC 9110 §8.6 allows and nobody needs.
            if (++lengths_ > 1 || value.find(',') != value.npos) {
                ec = boost::beast::http::error::multiple_content_length;
                return;
            }
            break;
        case field::transfer_encoding:
            // Beast reads a coding it does not know as no body at all.
            if (++transfer_codings_ > 1 || !iequals(view(value), "chunked")) {
                unknown_coding_ = "The transfer coding is not chunked.";
            }
            break;
        case field::content_encoding:
            if (!iequals(view(value), "identity")) {
                unknown_coding_ = "The content coding is not identity.";
            }
            break;
        case field::expect:
            expects_continue_ = iequals(view(value), "100-continue");
            break;
        default:
            break;
    }
    into_.add_header(view(name_text), view(value));
}

void request_parser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
    into_.mutable_body().reserve(std::min(length.value_or(0), reserved_body_at_most));
}

std::size_t request_parser::on_body_impl(beast_view body, error_code&) {
    into_.mutable_body().append(body.data(), body.size());
    return body.size();
}

std::optional<error> request_parser::fault() const {
    if (hosts_ > 1 || (hosts_ == 0 && !is_http_1_0())) {
        return error{errc::malformed_request, "There has to be exactly one Host header."};
    }
    if (transfer_codings_ > 0 && is_http_1_0()) {
        return error{errc::malformed_request, "HTTP/1.0 has no transfer codings."};
    }
    if (unknown_coding_) return error{errc::unknown_encoding, std::string{*unknown_coding_}};
    return std::nullopt;
}

std::optional<errc> refuse_media_type(std::string_view content_type) {
    const auto type = trim(content_type.substr(0, content_type.find(';')));
    constexpr std::string_view prefix = "application/";
    constexpr std::string_view suffix = "+json";
    const bool structured = type.size() > prefix.size() + suffix.size() &&
                            iequals(type.substr(0, prefix.size()), prefix) &&
                            iequals(type.substr(type.size() - suffix.size()), suffix);
    if (!structured && !iequals(type, "application/json")) return errc::unsupported_media_type;
    auto rest = content_type.substr(std::min(content_type.find(';'), content_type.size()));
    while (!rest.empty()) {
        rest.remove_prefix(1);
        const auto parameter = trim(rest.substr(0, rest.find(';')));
        rest.remove_prefix(std::min(rest.find(';'), rest.size()));
        constexpr std::string_view charset = "charset=";
        if (!iequals(parameter.substr(0, charset.size()), charset)) continue;
        const auto value = parameter.substr(charset.size());
        if (!iequals(value, "utf-8") && !iequals(value, "\"utf-8\"")) return errc::unknown_encoding;
    }
    return std::nullopt;
}

}  // namespace tenantry::http
