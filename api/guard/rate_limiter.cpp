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

rate_limiter::count rate_limiter::begin(executor here, domain::agency_id agency,
                                        std::string_view surface, domain::rate_limit limit) {
    count begun;
    begun.bucket_ = fmt::format("tenantry:rate:{}:{}", agency, surface);
    begun.limit_ = limit;
    const auto now = std::chrono::steady_clock::now();
    if (shared_.connected() && now >= ask_again_at_) {
        begun.ahead_ = may_go_ahead(begun, now);
        join_a_round(here, begun);
    }
    return begun;
}

task<domain::allowance> rate_limiter::end(count of) {
    if (of.in_ && !of.in_->over) co_await of.in_->ended.async_wait(use_task);
    auto allowance = of.in_ && of.in_->granted
                         ? of.in_->of(of.place_)
                         : local_.take(of.bucket_, of.limit_, std::chrono::steady_clock::now());
    allowance.granted |= of.ahead_;
    co_return allowance;
}

bool rate_limiter::may_go_ahead(const count& of, domain::token_bucket::time_point now) const {
    const auto found = known_.find(of.bucket_);
    if (found == known_.end()) return false;
    const auto& known = found->second;
    return now - known.at < memory && known.left >= plenty * of.limit_.burst &&
           double(known.ahead + 1) <= ahead_at_a_time * of.limit_.burst;
}

void rate_limiter::remember(const std::string& bucket, double left) {
    if (known_.size() >= local_buckets::most && !known_.contains(bucket)) known_.clear();
    auto& known = known_[bucket];
    known.left = left;
    known.at = std::chrono::steady_clock::now();
}

domain::allowance rate_limiter::round::of(std::int64_t place) const {
    if (place >= *granted) return {limit, false, left};
    return {limit, true, left + double(*granted - 1 - place)};
}

void rate_limiter::join_a_round(executor here, count& of) {
    const auto [entry, idle] = gathering_.try_emplace(of.bucket_);
    if (!entry->second) entry->second = std::make_shared<round>(here, of.limit_);
    of.in_ = entry->second;
    of.in_->limit = of.limit_;
    of.place_ = of.in_->requests++;
    if (of.ahead_) {
        ++of.in_->ahead;
        ++known_.at(of.bucket_).ahead;
    }
    if (idle) spawn(here, call_until_none_gathers(of.bucket_));
}

task<> rate_limiter::call_until_none_gathers(std::string bucket) {
    while (auto asked = std::exchange(gathering_.at(bucket), nullptr)) {
        co_await call(bucket, asked);
        if (const auto found = known_.find(bucket); found != known_.end())
            found->second.ahead = std::max<std::int64_t>(found->second.ahead - asked->ahead, 0);
        asked->over = true;
        asked->ended.cancel();
    }
    gathering_.erase(bucket);
}

task<> rate_limiter::call(std::string bucket, std::shared_ptr<round> asked) {
    if (std::chrono::steady_clock::now() < ask_again_at_) co_return;
    std::vector<std::string> keys{bucket};
    std::vector<std::string> figures{std::to_string(asked->limit.per_minute),
                                     std::to_string(asked->limit.burst),
                                     std::to_string(asked->requests)};
    const auto answer = co_await redis::evaluate(shared_, take_script, std::move(keys),
                                                 std::move(figures), deadline_in(patience));
    if (answer && answer->elements.size() == 2)
        if (const auto left = read_number(answer->elements[1].text)) {
            asked->granted = answer->elements[0].integer;
            asked->left = *left;
            remember(bucket, *left);
            co_return;
        }
    ask_again_at_ = std::chrono::steady_clock::now() + pause;
}

}  // namespace tenantry::guard
