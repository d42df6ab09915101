#include "api/guard/rate_limiter.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace tenantry::guard {

namespace {

// domain::token_bucket, by Redis's clock, which all processes share. A bucket that is full again is
// as good as none, so it expires then. `left` goes back as text: Redis would cut a number off.
const redis::script take_script{R"(
local per_second, burst = tonumber(ARGV[1]) / 60, tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local bucket = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = tonumber(bucket[1]) or burst
local passed = math.max(0, now - (tonumber(bucket[2]) or now))
left = math.min(burst, left + passed * per_second)
local granted = left >= 1
if granted then left = left - 1 end
redis.call('HSET', KEYS[1], 'left', tostring(left), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - left) / per_second * 1000) + 1000)
return {granted and 1 or 0, tostring(left)}
)"};

std::optional<domain::allowance> read_allowance(const redis::result<redis::reply>& answer,
                                                domain::rate_limit limit) {
    if (!answer || answer->elements.size() != 2) return std::nullopt;
    const auto& text = answer->elements[1].text;
    double left = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), left);
    if (ec != std::errc{}) return std::nullopt;
    return domain::allowance{limit, answer->elements[0].integer == 1, left};
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
        std::vector<std::string> keys{bucket};
        std::vector<std::string> figures{std::to_string(limit.per_minute),
                                         std::to_string(limit.burst)};
        auto answer = co_await redis::evaluate(shared_, take_script, std::move(keys),
                                               std::move(figures), deadline_in(patience));
        if (const auto taken = read_allowance(answer, limit)) co_return *taken;
        ask_again_at_ = std::chrono::steady_clock::now() + pause;
    }
    co_return local_.take(bucket, limit, now);
}

}  // namespace tenantry::guard
