#include "tests/support/http_client.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/http.hpp>
#include <stdexcept>

namespace tenantry::test {

namespace beast = boost::beast;
namespace json = boost::json;

std::string http_reply::header(std::string_view name) const {
    std::string all;
    for (const auto& [key, value] : headers)
        if (boost::algorithm::iequals(key, name)) all += (all.empty() ? "" : ", ") + value;
    return all;
}

json::value http_reply::json() const {
    return json::parse(body);
}

std::int64_t http_reply::integer(std::string_view pointer) const {
    return json().at_pointer(pointer).as_int64();
}

std::string http_reply::text(std::string_view pointer) const {
    return std::string{json().at_pointer(pointer).as_string()};
}

bool http_reply::boolean(std::string_view pointer) const {
    return json().at_pointer(pointer).as_bool();
}

std::size_t http_reply::size(std::string_view pointer) const {
    return json().at_pointer(pointer).as_array().size();
}

std::string request_text(std::string_view method, std::string_view target,
                         const http_headers& headers, std::string_view body) {
    auto text = fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, target);
    for (const auto& [name, value] : headers) text += fmt::format("{}: {}\r\n", name, value);
    if (!body.empty() || method == "POST" || method == "PATCH")
        text += fmt::format("Content-Length: {}\r\n", body.size());
    return text.append("\r\n").append(body);
}

http_connection::http_connection(std::uint16_t port, std::chrono::milliseconds silence)
    : silence_{silence}, socket_{context_.get_executor()} {
    socket_.connect({net::ip::address_v4::loopback(), port});
    socket_.set_option(tcp::no_delay{true});
}

void http_connection::send(std::string_view bytes) {
    boost::system::error_code ignored;
    net::write(socket_, net::buffer(bytes), ignored);
}

void http_connection::finish_sending() {
    socket_.shutdown(tcp_socket::shutdown_send);
}

bool http_connection::read_some() {
    pollfd waiting{socket_.native_handle(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(silence_.count())) != 1)
        throw std::runtime_error("the server says nothing");
    constexpr std::size_t chunk = 64 * 1024;
    boost::system::error_code ec;
    received_.commit(socket_.read_some(received_.prepare(chunk), ec));
    return !ec;
}

std::optional<http_reply> http_connection::receive(bool to_head) {
    beast::http::response_parser<beast::http::string_body> parser;
    parser.eager(true);
    parser.skip(to_head);
    while (!parser.is_done()) {
        boost::system::error_code ec;
        if (received_.size() > 0) received_.consume(parser.put(received_.data(), ec));
        if (ec && ec != beast::http::error::need_more)
            throw std::runtime_error("no HTTP response: " + ec.message());
        if (!parser.is_done() && !read_some()) return std::nullopt;
    }
    http_reply reply{.status = parser.get().result_int(), .body = parser.get().body()};
    for (const auto& field : parser.get())
        reply.headers.emplace_back(field.name_string(), field.value());
    return reply;
}

bool http_connection::at_end() {
    return received_.size() == 0 && !read_some();
}

std::optional<http_reply> client::try_request(std::string_view method, std::string_view target,
                                              http_headers headers, std::string_view body) {
    if (!key_.empty()) headers.emplace_back("x-api-key", key_);
    try {
        if (!connection_) connection_ = std::make_unique<http_connection>(port_);
    } catch (const boost::system::system_error&) {
        return std::nullopt;
    }
    connection_->send(request_text(method, target, headers, body));
    auto reply = connection_->receive(method == "HEAD");
    if (!reply || reply->header("Connection") == "close") connection_.reset();
    return reply;
}

http_reply client::request(std::string_view method, std::string_view target, http_headers headers,
                           std::string_view body) {
    auto reply = try_request(method, target, std::move(headers), body);
    if (!reply) throw std::runtime_error(fmt::format("no response to {} {}", method, target));
    return std::move(*reply);
}

http_reply client::get(std::string_view target, http_headers headers) {
    return request("GET", target, std::move(headers));
}

http_reply client::post(std::string_view target, std::string_view json, http_headers headers) {
    headers.emplace_back("Content-Type", "application/json");
    return request("POST", target, std::move(headers), json);
}

http_reply client::patch(std::string_view target, std::string_view json, http_headers headers) {
    headers.emplace_back("Content-Type", "application/json");
    return request("PATCH", target, std::move(headers), json);
}

http_reply client::erase(std::string_view target, http_headers headers) {
    return request("DELETE", target, std::move(headers));
}

http_reply client::create(const std::vector<std::string>& names, http_headers headers) {
    return post(companies_path, companies_json(names), std::move(headers));
}

std::int64_t client::create_one(const std::string& name) {
    const auto reply = create({name});
    if (reply.status != 201) throw std::runtime_error("not created: " + reply.body);
    return reply.integer("/companies/0/id");
}

std::string company_path(std::int64_t id, std::string_view below) {
    return fmt::format("{}/{}{}", companies_path, id, below);
}

std::string companies_json(const std::vector<std::string>& names) {
    json::array companies;
    for (const auto& name : names) companies.push_back(json::object{{"name", name}});
    return json::serialize(json::object{{"companies", std::move(companies)}});
}

}  // namespace tenantry::test
