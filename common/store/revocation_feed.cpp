#include "common/store/revocation_feed.hpp"

#include <charconv>

namespace tenantry::store {

namespace {

constexpr pg::statement listen_statement{"", "LISTEN tenantry_revocation"};
constexpr pg::statement probe_statement{"", "SELECT 1"};
constexpr std::chrono::seconds connect_time{5};
/// A server that is gone without a word is noticed within a second: no revoked key works longer.
constexpr std::chrono::milliseconds probe_interval{500}, probe_time{450};

void tell(const revocation_listener& listener, std::span<const pg::notification> notifications) {
    for (const auto& n : notifications) {
        std::int64_t agency = 0;
        std::from_chars(n.payload.data(), n.payload.data() + n.payload.size(), agency);
        listener.on_revocation(domain::agency_id{agency});
    }
}

/// Returns when the connection is lost.
task<void> listen(pg::connection& connection, const revocation_listener& listener) {
    const auto started = co_await connection.run(listen_statement, {}, deadline_in(connect_time));
    if (!started) co_return;
    listener.on_listening(true);
    while (true) {
        auto heard = co_await connection.wait_notifications(deadline_in(probe_interval));
        if (heard) {
            tell(listener, *heard);
            continue;
        }
        if (heard.error().kind != pg::failure::kind::timed_out) co_return;
        const auto alive = co_await connection.run(probe_statement, {}, deadline_in(probe_time));
        if (!alive) co_return;
        tell(listener, connection.notifications());
    }
}

}  // namespace

task<void> follow_revocations(executor ex, pg::connection_settings settings,
                              revocation_listener listener) {
    auto connection =
        co_await pg::connection::connect(ex, std::move(settings), deadline_in(connect_time));
    if (!connection) co_return;
    co_await listen(**connection, listener);
    listener.on_listening(false);
}

}  // namespace tenantry::store
