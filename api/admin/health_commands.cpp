// tenantry-admin health: what a container's health check runs, since its image has no other HTTP
// client.
#include <fmt/format.h>

#include <boost/url.hpp>

#include "api/admin/console.hpp"

namespace tenantry::admin {

namespace {

constexpr std::chrono::seconds answer_time{3};

/// The status line's code; 0 when no answer came.
task<unsigned> status_of(console& on, boost::urls::url_view url) {
    tcp_socket socket{on.context()};
    steady_timer limit{on.context(), answer_time};
    limit.async_wait([&socket](boost::system::error_code ec) {
        boost::system::error_code ignored;
        if (!ec) socket.close(ignored);
    });
    net::ip::basic_resolver<tcp, executor> resolver{on.context()};
    const std::string host = url.host_address();
    const std::string port = url.has_port() ? std::string{url.port()} : "80";
    auto [unresolved, endpoints] = co_await resolver.async_resolve(host, port, use_task);
    if (unresolved) co_return 0;
    auto [unconnected, endpoint] = co_await net::async_connect(socket, endpoints, use_task);
    if (unconnected) co_return 0;
    const auto request =
        fmt::format("GET {} HTTP/1.0\r\nHost: {}\r\n\r\n", std::string{url.encoded_path()}, host);
    auto [unsent, sent] = co_await net::async_write(socket, net::buffer(request), use_task);
    if (unsent) co_return 0;
    std::string head;
    auto [unread, size] =
        co_await net::async_read_until(socket, net::dynamic_buffer(head, 4096), "\r\n", use_task);
    limit.cancel();
    unsigned status = 0;
    if (!unread && head.starts_with("HTTP/1.") && head.size() > 12)
        status = static_cast<unsigned>(std::atoi(head.c_str() + 9));
    co_return status;
}

task<void> health(console& on, const arguments& with) {
    const auto& text = with.get("url");
    const auto url = boost::urls::parse_uri(text);
    if (!url || url->scheme() != "http") throw command_error("not an http:// URL: " + text);
    const auto status = co_await status_of(on, *url);
    if (status != 200)
        throw command_error(
            text + (status == 0 ? " does not answer" : " answers " + std::to_string(status)));
    fmt::print("{} is healthy\n", text);
}

}  // namespace

std::vector<command> health_commands() {
    return {{"health",
             "ask a program whether it is ready: exit status 0 when it is",
             {{"url", "for example http://127.0.0.1:8080/readyz", true, false, true}},
             health}};
}

}  // namespace tenantry::admin
