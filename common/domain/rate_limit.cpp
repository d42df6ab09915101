// The arithmetic of the bucket. api/guard/rate_limiter.cpp has it once more, in Redis's language.
#include "common/domain/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace tenantry::domain {
namespace {

constexpr double seconds_per_minute = 60;

std::chrono::seconds time_for(double requests, rate_limit limit) {
    // What sums of fractions are off by is no second more.
    constexpr double rounding = 1e-6;
    return std::chrono::seconds{
        std::llround(std::ceil(requests * seconds_per_minute / limit.per_minute - rounding))};
}

}  // namespace

void plan_limits::set(std::string surface, rate_limit limit) {
    entries_.push_back({std::move(surface), limit});
}

rate_limit plan_limits::of(std::string_view surface, rate_limit usual) const {
    for (const auto name : {surface, std::string_view{"*"}}) {
        const auto found = std::ranges::find(entries_, name, &entry::surface);
        if (found != entries_.end()) return found->limit;
    }
    return usual;
}

std::chrono::seconds allowance::full_in() const {
    return time_for(std::max(0.0, limit.burst - left), limit);
}

std::chrono::seconds allowance::retry_after() const {
    return std::max(std::chrono::seconds{1}, time_for(std::max(0.0, 1 - left), limit));
}

allowance token_bucket::take(rate_limit limit, time_point now) {
    const std::chrono::duration<double> passed = std::max(now - at_, time_point::duration{});
    at_ = std::max(at_, now);
    left_ = std::min<double>(limit.burst,
                             left_ + passed.count() * limit.per_minute / seconds_per_minute);
    const bool granted = left_ >= 1;
    if (granted) left_ -= 1;
    return {limit, granted, left_};
}

}  // namespace tenantry::domain
