#include "tests/chaos/arena.hpp"

#include <boost/url.hpp>
#include <csignal>

#include "tests/support/redis_session.hpp"

namespace tenantry::chaos {

using namespace std::chrono_literals;
using namespace tenantry::test;
using std::chrono::milliseconds;

namespace {

constexpr auto time_to_drain = 30s;

/// On the loopback hardly anything is ever on its way; so it is, and can be lost there.
constexpr auto usual_delay_of_clients = 10ms;
constexpr auto usual_delay_of_postgres = 3ms;

std::string through(const proxy& door, const std::string& url) {
    auto changed = boost::urls::url{url};
    changed.set_port_number(door.port());
    return std::string{changed.buffer()};
}

std::string in_seconds(std::chrono::seconds d) {
    return fmt::format("{}s", d.count());
}

}  // namespace

member::member(std::string name, std::string program, flags given, std::string ready,
               std::filesystem::path directory)
    : name_{std::move(name)},
      program_{std::move(program)},
      given_{std::move(given)},
      ready_{std::move(ready)},
      directory_{std::move(directory)} {
    start();
}

void member::start() {
    life_.emplace(program_, given_, directory_ / fmt::format("{}-{}.log", name_, ++lives_));
    life_->await_log(ready_);
}

void member::require_alive() {
    if (const auto status = life_->running().wait(0ms))
        throw std::runtime_error(
            fmt::format("{}, life {}, ended by itself with status {}", name_, lives_, *status));
}

void member::kill() {
    require_alive();
    life_->running().signal(SIGKILL);
    life_->running().wait();
}

void member::stop() {
    require_alive();
    life_->running().signal(SIGSTOP);
}

void member::resume() {
    life_->running().signal(SIGCONT);
}

void member::drain() {
    require_alive();
    life_->running().signal(SIGTERM);
    const auto status = life_->running().wait(time_to_drain);
    if (status != std::optional{0})
        throw std::runtime_error(
            fmt::format("{}, life {}, was told to end and {}", name_, lives_,
                        status ? fmt::format("ended with {}", *status) : "did not"));
}

arena::arena(const crew& all, const std::filesystem::path& logs) {
    postgres_door_.delay(usual_delay_of_postgres);
    for (int i = 0; i < all.apis; ++i) {
        apis_.push_back(std::make_unique<api_place>(*this, fmt::format("api-{}", i), logs));
        apis_.back()->door.delay(usual_delay_of_clients);
    }
    for (int i = 0; i < all.workers; ++i)
        workers_.push_back(
            std::make_unique<worker_place>(*this, fmt::format("worker-{}", i), logs));
}

arena::api_place::api_place(arena& in, std::string name, const std::filesystem::path& logs)
    : database{in.postgres_door_.port()},
      program{std::move(name), "tenantry-api", in.api_flags(database), "\"serving\"", logs},
      door{program.http_port()} {}

arena::worker_place::worker_place(arena& in, std::string name, const std::filesystem::path& logs)
    : database{in.postgres_door_.port()},
      program{std::move(name), "tenantry-worker", in.worker_flags(database), "\"working\"", logs} {}

flags arena::stores(const std::string& database_url) const {
    return {{"database-url", database_url},
            {"redis-url", fmt::format("redis://127.0.0.1:{}", redis_door_.port())},
            {"drain-timeout", "5s"}};
}

flags arena::api_flags(const proxy& database) const {
    auto given = stores(through(database, base_.urls().api));
    given["keyring"] = base_.keyring().string();
    given["http-port"] = "0";
    given["threads"] = "2";
    given["access-log"] = "errors";
    return given;
}

flags arena::worker_flags(const proxy& database) const {
    auto given = stores(through(database, base_.urls().worker));
    given["lease"] = in_seconds(worker_lease);
    given["heartbeat"] = "1s";
    given["sweep"] = "500ms";
    given["job-timeout"] = "2s";
    given["concurrency"] = "4";
    // A crash leaves this many suspects to each of its batches, which then run one by one.
    given["batch-size"] = "16";
    given["relay-interval"] = "200ms";
    return given;
}

std::vector<std::uint16_t> arena::api_ports() const {
    std::vector<std::uint16_t> ports;
    for (const auto& each : apis_) ports.push_back(each->door.port());
    return ports;
}

void arena::end_apis() {
    for (const auto& each : apis_) each->program.drain();
}

void arena::end_workers() {
    for (const auto& each : workers_) each->program.drain();
}

void arena::carry_out(const fault& f) {
    switch (traits_of(f.kind).victim) {
        case victim::worker:
            return carry_out_on_worker(f);
        case victim::api:
            return carry_out_on_api(f);
        case victim::redis:
            return carry_out_on_redis(f);
        case victim::postgres:
            return carry_out_on_postgres(f);
    }
}

void arena::carry_out_on_worker(const fault& f) {
    auto& place = *workers_.at(static_cast<std::size_t>(f.target));
    switch (f.kind) {
        case fault_kind::worker_stopped:
            place.program.stop();
            std::this_thread::sleep_for(f.length);
            return place.program.resume();
        case fault_kind::worker_stalled:
            place.database.delay(0ms, milliseconds{f.amount});
            std::this_thread::sleep_for(f.length);
            place.database.delay(0ms);
            return std::this_thread::sleep_for(milliseconds{f.amount});
        case fault_kind::worker_drained:
            place.program.drain();
            break;
        default:
            place.program.kill();
    }
    std::this_thread::sleep_for(f.length);
    place.program.start();
}

void arena::carry_out_on_api(const fault& f) {
    auto& place = *apis_.at(static_cast<std::size_t>(f.target));
    switch (f.kind) {
        case fault_kind::clients_cut:
            return place.door.cut();
        case fault_kind::clients_delayed:
            place.door.delay(milliseconds{f.amount});
            std::this_thread::sleep_for(f.length);
            return place.door.delay(usual_delay_of_clients);
        case fault_kind::api_stopped:
            place.program.stop();
            std::this_thread::sleep_for(f.length);
            return place.program.resume();
        case fault_kind::api_stalled:
            place.database.delay(milliseconds{f.amount}, 0ms);
            std::this_thread::sleep_for(f.length);
            place.database.delay(0ms);
            return std::this_thread::sleep_for(milliseconds{f.amount});
        case fault_kind::api_drained:
            place.program.drain();
            break;
        default:
            place.program.kill();
    }
    // Meanwhile nobody is there, whoever may have taken its port.
    place.door.refuse();
    std::this_thread::sleep_for(f.length);
    place.program.start();
    place.door.switch_to(place.program.http_port());
    place.door.accept();
}

void arena::carry_out_on_redis(const fault& f) {
    auto& redis = on_spare_ ? spare_redis_ : base_.redis();
    switch (f.kind) {
        case fault_kind::redis_restarted:
            return redis.restart();
        case fault_kind::redis_emptied:
            return redis.restart_empty();
        case fault_kind::redis_flushed:
            redis_session{redis.port()}.command({"FLUSHALL"});
            return;
        case fault_kind::redis_stopped:
            redis.suspend();
            std::this_thread::sleep_for(f.length);
            return redis.resume();
        case fault_kind::redis_failed_over:
            return fail_over(f.length);
        case fault_kind::redis_cut:
            return redis_door_.cut();
        case fault_kind::redis_delayed:
            redis_door_.delay(milliseconds{f.amount});
            std::this_thread::sleep_for(f.length);
            return redis_door_.delay(0ms);
        default:
            redis_door_.refuse();
            std::this_thread::sleep_for(f.length);
            redis_door_.accept();
    }
}

void arena::fail_over(milliseconds down) {
    on_spare_ = !on_spare_;
    const auto port = (on_spare_ ? spare_redis_ : base_.redis()).port();
    redis_session{port}.command({"FLUSHALL"});
    redis_door_.refuse();
    std::this_thread::sleep_for(down);
    redis_door_.switch_to(port);
    redis_door_.accept();
}

void arena::carry_out_on_postgres(const fault& f) {
    switch (f.kind) {
        case fault_kind::postgres_restarted:
            return restart_postgres(SIGINT, f.length);
        case fault_kind::postgres_crashed:
            return restart_postgres(SIGQUIT, f.length);
        case fault_kind::backends_cut:
            return cut_backends(f.amount);
        case fault_kind::postgres_cut:
            return postgres_door_.cut();
        case fault_kind::postgres_delayed:
            postgres_door_.delay(milliseconds{f.amount});
            std::this_thread::sleep_for(f.length);
            return postgres_door_.delay(usual_delay_of_postgres);
        default:
            postgres_door_.refuse();
            std::this_thread::sleep_for(f.length);
            postgres_door_.accept();
    }
}

void arena::restart_postgres(int signal, milliseconds down) {
    postgres_.stop(signal);
    std::this_thread::sleep_for(down);
    postgres_.start();
}

void arena::cut_backends(int percent) const {
    base_.new_session().execute(
        fmt::format("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE application_name LIKE 'tenantry-%' AND random() * 100 < {}",
                    percent));
}

}  // namespace tenantry::chaos
