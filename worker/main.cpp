// tenantry-worker: the composition root. Waits for PostgreSQL and Redis, runs jobs, finishes what
// it holds when told to stop.
#include "common/runtime/metrics_server.hpp"
#include "common/runtime/program.hpp"
#include "common/runtime/shutdown.hpp"
#include "common/runtime/spawn.hpp"
#include "common/store/schema_version.hpp"
#include "worker/consumer.hpp"
#include "worker/reclaimer.hpp"
#include "worker/redis_check.hpp"
#include "worker/relay.hpp"

namespace tenantry::worker {

namespace {

using namespace std::chrono_literals;

/// Beside one connection a batch: the heartbeat, the sweep and the relay, which must not wait for
/// batches.
constexpr std::size_t housekeeping_connections = 3;
constexpr auto probe_time = 2s;
constexpr auto probe_pause = 250ms;
constexpr auto pause_between_pushes = 5ms;

pg::pool_settings pool_settings(const worker_settings& s) {
    return {.connection = {.conninfo = s.database_url,
                           .application_name = "tenantry-worker",
                           .statement_timeout = s.job_timeout,
                           .idle_in_transaction_timeout = s.job_timeout},
            .size = s.concurrency + housekeeping_connections};
}

class program {
public:
    explicit program(worker_settings settings)
        : settings_{std::move(settings)},
          database_{context_.get_executor(), pool_settings(settings_)},
          redis_{context_.get_executor(), {.url = settings_.redis_url}},
          executor_{context_, database_, settings_, held_, counted_},
          consumer_{context_, settings_, executor_, redis_},
          relay_{database_, redis_, settings_, counted_},
          reclaimer_{database_, settings_, held_, counted_},
          metrics_{
              context_,
              {.address = settings_.metrics_address.to_string(), .port = settings_.metrics_port},
              metrics::exposition,
              [this] { return readiness(); }},
          signals_{context_, [this] { stop(); }} {}

    int run() {
        metrics_.listen();
        redis_.start();
        spawn(context_, work());
        context_.run();
        log::info("stopped");
        return status_;
    }

private:
    health readiness() const {
        if (!running_ || stopping_) return {503, stopping_ ? "stopping\n" : "starting\n"};
        if (!redis_.connected()) return {503, "redis is down\n"};
        return {200, "ready\n"};
    }

    task<void> work() {
        const bool ready = co_await wait_for_stores();
        if (ready && !stopping_) {
            running_ = true;
            log::info("working", {{"worker", settings_.worker_name},
                                  {"concurrency", settings_.concurrency},
                                  {"batch_size", settings_.batch_size}});
            spawn(context_, keep_leases());
            spawn(context_, take_back_leases());
            spawn(context_, relay_due_jobs());
            co_await consumer_.run();
        }
        end();
    }

    task<bool> wait_for_stores() {
        log::info("waiting for the stores", {{"schema", TENANTRY_SCHEMA_CHANGE}});
        const auto until = deadline_in(settings_.wait_timeout);
        bool current = false;
        while (!stopping_ && !(current && redis_.connected())) {
            auto checked = co_await store::schema_is_current(database_, deadline_in(probe_time));
            current = checked && *checked;
            if (std::chrono::steady_clock::now() >= until) {
                log::error("a store is not there; is the database migrated (scripts/migrate)?",
                           {{"waited", settings_.wait_timeout},
                            {"database", current ? "ready" : "not ready"},
                            {"redis", redis_.connected() ? "ready" : "not ready"}});
                status_ = EXIT_FAILURE;
                co_return false;
            }
            if (!(current && redis_.connected())) co_await pause(probe_pause);
        }
        if (stopping_) co_return false;
        co_return co_await accept_redis();
    }

    task<bool> accept_redis() {
        const auto verdict = co_await check_redis(redis_);
        if (verdict.usable && !verdict.reason.empty()) log::warn(verdict.reason);
        if (verdict.usable) co_return true;
        log::error(verdict.reason);
        status_ = EXIT_FAILURE;
        co_return false;
    }

    task<void> keep_leases() {
        while (!ended_) {
            co_await pause(settings_.heartbeat);
            if (!ended_) co_await reclaimer_.beat();
        }
    }

    task<void> take_back_leases() {
        while (!stopping_) {
            co_await reclaimer_.sweep();
            co_await consumer_.adopt();
            co_await pause(settings_.sweep);
        }
    }

    task<void> relay_due_jobs() {
        while (!stopping_) {
            const auto pushed = co_await relay_.push_due_jobs();
            co_await pause(pushed > 0 ? pause_between_pushes : settings_.relay_interval);
        }
    }

    task<void> pause(std::chrono::milliseconds d) {
        steady_timer timer{context_, d};
        co_await timer.async_wait(use_task);
    }

    void stop() {
        log::info("stopping: finishing the jobs in progress");
        stopping_ = true;
        consumer_.stop();
        drain_limit_.expires_after(settings_.drain_timeout);
        drain_limit_.async_wait([this](boost::system::error_code ec) {
            if (ec) return;
            log::warn("jobs are still running after the drain timeout: their leases will expire");
            // What they are in the middle of is not to be unwound, only left.
            log::stop();
            std::_Exit(EXIT_SUCCESS);
        });
    }

    void end() {
        ended_ = true;
        context_.stop();
    }

    const worker_settings settings_;
    net::io_context context_{1};
    pg::pool database_;
    redis::connection redis_;
    held_jobs held_;
    job_metrics counted_;
    executor executor_;
    consumer consumer_;
    relay relay_;
    reclaimer reclaimer_;
    metrics_server metrics_;
    shutdown_signals signals_;
    steady_timer drain_limit_{context_};
    bool running_ = false;
    bool stopping_ = false;
    bool ended_ = false;
    int status_ = EXIT_SUCCESS;
};

int run(worker_settings settings) {
    return program{std::move(settings)}.run();
}

}  // namespace

}  // namespace tenantry::worker

int main(int argc, char** argv) {
    return tenantry::run_program("tenantry-worker",
                                 tenantry::load_worker_settings(argc, argv, environ),
                                 tenantry::worker::run);
}
