// tenantry-api: the composition root. Reads the settings, waits for the database, serves on every
// thread, drains when told to stop.
#include <thread>

#include "api/http/listener.hpp"
#include "api/server_thread.hpp"
#include "api/watch.hpp"
#include "common/runtime/io_threads.hpp"
#include "common/runtime/metrics_server.hpp"
#include "common/runtime/program.hpp"
#include "common/runtime/shutdown.hpp"
#include "common/runtime/spawn.hpp"

namespace tenantry::api {

namespace {

class program {
public:
    explicit program(api_settings settings)
        : shared_{std::move(settings)},
          serving_{shared_.settings.threads, "api"},
          accepting_{1, "accept"},
          watch_{control_, shared_},
          metrics_{control_,
                   {.address = shared_.settings.metrics_address.to_string(),
                    .port = shared_.settings.metrics_port},
                   [this] { return exposition(); },
                   [this] { return readiness_of(shared_.ready); }},
          signals_{control_, [this] { stop(); }} {}

    int run() {
        metrics_.listen();
        spawn(control_, start());
        control_.run();
        for (auto* threads : {&accepting_, &serving_}) {
            threads->finish();
            threads->join();
        }
        log::info("stopped");
        return status_;
    }

private:
    static health readiness_of(const readiness& ready) {
        auto response = ready.response();
        return {response.status, std::move(response.body)};
    }

    std::string exposition() {
        std::uint64_t connections = 0, in_flight = 0, refused = 0;
        for (const auto& thread : threads_) {
            connections += thread->counters().connections.value();
            in_flight += thread->counters().in_flight.value();
            refused += thread->counters().refused.value();
        }
        connections_.Set(static_cast<double>(connections));
        in_flight_.Set(static_cast<double>(in_flight));
        refused_.Set(static_cast<double>(refused));
        return metrics::exposition();
    }

    task<void> start() {
        const auto& s = shared_.settings;
        log::info("waiting for the database", {{"schema", TENANTRY_SCHEMA_CHANGE}});
        const bool ready = co_await watch_.wait_for_database(deadline_in(s.wait_timeout));
        if (stopping_) co_return end();
        if (!ready) {
            log::error("the database is not there, or not migrated; run scripts/migrate",
                       {{"waited", s.wait_timeout}});
            status_ = EXIT_FAILURE;
            co_return end();
        }
        co_await watch_.fill_reserves();
        if (stopping_) co_return end();
        watch_.start();
        if (!serve()) end();
    }

    bool serve() try {
        const auto& s = shared_.settings;
        std::vector<http::server*> servers;
        for (std::size_t i = 0; i < serving_.size(); ++i) {
            threads_.push_back(std::make_unique<server_thread>(serving_.context(i), shared_));
            servers.push_back(&threads_.back()->server());
        }
        listener_.emplace(accepting_.context(0), std::move(servers))
            .listen({s.http_address, s.http_port});
        const auto port = listener_->port();
        serving_.start();
        accepting_.start();
        log::info("serving", {{"address", s.http_address.to_string()},
                              {"port", port},
                              {"threads", threads_.size()}});
        return true;
    } catch (const boost::system::system_error& e) {
        log::error("cannot listen; is the port taken? see --http-port",
                   {{"port", shared_.settings.http_port}, {"reason", e.code().message()}});
        status_ = EXIT_FAILURE;
        return false;
    }

    void stop() {
        log::info("stopping: finishing what is in progress");
        stopping_ = true;
        shared_.ready.set_stopping();
        if (listener_) net::post(accepting_.context(0), [this] { listener_->stop(); });
        left_ = threads_.size();
        for (std::size_t i = 0; i < threads_.size(); ++i)
            net::co_spawn(serving_.context(i).get_executor(),
                          threads_[i]->drain(shared_.settings.drain_timeout),
                          [this](std::exception_ptr escaped, bool all_ended) {
                              end_on_escape(escaped);
                              net::post(control_, [this, all_ended] { drained(all_ended); });
                          });
        if (threads_.empty()) watch_.stop();
    }

    void drained(bool all_ended) {
        all_ended_ = all_ended_ && all_ended;
        if (--left_ > 0) return;
        if (all_ended_) return end();
        log::warn("requests are still in progress after the drain timeout: they are cut off");
        // What they are in the middle of is not to be unwound, only left.
        log::stop();
        std::_Exit(EXIT_SUCCESS);
    }

    /// Lets the control thread run out of work.
    void end() {
        watch_.stop();
        metrics_.stop();
        signals_.close();
        control_.stop();
    }

    process shared_;
    net::io_context control_{1};
    io_threads serving_;
    io_threads accepting_;
    std::vector<std::unique_ptr<server_thread>> threads_;
    std::optional<http::listener> listener_;
    watch watch_;
    metrics_server metrics_;
    shutdown_signals signals_;
    metrics::gauge& connections_ =
        metrics::make_gauge("tenantry_http_connections", "Open client connections");
    metrics::gauge& in_flight_ =
        metrics::make_gauge("tenantry_http_requests_in_flight", "Requests being answered");
    metrics::gauge& refused_ = metrics::make_gauge(
        "tenantry_http_refused", "Connections and requests refused by a limit since the start");
    std::size_t left_ = 0;
    bool stopping_ = false;
    bool all_ended_ = true;
    int status_ = EXIT_SUCCESS;
};

/// The keyring may be made by a step that runs beside this one, as in compose.yaml. When it does
/// not come, loading it says how to make it.
void wait_for_keyring(const api_settings& settings) {
    const auto until = deadline_in(settings.wait_timeout);
    if (!std::filesystem::exists(settings.keyring.file))
        log::info("waiting for the keyring", {{"file", settings.keyring.file.string()}});
    while (!std::filesystem::exists(settings.keyring.file) &&
           std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
}

int run(api_settings settings) {
    wait_for_keyring(settings);
    return program{std::move(settings)}.run();
}

}  // namespace

}  // namespace tenantry::api

int main(int argc, char** argv) {
    return tenantry::run_program("tenantry-api", tenantry::load_api_settings(argc, argv, environ),
                                 tenantry::api::run);
}
