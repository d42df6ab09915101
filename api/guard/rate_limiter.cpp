#include "api/guard/rate_limiter.hpp"

#include <fmt/format.h>

#include <algorithm>
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

std::string name_of(const std::pair<std::int64_t, std::string_view>& bucket) {
    return fmt::format("tenantry:rate:{}:{}", bucket.first, bucket.second);
}

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
    const bucket mine{agency.value(), surface};
    const auto now = std::chrono::steady_clock::now();
    if (!shared_.connected() || now < ask_again_at_) co_return take_here(mine, limit, now);
    const auto joined = join_a_round(co_await net::this_coro::executor, mine);
    joined->limit = limit;
    const auto place = joined->requests++;
    if (const auto granted = take_ahead(mine, limit, now)) {
        ++joined->ahead;
        co_return *granted;
    }
    joined->starts.cancel();
    if (!joined->over) co_await joined->ended.async_wait(use_task);
    if (joined->granted) co_return joined->of(place);
    co_return take_here(mine, limit, std::chrono::steady_clock::now());
}

std::shared_ptr<rate_limiter::round> rate_limiter::join_a_round(executor here, const bucket& of) {
    const auto [entry, idle] = gathering_.try_emplace(of);
    if (!entry->second) entry->second = std::make_shared<round>(here);
    auto joined = entry->second;
    if (idle) spawn(here, call_until_none_gathers(of));
    return joined;
}

std::optional<domain::allowance> rate_limiter::take_ahead(const bucket& of,
                                                          domain::rate_limit limit,
                                                          time_point now) {
    const auto found = known_.find(of);
    if (found == known_.end()) return std::nullopt;
    auto& known = found->second;
    if (now - known.at >= memory || known.left < plenty * limit.burst ||
        double(known.ahead + 1) > ahead_at_a_time * limit.burst)
        return std::nullopt;
    ++known.ahead;
    return known.here.take(limit, now);
}

domain::allowance rate_limiter::take_here(const bucket& of, domain::rate_limit limit,
                                          time_point now) {
    return local_.take(name_of(of), limit, now);
}

void rate_limiter::remember(const bucket& of, double left) {
    if (known_.size() >= local_buckets::most && !known_.contains(of)) known_.clear();
    const auto& next = gathering_.at(of);
    const auto ahead = next ? next->ahead : 0;
    const auto now = std::chrono::steady_clock::now();
    known_.insert_or_assign(of, knowledge{left, now, ahead, {left - double(ahead), now}});
}

domain::allowance rate_limiter::round::of(std::int64_t place) const {
    if (place >= *granted) return {limit, false, left};
    return {limit, true, left + double(*granted - 1 - place)};
}

task<> rate_limiter::call_until_none_gathers(bucket of) {
    while (const auto asked = gathering_.at(of)) {
        if (!asked->is_awaited()) co_await asked->starts.async_wait(use_task);
        gathering_.at(of) = nullptr;
        co_await call(of, asked);
        asked->over = true;
        asked->ended.cancel();
    }
    gathering_.erase(of);
}

task<> rate_limiter::call(bucket of, std::shared_ptr<round> asked) {
    if (std::chrono::steady_clock::now() < ask_again_at_) co_return;
    std::vector<std::string> keys{name_of(of)};
    std::vector<std::string> figures{std::to_string(asked->limit.per_minute),
                                     std::to_string(asked->limit.burst),
                                     std::to_string(asked->requests)};
    const auto answer = co_await redis::evaluate(shared_, take_script, std::move(keys),
                                                 std::move(figures), deadline_in(patience));
    if (answer && answer->elements.size() == 2)
        if (const auto left = read_number(answer->elements[1].text)) {
            asked->granted = answer->elements[0].integer;
            asked->left = *left;
            remember(of, *left);
            co_return;
        }
    known_.erase(of);
    ask_again_at_ = std::chrono::steady_clock::now() + pause;
}

}  // namespace tenantry::guard
