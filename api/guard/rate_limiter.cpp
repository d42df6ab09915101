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
    const executor here = co_await net::this_coro::executor;
    gather_rested(now, here);
    if (const auto granted = take_ahead(mine, limit, now, here)) co_return *granted;
    const auto joined = next_round(here);
    auto& counted = gather(mine, limit, *joined);
    const auto place = counted.requests++;
    joined->start();
    co_await joined->ended.async_wait(use_task);
    if (counted.granted) co_return counted.of(place);
    co_return take_here(mine, limit, std::chrono::steady_clock::now());
}

task<> rate_limiter::flush() {
    const executor here = co_await net::this_coro::executor;
    gather_rested(time_point::max(), here);
    const auto last = next_round(here);
    last->start();
    co_await last->ended.async_wait(use_task);
}

rate_limiter::round_ptr rate_limiter::next_round(executor here) {
    if (!gathering_) gathering_ = std::make_shared<round>(here);
    count_from_now_on(here);
    return gathering_;
}

void rate_limiter::count_from_now_on(executor here) {
    if (!std::exchange(counting_, true)) spawn(here, count_until_none_is_left(here));
}

std::optional<domain::allowance> rate_limiter::take_ahead(const bucket& of,
                                                          domain::rate_limit limit, time_point now,
                                                          executor here) {
    const auto found = known_.find(of);
    if (found == known_.end()) return std::nullopt;
    auto& known = found->second;
    const auto at_a_time = ahead_at_a_time * limit.burst;
    if (now - known.at >= memory || known.left < plenty * limit.burst ||
        double(known.ahead + 1) > at_a_time)
        return std::nullopt;
    ++known.ahead;
    if (known.resting++ == 0) resting_.push_back({of, limit, now + leisure});
    count_from_now_on(here);
    if (2 * double(known.resting) >= at_a_time) gather(of, limit, *next_round(here));
    return known.here.take(limit, now);
}

void rate_limiter::gather_rested(time_point now, executor here) {
    for (; !resting_.empty() && resting_.front().until <= now; resting_.pop_front()) {
        const auto& [of, limit, until] = resting_.front();
        const auto known = known_.find(of);
        const bool is_left = known != known_.end() && known->second.resting > 0;
        if (is_left) gather(of, limit, *next_round(here));
    }
}

/// What rests of it.
rate_limiter::tally& rate_limiter::gather(const bucket& of, domain::rate_limit limit, round& into) {
    auto& counted = into.counts[of];
    counted.limit = limit;
    if (const auto known = known_.find(of); known != known_.end()) {
        const auto rested = std::exchange(known->second.resting, 0);
        counted.requests += rested;
        counted.ahead += rested;
    }
    into.start_by(deadline_in(gather_time));
    if (into.counts.size() >= most_together) into.start();
    return counted;
}

domain::allowance rate_limiter::take_here(const bucket& of, domain::rate_limit limit,
                                          time_point now) {
    return local_.take(name_of(of), limit, now);
}

void rate_limiter::remember(const bucket& of, double left) {
    if (known_.size() >= most_known && !known_.contains(of)) known_.clear();
    const auto known = known_.find(of);
    const auto resting = known == known_.end() ? 0 : known->second.resting;
    auto ahead = resting;
    if (gathering_)
        if (const auto next = gathering_->counts.find(of); next != gathering_->counts.end())
            ahead += next->second.ahead;
    const auto now = std::chrono::steady_clock::now();
    known_.insert_or_assign(of, knowledge{left, now, ahead, {left - double(ahead), now}, resting});
}

domain::allowance rate_limiter::tally::of(std::int64_t place) const {
    if (place >= *granted) return {limit, false, left};
    return {limit, true, left + double(*granted - 1 - place)};
}

// Whoever starts this has nothing to be counted yet.
task<> rate_limiter::count_until_none_is_left(executor here) {
    co_await net::post(use_task);
    while (gathering_ || !resting_.empty()) {
        const auto next = next_round(here);
        const bool has_some = co_await gather_until_start(*next, here);
        gathering_ = nullptr;
        if (has_some) co_await count(next->counts);
        next->ended.cancel();
    }
    counting_ = false;
}

/// False when there is nothing to count.
task<bool> rate_limiter::gather_until_start(round& next, executor here) {
    while (true) {
        const auto now = std::chrono::steady_clock::now();
        gather_rested(now, here);
        if (next.counts.empty() && resting_.empty()) co_return false;
        if (next.starts <= now) co_return true;
        next.sooner.expires_at(resting_.empty() ? next.starts
                                                : std::min(next.starts, resting_.front().until));
        co_await next.sooner.async_wait(use_task);
    }
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
