#include "api/guard/rate_limiter.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

#include "common/runtime/spawn.hpp"

namespace tenantry::guard {

namespace {

// domain::token_bucket, by Redis's clock, which all processes share, for as many requests as are
// wanted. A bucket that is full again is as good as none, so it expires then. `left` goes back as
// text: Redis would cut a number off.
const redis::script take_script{R"(
local per_second, burst, wanted = tonumber(ARGV[1]) / 60, tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local bucket = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = tonumber(bucket[1]) or burst
local passed = math.max(0, now - (tonumber(bucket[2]) or now))
left = math.min(burst, left + passed * per_second)
local granted = math.min(wanted, math.floor(left))
left = left - granted
redis.call('HSET', KEYS[1], 'left', tostring(left), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - left) / per_second * 1000) + 1000)
return {granted, tostring(left)}
)"};

std::optional<double> read_number(const std::string& text) {
    double value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{}) return std::nullopt;
    return value;
}

}  // namespace

domain::allowance local_buckets::take(const std::string& bucket, domain::rate_limit limit,
                                      domain::token_bucket::time_point now) {
    const std::lock_guard lock{mutex_};
    if (buckets_.size() >= most && !buckets_.contains(bucket)) buckets_.clear();
    return buckets_.try_emplace(bucket, limit, now).first->second.take(limit, now);
}

task<domain::allowance> rate_limiter::take(domain::agency_id agency, std::string_view surface,
                                           domain::rate_limit limit) {
    auto bucket = fmt::format("tenantry:rate:{}:{}", agency, surface);
    const auto now = std::chrono::steady_clock::now();
    if (shared_.connected() && now >= ask_again_at_) {
        std::int64_t place = 0;
        const auto counted = co_await count_in_a_round(bucket, limit, place);
        if (counted->granted) co_return counted->of(place);
    }
    co_return local_.take(bucket, limit, now);
}

domain::allowance rate_limiter::round::of(std::int64_t place) const {
    if (place >= *granted) return {limit, false, left};
    return {limit, true, left + double(*granted - 1 - place)};
}

task<std::shared_ptr<rate_limiter::round>> rate_limiter::count_in_a_round(std::string bucket,
                                                                          domain::rate_limit limit,
                                                                          std::int64_t& place) {
    const auto here = co_await net::this_coro::executor;
    const auto [entry, idle] = gathering_.try_emplace(bucket);
    if (!entry->second) entry->second = std::make_shared<round>(here, limit);
    const auto mine = entry->second;
    mine->limit = limit;
    place = mine->requests++;
    if (idle) spawn(here, call_until_none_gathers(std::move(bucket)));
    if (!mine->over) co_await mine->ended.async_wait(use_task);
    co_return mine;
}

task<> rate_limiter::call_until_none_gathers(std::string bucket) {
    while (auto asked = std::exchange(gathering_.at(bucket), nullptr)) {
        co_await call(bucket, asked);
        asked->over = true;
        asked->ended.cancel();
    }
    gathering_.erase(bucket);
}

task<> rate_limiter::call(std::string bucket, std::shared_ptr<round> asked) {
    if (std::chrono::steady_clock::now() < ask_again_at_) co_return;
    std::vector<std::string> keys{std::move(bucket)};
    std::vector<std::string> figures{std::to_string(asked->limit.per_minute),
                                     std::to_string(asked->limit.burst),
                                     std::to_string(asked->requests)};
    const auto answer = co_await redis::evaluate(shared_, take_script, std::move(keys),
                                                 std::move(figures), deadline_in(patience));
    if (answer && answer->elements.size() == 2)
        if (const auto left = read_number(answer->elements[1].text)) {
            asked->granted = answer->elements[0].integer;
            asked->left = *left;
            co_return;
        }
    ask_again_at_ = std::chrono::steady_clock::now() + pause;
}

}  // namespace tenantry::guard
