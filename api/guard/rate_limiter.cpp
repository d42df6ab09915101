#include "api/guard/rate_limiter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <utility>

#include "common/runtime/log.hpp"
#include "common/runtime/spawn.hpp"

namespace tenantry::guard {

namespace {

// domain::token_bucket, by Redis's clock, which all processes share: of each of KEYS as many
// requests as are wanted. A bucket is two numbers, what is left in it and since when; one that is
// full again is as good as none, so it expires then. All buckets are read by one command, and all
// numbers go packed into one text each way, since what Redis does for each of its values costs more
// than the call.
const redis::script take_script{R"(
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local answer = {}
for i, bucket in ipairs(redis.call('MGET', unpack(KEYS))) do
    local per_minute, burst, wanted = struct.unpack('<ddd', ARGV[1], 24 * i - 23)
    local per_second = per_minute / 60
    local left, at = burst, now
    if bucket and #bucket == 16 then left, at = struct.unpack('<dd', bucket) end
    left = math.min(burst, left + math.max(0, now - at) * per_second)
    local granted = math.min(wanted, math.floor(left))
    left = left - granted
    local full_in = math.ceil((burst - left) / per_second * 1000) + 1000
    redis.call('SET', KEYS[i], struct.pack('<dd', left, now), 'PX', full_in)
    answer[i] = struct.pack('<dd', granted, left)
end
return table.concat(answer)
)"};
static_assert(std::endian::native == std::endian::little, "the script packs numbers so");

void pack(std::string& into, double figure) {
    into.append(reinterpret_cast<const char*>(&figure), sizeof figure);
}

/// Takes the first one away.
double unpack(std::string_view& from) {
    double figure = 0;
    std::memcpy(&figure, from.data(), sizeof figure);
    from.remove_prefix(sizeof figure);
    return figure;
}

/// Not the names of the hashes that earlier versions kept.
std::string name_of(const std::pair<std::int64_t, std::string_view>& bucket) {
    return fmt::format("tenantry:bucket:{}:{}", bucket.first, bucket.second);
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
    const auto joined = join_a_round(co_await net::this_coro::executor);
    auto& counted = joined->counts[mine];
    counted.limit = limit;
    const auto place = counted.requests++;
    if (joined->counts.size() >= most_together) joined->start();
    if (const auto granted = take_ahead(mine, limit, now)) {
        ++counted.ahead;
        co_return *granted;
    }
    joined->start();
    co_await joined->ended.async_wait(use_task);
    if (counted.granted) co_return counted.of(place);
    co_return take_here(mine, limit, std::chrono::steady_clock::now());
}

std::shared_ptr<rate_limiter::round> rate_limiter::join_a_round(executor here) {
    if (!gathering_) gathering_ = std::make_shared<round>(here);
    if (!std::exchange(counting_, true)) spawn(here, count_until_none_gathers());
    return gathering_;
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
    if (known_.size() >= most_known && !known_.contains(of)) known_.clear();
    std::int64_t ahead = 0;
    if (gathering_)
        if (const auto next = gathering_->counts.find(of); next != gathering_->counts.end())
            ahead = next->second.ahead;
    const auto now = std::chrono::steady_clock::now();
    known_.insert_or_assign(of, knowledge{left, now, ahead, {left - double(ahead), now}});
}

domain::allowance rate_limiter::tally::of(std::int64_t place) const {
    if (place >= *granted) return {limit, false, left};
    return {limit, true, left + double(*granted - 1 - place)};
}

task<> rate_limiter::count_until_none_gathers() {
    while (const auto asked = gathering_) {
        if (!asked->due) co_await asked->starts.async_wait(use_task);
        gathering_ = nullptr;
        co_await count(asked->counts);
        asked->ended.cancel();
    }
    counting_ = false;
}

task<> rate_limiter::count(tallies& all) {
    const auto until = deadline_in(patience);
    auto left = all.size();
    for (auto first = all.begin(); left > 0;) {
        const auto some = std::min(left, most_together);
        const auto end = std::next(first, static_cast<std::ptrdiff_t>(some));
        co_await call(first, end, until);
        first = end;
        left -= some;
    }
}

task<> rate_limiter::call(tallies::iterator first, tallies::iterator end, deadline until) {
    if (std::chrono::steady_clock::now() < ask_again_at_) co_return;
    std::vector<std::string> keys, figures(1);
    for (auto each = first; each != end; ++each) {
        const auto& [of, counted] = *each;
        keys.push_back(name_of(of));
        pack(figures.front(), counted.limit.per_minute);
        pack(figures.front(), counted.limit.burst);
        pack(figures.front(), static_cast<double>(counted.requests));
    }
    const auto asked = keys.size();
    const auto answer =
        co_await redis::evaluate(shared_, take_script, std::move(keys), std::move(figures), until);
    if (answer && answer->text.size() == 2 * sizeof(double) * asked) {
        std::string_view told{answer->text};
        for (auto each = first; each != end; ++each) {
            auto& [of, counted] = *each;
            counted.granted = static_cast<std::int64_t>(unpack(told));
            counted.left = unpack(told);
            remember(of, counted.left);
        }
        co_return;
    }
    if (!answer && answer.error().kind == redis::failure::kind::server)
        log::warn("Redis does not count requests", {{"reason", answer.error().message}});
    for (auto each = first; each != end; ++each) known_.erase(each->first);
    ask_again_at_ = std::chrono::steady_clock::now() + pause;
}

}  // namespace tenantry::guard
