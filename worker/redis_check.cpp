#include "worker/redis_check.hpp"

namespace tenantry::worker {

namespace {

constexpr std::chrono::seconds reply_time{5};

/// The value of a setting; empty when the server does not say.
task<std::string> setting(redis::connection& redis, std::string name) {
    std::vector<std::string> command{"CONFIG", "GET", std::move(name)};
    auto reply = co_await redis.command(std::move(command), deadline_in(reply_time));
    if (!reply || reply->elements.size() != 2) co_return std::string{};
    co_return reply->elements[1].text;
}

}  // namespace

task<std::string> look_at_redis(redis::connection& redis) {
    const auto policy = co_await setting(redis, "maxmemory-policy");
    if (policy.empty())
        co_return "Redis does not tell its settings: make sure that maxmemory-policy is noeviction";
    if (policy != "noeviction")
        co_return "Redis may evict hints, and jobs start later then: its maxmemory-policy is " +
            policy + ", set it to noeviction";
    const auto append_only = co_await setting(redis, "appendonly");
    if (append_only != "yes")
        co_return "Redis keeps no append-only file: after its restart jobs wait for the relay; "
                  "consider appendonly yes";
    co_return "";
}

}  // namespace tenantry::worker
