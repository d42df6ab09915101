#include "api/server_thread.hpp"

#include <algorithm>

namespace tenantry::api {

namespace {

/// A statement whose client has given up is ended by the server soon after.
constexpr std::chrono::seconds statement_grace{1};

pg::pool_settings pool_settings(const api_settings& s) {
    return {.connection = {.conninfo = s.database_url,
                           .application_name = "tenantry-api",
                           .statement_timeout = s.request_timeout + statement_grace,
                           .lock_timeout = pg::busy_lock_timeout},
            .size = s.database_connections,
            .max_waiting = s.max_in_flight};
}

/// Of three connections or more one is left to what many requests share, whoever has the others.
std::size_t turns_at_once(const api_settings& s) {
    return std::max<std::size_t>((s.database_connections - 1) / 2, 1);
}

http::settings server_settings(const api_settings& s) {
    http::settings server;
    server.header_limit = static_cast<std::uint32_t>(s.header_limit);
    server.body_limit = s.body_limit;
    server.unanswered_limit = s.unanswered_limit / s.threads;
    server.unsent_limit = s.unsent_limit / s.threads;
    server.header_timeout = s.header_timeout;
    server.body_timeout = s.body_timeout;
    server.keep_alive_timeout = s.keep_alive_timeout;
    server.request_deadline = s.request_timeout;
    return server;
}

}  // namespace

server_thread::server_thread(net::io_context& context, process& shared)
    : database_{context.get_executor(), pool_settings(shared.settings)},
      alone_{{turns_at_once(shared.settings), store::agency_turns::alone_that_wait}},
      slow_{{turns_at_once(shared.settings), store::agency_turns::slow_that_wait}},
      redis_{context.get_executor(), {.url = shared.settings.redis_url}},
      pusher_{context.get_executor(), redis_},
      commits_{database_, {.waiting = shared.settings.max_in_flight}},
      companies_{database_, slow_, shared.settings.page_cache_size},
      key_holders_{database_, store::find_key_holders},
      env_{{database_, alone_},
           {database_, slow_},
           commits_,
           companies_,
           key_holders_,
           {shared.ids, database_},
           shared.sealer,
           shared.clock,
           pusher_,
           shared.revoked,
           std::chrono::duration_cast<std::chrono::seconds>(shared.settings.idempotency_ttl),
           std::chrono::duration_cast<std::chrono::seconds>(shared.settings.session_ttl)},
      authenticator_{key_holders_,
                     companies_,
                     shared.sealer,
                     shared.clock,
                     shared.revoked,
                     shared.settings.key_cache_ttl,
                     shared.settings.key_cache_size / shared.settings.threads},
      limiter_{redis_, shared.buckets},
      sessions_{env_, shared.settings.key_cache_ttl,
                shared.settings.key_cache_size / shared.settings.threads},
      application_{env_,
                   authenticator_,
                   limiter_,
                   sessions_,
                   shared.ready,
                   {shared.settings.cors_origins},
                   shared.settings.access_log},
      server_{context, server_settings(shared.settings), shared.admission, application_} {
    redis_.start();
}

task<bool> server_thread::drain(std::chrono::milliseconds bound) {
    const bool all_ended = co_await server_.drain(bound);
    // A reply to this means that Redis has everything that was posted before.
    constexpr std::chrono::seconds flush_time{1};
    const std::vector<std::string> ping{"PING"};
    co_await limiter_.flush();
    pusher_.flush();
    co_await redis_.command(ping, deadline_in(flush_time));
    redis_.stop();
    database_.stop();
    co_return all_ended;
}

}  // namespace tenantry::api
