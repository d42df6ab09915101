// A Redis server of its own and a connection to it for each test of common/redis.
#pragma once

#include <boost/test/unit_test.hpp>

#include "common/redis/connection.hpp"
#include "tests/support/servers.hpp"

namespace tenantry::test {

using redis_scenario = task<> (*)(redis::connection&, redis_server&);

inline task<> with_redis_of(executor ex, redis_scenario run, redis_server& server,
                            redis::connection_settings settings) {
    redis::connection c(ex, settings);
    c.start();
    co_await until([&c] { return c.connected(); });
    co_await run(c, server);
    c.stop();
}

/// Runs the scenario on a connected connection to a new server; `adjust` sees the settings first.
inline void with_redis(redis_scenario run, void (*adjust)(redis::connection_settings&) = nullptr) {
    redis_server server;
    redis::connection_settings settings;
    settings.url = server.url();
    if (adjust) adjust(settings);
    run_on_io([&](executor ex) { return with_redis_of(ex, run, server, settings); });
}

/// One command of words without spaces, in `words`.
inline task<redis::result<redis::reply>> say(redis::connection& c, std::string words,
                                             std::chrono::milliseconds timeout = patience) {
    std::vector<std::string> arguments;
    std::istringstream in(words);
    for (std::string word; in >> word;) arguments.push_back(word);
    co_return co_await c.command(std::move(arguments), deadline_in(timeout));
}

}  // namespace tenantry::test
