// tenantry-worker: the composition root. Waits for PostgreSQL and Redis, runs jobs, finishes what
// it holds when told to stop.
#include <fmt/ranges.h>

#include <algorithm>

#include "common/jobs/kinds.hpp"
#include "common/runtime/metrics_server.hpp"
#include "common/runtime/program.hpp"
#include "common/runtime/shutdown.hpp"
#include "common/runtime/spawn.hpp"
#include "common/store/schema_version.hpp"
#include "worker/consumer.hpp"
#include "worker/queue_stats.hpp"
#include "worker/reclaimer.hpp"
#include "worker/redis_check.hpp"
#include "worker/relay.hpp"
#include "worker/scheduler.hpp"

namespace tenantry::worker {

namespace {

using namespace std::chrono_literals;

/// For the claims, the heartbeat, the sweep, the relay and the counts, which must not wait for
/// jobs.
constexpr std::size_t housekeeping_connections = 4;
constexpr auto probe_time = 2s;
constexpr auto probe_pause = 250ms;
constexpr auto pause_between_counts = 10s;
/// So many times as long as a count takes it pauses at least: counting a backlog of millions is to
/// take no more than a hundredth of PostgreSQL's time.
constexpr int pause_per_count = 100;
/// At the end of the drain timeout, for giving back what is still held.
constexpr auto release_time = 1s;

std::size_t batches_of(const worker_settings& s) {
    std::size_t batches = 0;
    for (const auto& queue : s.queues) batches += queue.batches;
    return batches;
}

pg::pool_settings pool_settings(const worker_settings& s, std::size_t connections) {
    return {.connection = {.conninfo = s.database_url,
                           .application_name = "tenantry-worker",
                           .statement_timeout = s.job_timeout,
                           .idle_in_transaction_timeout = s.job_timeout,
                           .lock_timeout = pg::busy_lock_timeout},
            .size = connections};
}

pg::connection_settings scheduler_session(const worker_settings& s) {
    return {.conninfo = s.database_url, .application_name = "tenantry-scheduler"};
}

class program {
public:
    explicit program(worker_settings settings)
        : settings_{std::move(settings)},
          database_{context_.get_executor(), pool_settings(settings_, housekeeping_connections)},
          jobs_database_{context_.get_executor(),
                         pool_settings(settings_, batches_of(settings_) + relay::suspects_at_once)},
          redis_{context_.get_executor(), {.url = settings_.redis_url}},
          executor_{context_, jobs_database_, settings_, held_, counted_},
          dispatcher_{context_, database_, settings_, executor_, held_, counted_},
          consumer_{context_, settings_, dispatcher_, redis_},
          relay_{context_, database_, dispatcher_, executor_, counted_},
          reclaimer_{database_, settings_, held_, counted_},
          stats_{database_},
          scheduler_{context_, scheduler_session(settings_)},
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
        if (!relay_.sees_database()) return {503, "postgres is away: jobs wait for it\n"};
        if (!redis_.connected()) return {200, "degraded: redis is down, jobs start later\n"};
        return {200, "ready\n"};
    }

    task<void> work() {
        const bool ready = co_await wait_for_database();
        if (ready && !stopping_) {
            running_ = true;
            log::info("working", {{"worker", settings_.worker_name},
                                  {"batches", batches_of(settings_)},
                                  {"batch_size", settings_.batch_size}});
            spawn(context_, keep_leases());
            spawn(context_, take_back_leases());
            spawn(context_, adopt_hints());
            spawn(context_, look_for_due_jobs());
            spawn(context_, scheduler_.run());
            spawn(context_, read_hints());
            spawn(context_, count_queues());
            co_await dispatcher_.run();
            co_await relay_.finish();
        }
        end();
    }

