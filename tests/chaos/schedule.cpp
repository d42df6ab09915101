#include "tests/chaos/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "tests/chaos/dice.hpp"

namespace tenantry::chaos {

namespace {

using std::chrono::milliseconds;

/// Before a fault. Without an API or its database nobody gets anything done, so these rest longer.
struct pause_range {
    int shortest, longest;
};

pause_range pause_of(victim who) {
    if (who == victim::api || who == victim::postgres) return {800, 1800};
    return {static_cast<int>(shortest_pause.count()), 1400};
}

std::vector<fault_traits> kinds_of(victim who) {
    std::vector<fault_traits> kinds;
    for (const auto& each : fault_table)
        if (each.victim == who) kinds.push_back(each);
    return kinds;
}

lane make_lane(dice draws, victim who, int target, milliseconds duration) {
    lane faults;
    auto kinds = kinds_of(who);
    const auto pause = pause_of(who);
    for (milliseconds now{0};;) {
        draws.shuffle(kinds);
        for (const auto& each : kinds) {
            now += milliseconds{draws.between(pause.shortest, pause.longest)};
            const milliseconds length{draws.between(each.shortest, each.longest)};
            const auto amount = static_cast<int>(draws.between(each.least, each.most));
            if (now + length > duration) return faults;
            faults.push_back({now, each.kind, target, length, amount});
            now += length + milliseconds{each.recovery};
        }
    }
}

double seconds(milliseconds d) {
    return std::chrono::duration<double>{d}.count();
}

}  // namespace

const fault_traits& traits_of(fault_kind kind) {
    return *std::ranges::find(fault_table, kind, &fault_traits::kind);
}

std::string to_string(const fault& f) {
    const auto& traits = traits_of(f.kind);
    const bool numbered = traits.victim == victim::worker || traits.victim == victim::api;
    auto text = fmt::format("{:9.3f} s  {}{}", seconds(f.at), traits.name,
                            numbered ? fmt::format(" ({})", f.target) : "");
    if (f.length.count() > 0) text += fmt::format(" for {:.3f} s", seconds(f.length));
    if (f.kind == fault_kind::backends_cut)
        text += fmt::format(", {} % of them", f.amount);
    else if (f.amount > 0)
        text += fmt::format(" by {} ms", f.amount);
    return text;
}

std::vector<lane> make_schedule(std::uint64_t seed, milliseconds duration, const crew& all) {
    if (duration < shortest_storm)
        throw std::invalid_argument("too short a storm for every kind of fault");
    std::vector<lane> lanes;
    const auto add = [&](victim who, int count) {
        for (int target = 0; target < count; ++target)
            lanes.push_back(make_lane(
                dice{seed, static_cast<std::uint64_t>(who) + 1, static_cast<std::uint64_t>(target)},
                who, target, duration));
    };
    add(victim::worker, all.workers);
    add(victim::api, all.apis);
    add(victim::redis, 1);
    add(victim::postgres, 1);
    return lanes;
}

std::vector<fault> merged(const std::vector<lane>& lanes) {
    std::vector<fault> all;
    for (const auto& each : lanes) all.insert(all.end(), each.begin(), each.end());
    std::ranges::stable_sort(all, {}, &fault::at);
    return all;
}

}  // namespace tenantry::chaos
