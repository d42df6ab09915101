#include "common/runtime/metrics_server.hpp"

#include <boost/test/unit_test.hpp>
#include <thread>

using namespace tenantry;

namespace {

class running_metrics {
public:
    explicit running_metrics(metrics_settings settings = {})
        : server_(
              context_, settings, [] { return std::string{"# jobs\njobs_total 7\n"}; },
              [this] {
                  return ready ? health{} : health{503, "no database\n"};
              }) {
        server_.listen();
        thread_ = std::thread{[this] { context_.run(); }};
    }
    ~running_metrics() {
        net::post(context_, [this] { server_.stop(); });
        thread_.join();
    }

    std::string ask(const std::string& request) {
        net::io_context local;
        tcp::socket socket{local};
        socket.connect({net::ip::address_v4::loopback(), server_.port()});
        boost::system::error_code ec;  // a server that closes at once is an answer too
        net::write(socket, net::buffer(request), ec);
        socket.shutdown(tcp::socket::shutdown_send, ec);
        std::string all;
        net::read(socket, net::dynamic_buffer(all), ec);
        return all;
    }
    std::string get(const std::string& path) {
        return ask("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    std::uint16_t port() const { return server_.port(); }

    std::atomic<bool> ready{true};

private:
    net::io_context context_{1};
    metrics_server server_;
    std::thread thread_;
};

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != text.npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_server_test)

BOOST_AUTO_TEST_CASE(metrics_are_served_in_the_text_format) {
    running_metrics server;
    const auto r = server.get("/metrics");
    BOOST_TEST(r.starts_with("HTTP/1.1 200 "));
    BOOST_TEST(has(r, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    BOOST_TEST(has(r, "\njobs_total 7\n"));
}

BOOST_AUTO_TEST_CASE(health_says_what_its_check_says) {
    running_metrics server;
    BOOST_TEST(server.get("/healthz").ends_with("\r\n\r\nok\n"));
    BOOST_TEST(server.get("/readyz").starts_with("HTTP/1.1 200 "));
    server.ready = false;
    const auto r = server.get("/readyz");
    BOOST_TEST(r.starts_with("HTTP/1.1 503 "));
    BOOST_TEST(r.ends_with("\r\n\r\nno database\n"));
}

BOOST_AUTO_TEST_CASE(head_has_a_length_and_no_body) {
    running_metrics server;
    const auto r = server.ask("HEAD /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
    BOOST_TEST(has(r, "Content-Length: 3\r\n"));
    BOOST_TEST(r.ends_with("\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(other_paths_and_methods_are_refused) {
    running_metrics server;
    BOOST_TEST(server.get("/").starts_with("HTTP/1.1 404 "));
    const auto r = server.ask("POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    BOOST_TEST(r.starts_with("HTTP/1.1 405 "));
    BOOST_TEST(has(r, "Allow: GET, HEAD\r\n"));
}

BOOST_AUTO_TEST_CASE(two_requests_of_one_connection_are_both_answered) {
    running_metrics server;
    const std::string one = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";
    const auto r = server.ask(one + one);
    BOOST_TEST(has(r.substr(10), "HTTP/1.1 200 "));
}

BOOST_AUTO_TEST_CASE(a_connection_too_many_is_closed_and_stopping_closes_the_rest) {
    net::io_context local;
    tcp::socket kept{local};
    {
        running_metrics server{{.max_connections = 1}};
        kept.connect({net::ip::address_v4::loopback(), server.port()});
        net::write(kept, net::buffer(std::string{"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"}));
        std::string r;
        net::read_until(kept, net::dynamic_buffer(r), "ok\n");
        BOOST_TEST(server.get("/healthz") == "");
    }
    char byte;
    boost::system::error_code ec;
    kept.read_some(net::buffer(&byte, 1), ec);
    BOOST_TEST(bool(ec));
}

BOOST_AUTO_TEST_SUITE_END()
