#include "api/watch.hpp"

#include "common/runtime/log.hpp"
#include "common/runtime/spawn.hpp"
#include "common/store/revocation_feed.hpp"
#include "common/store/schema_version.hpp"

namespace tenantry::api {

namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 500ms;
constexpr auto keyring_interval = 1s;
constexpr auto probe_time = 2s;

}  // namespace

watch::watch(net::io_context& context, process& shared)
    : context_{context},
      shared_{shared},
      database_{context.get_executor(),
                {.connection = {.conninfo = shared.settings.database_url,
                                .application_name = "tenantry-api control"},
                 .size = 1}},
      redis_{context.get_executor(), {.url = shared.settings.redis_url}} {}

task<void> watch::pause(std::chrono::milliseconds d) {
    steady_timer timer{context_, d};
    co_await timer.async_wait(use_task);
}

task<void> watch::check_database(deadline until) {
    const auto current = co_await store::schema_is_current(database_, until);
    shared_.ready.set_postgres(current.has_value(), current && *current);
    const bool ready = current && *current;
    if (ready && !database_was_ready_) log::info("the database is ready");
    if (!ready && database_was_ready_)
        log::warn("the database is not ready",
                  {{"reason", current ? "not migrated to " TENANTRY_SCHEMA_CHANGE
                                      : std::string_view{current.error().cause}}});
    database_was_ready_ = ready;
}

task<bool> watch::wait_for_database(deadline until) {
    while (!stopping_) {
        co_await check_database(deadline_in(probe_time));
        if (shared_.ready.ready()) co_return true;
        if (std::chrono::steady_clock::now() >= until) break;
        co_await pause(look_interval / 2);
    }
    co_return false;
}

task<void> watch::fill_reserves() {
    if (shared_.ids.begin_refill_when_low()) co_await shared_.ids.refill(database_);
}

void watch::start() {
    redis_.start();
    spawn(context_, look_at_stores());
    spawn(context_, follow_revocations());
    spawn(context_, look_at_keyring());
}

void watch::stop() {
    stopping_ = true;
    redis_.stop();
    database_.stop();
}

task<void> watch::look_at_stores() {
    while (!stopping_) {
        shared_.ready.set_redis(redis_.connected());
        co_await check_database(deadline_in(probe_time));
        co_await pause(look_interval);
    }
}

task<void> watch::follow_revocations() {
    const store::revocation_listener listener{
        .on_revocation = [this](domain::agency_id agency) { shared_.revoked.announce(agency); },
        .on_listening =
            [this](bool listening) {
                shared_.revoked.set_listening(listening);
                // What was announced while nobody listened is unknown.
                shared_.revoked.announce_all();
            }};
    const pg::connection_settings settings{.conninfo = shared_.settings.database_url,
                                           .application_name = "tenantry-api revocations"};
    while (!stopping_) {
        co_await store::follow_revocations(context_.get_executor(), settings, listener);
        co_await pause(look_interval);
    }
}

task<void> watch::look_at_keyring() {
    while (!stopping_) {
        co_await pause(keyring_interval);
        const auto outcome = shared_.keys.reload_if_changed();
        if (outcome.changed)
            log::info("the keyring was read again",
                      {{"active_version", shared_.keys.current()->active_version()}});
        if (!outcome.problem.empty())
            log::error("the changed keyring cannot be used", {{"problem", outcome.problem}});
    }
}

}  // namespace tenantry::api