    task<bool> wait_for_database() {
        log::info("waiting for the database", {{"schema", TENANTRY_SCHEMA_CHANGE}});
        const auto until = deadline_in(settings_.wait_timeout);
        while (!stopping_) {
            auto current = co_await store::schema_is_current(database_, deadline_in(probe_time));
            if (current && *current) co_return true;
            if (std::chrono::steady_clock::now() >= until) {
                log::error("the database is not there, or not migrated (scripts/migrate)",
                           {{"waited", settings_.wait_timeout}});
                status_ = EXIT_FAILURE;
                co_return false;
            }
            co_await pause(probe_pause);
        }
        co_return false;
    }

    /// Jobs do not wait for Redis: without it, what is due is found by looking.
    task<void> read_hints() {
        if (!redis_.connected())
            log::warn("redis is down: jobs start later",
                      {{"looked_for_every", settings_.relay_interval}});
        while (!stopping_ && !redis_.connected()) co_await pause(probe_pause);
        if (stopping_) co_return;
        const auto concern = co_await look_at_redis(redis_);
        if (!concern.empty()) log::warn(concern);
        co_await consumer_.run();
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
            co_await pause(settings_.sweep);
        }
    }

    task<void> adopt_hints() {
        while (!stopping_) {
            co_await consumer_.adopt();
            co_await pause(settings_.sweep);
        }
    }

    task<void> look_for_due_jobs() {
        while (!stopping_) {
            const bool more = co_await relay_.look();
            if (!more) co_await pause(settings_.relay_interval);
        }
    }

    task<void> count_queues() {
        while (!stopping_) {
            const auto started = std::chrono::steady_clock::now();
            co_await stats_.read();
            const auto took = std::chrono::ceil<std::chrono::milliseconds>(
                std::chrono::steady_clock::now() - started);
            co_await pause(
                std::max<std::chrono::milliseconds>(pause_between_counts, took * pause_per_count));
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
        scheduler_.stop();
        dispatcher_.stop();
        relay_.stop();
        drain_limit_.expires_after(settings_.drain_timeout);
        drain_limit_.async_wait([this](boost::system::error_code ec) {
            if (!ec) spawn(context_, leave_the_rest());
        });
    }

    task<void> leave_the_rest() {
        const auto held = held_.all();
        log::warn("jobs are still running after the drain timeout: others will do them",
                  {{"jobs", held.size()}});
        co_await store::release_jobs(database_, held, deadline_in(release_time));
        // What they are in the middle of is not to be unwound, only left.
        log::stop();
        std::_Exit(status_);
    }

    void end() {
        ended_ = true;
        context_.stop();
    }

    const worker_settings settings_;
    net::io_context context_{1};
    pg::pool database_;       ///< of the engine
    pg::pool jobs_database_;  ///< of the jobs: one connection a batch and a suspect
    redis::connection redis_;
    held_jobs held_;
    job_metrics counted_;
    executor executor_;
    dispatcher dispatcher_;
    consumer consumer_;
    relay relay_;
    reclaimer reclaimer_;
    queue_stats stats_;
    scheduler scheduler_;
    metrics_server metrics_;
    shutdown_signals signals_;
    steady_timer drain_limit_{context_};
    bool running_ = false;
    bool stopping_ = false;
    bool ended_ = false;
    int status_ = EXIT_SUCCESS;
};

/// The name that no queue has; nothing when each has one.
const std::string* unknown_queue(const worker_settings& settings) {
    for (const auto& each : settings.queues)
        if (std::ranges::find(jobs::queues, each.queue) == jobs::queues.end()) return &each.queue;
    return nullptr;
}

int run(worker_settings settings) {
    if (const auto* unknown = unknown_queue(settings)) {
        log::error("there is no queue called " + *unknown,
                   {{"queues", fmt::format("{}", fmt::join(jobs::queues, ", "))}});
        return EXIT_FAILURE;
    }
    return program{std::move(settings)}.run();
}

}  // namespace

}  // namespace tenantry::worker

int main(int argc, char** argv) {
    return tenantry::run_program("tenantry-worker",
                                 tenantry::load_worker_settings(argc, argv, environ),
                                 tenantry::worker::run);
}
