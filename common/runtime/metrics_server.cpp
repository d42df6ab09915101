#include "common/runtime/metrics_server.hpp"

#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/rate_policy.hpp>
#include <boost/beast/http.hpp>
#include <set>

#include "common/runtime/log.hpp"
#include "common/runtime/metrics.hpp"

namespace tenantry {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using stream = beast::basic_stream<tcp, executor, beast::unlimited_rate_policy>;
using text_response = http::response<http::string_body>;

void log_failure(std::exception_ptr failure) {
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& e) {
        log::error("the metrics server failed", {{"what", e.what()}});
    }
}

}  // namespace

class metrics_server::impl {
public:
    impl(net::io_context& context, metrics_settings s, std::function<std::string()> exposition,
         std::function<health()> ready)
        : context_(context),
          settings_(std::move(s)),
          exposition_(std::move(exposition)),
          ready_(std::move(ready)),
          acceptor_(context) {}

    void listen(const std::shared_ptr<impl>& self) {
        const tcp::endpoint local{net::ip::make_address(settings_.address), settings_.port};
        acceptor_.open(local.protocol());
        acceptor_.set_option(tcp_acceptor::reuse_address(true));
        acceptor_.bind(local);
        acceptor_.listen();
        port_ = acceptor_.local_endpoint().port();
        net::co_spawn(context_, accept(self), log_failure);
    }

    std::uint16_t port() const { return port_; }

    void stop() {
        error_code ignored;  // closing twice is fine
        acceptor_.close(ignored);
        for (stream* s : streams_) s->close();
    }

private:
    struct registration {
        registration(std::set<stream*>& all, stream& one) : all_(all), one_(one) {
            all_.insert(&one_);
        }
        ~registration() { all_.erase(&one_); }
        registration(const registration&) = delete;
        registration& operator=(const registration&) = delete;
        std::set<stream*>& all_;
        stream& one_;
    };

    static task<> accept(std::shared_ptr<impl> self) {
        while (self->acceptor_.is_open()) {
            auto [ec, socket] = co_await self->acceptor_.async_accept(use_task);
            if (!ec && self->acceptor_.is_open() &&
                self->streams_.size() < self->settings_.max_connections) {
                net::co_spawn(self->context_, serve(self, stream{std::move(socket)}), log_failure);
            } else if (ec && self->acceptor_.is_open()) {
                // Out of descriptors: to try again at once would only spin.
                steady_timer pause{self->context_, std::chrono::milliseconds{100}};
                co_await pause.async_wait(use_task);
            }
        }
    }

    static task<> serve(std::shared_ptr<impl> self, stream client) {
        const registration known{self->streams_, client};
        co_await self->answer_all(client);
    }

    task<> answer_all(stream& client) {
        beast::flat_buffer buffer;
        for (bool open = true; open && acceptor_.is_open();) {
            http::request_parser<http::empty_body> parser;
            client.expires_after(settings_.timeout);
            const auto [read_failed, read] =
                co_await http::async_read(client, buffer, parser, use_task);
            if (read_failed) co_return;
            text_response answer = respond(parser.get());
            const auto [write_failed, written] =
                co_await http::async_write(client, answer, use_task);
            open = !write_failed && answer.keep_alive();
        }
    }

    text_response respond(const http::request<http::empty_body>& request) const {
        text_response answer;
        answer.version(request.version());
        answer.keep_alive(request.keep_alive());
        answer.set(http::field::content_type, "text/plain; charset=utf-8");
        const bool head = request.method() == http::verb::head;
        if (!head && request.method() != http::verb::get) {
            answer.result(http::status::method_not_allowed);
            answer.set(http::field::allow, "GET, HEAD");
        } else if (request.target() == "/metrics" || request.target() == "/") {
            answer.body() = exposition_();
            answer.set(http::field::content_type, metrics::exposition_type);
        } else if (request.target() == "/healthz" || request.target() == "/readyz") {
            health state = request.target() == "/healthz" ? health{} : ready_();
            answer.result(state.status);
            answer.body() = std::move(state.body);
        } else {
            answer.result(http::status::not_found);
        }
        answer.prepare_payload();
        if (head) answer.body().clear();
        return answer;
    }

    net::io_context& context_;
    const metrics_settings settings_;
    const std::function<std::string()> exposition_;
    const std::function<health()> ready_;
    tcp_acceptor acceptor_;
    std::set<stream*> streams_;  // those being served, for stop()
    std::uint16_t port_ = 0;
};

metrics_server::metrics_server(net::io_context& context, metrics_settings settings,
                               std::function<std::string()> exposition,
                               std::function<health()> ready)
    : impl_(std::make_shared<impl>(context, std::move(settings), std::move(exposition),
                                   std::move(ready))) {}

metrics_server::~metrics_server() {
    impl_->stop();
}

void metrics_server::listen() {
    impl_->listen(impl_);
}

std::uint16_t metrics_server::port() const {
    return impl_->port();
}

void metrics_server::stop() {
    impl_->stop();
}

}  // namespace tenantry
