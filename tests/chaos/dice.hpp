// Draws that are the same on every machine: the standard says what std::mt19937_64 gives, but not
// what its distributions make of it.
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace tenantry::chaos {

class dice {
public:
    /// Every combination of numbers has draws of its own.
    explicit dice(std::uint64_t seed, std::uint64_t stream = 0, std::uint64_t number = 0)
        : engine_{mixed(mixed(mixed(seed) + stream) + number)} {}

    /// Both ends included.
    std::int64_t between(std::int64_t low, std::int64_t high) {
        const auto values = static_cast<std::uint64_t>(high - low) + 1;
        return low + static_cast<std::int64_t>(engine_() % values);
    }

    bool percent(int chance) { return between(1, 100) <= chance; }

    template<class T>
    void shuffle(std::vector<T>& all) {
        for (auto left = all.size(); left > 1; --left)
            std::swap(all[left - 1], all[engine_() % left]);
    }

private:
    /// SplitMix64's finalizer: neighbouring numbers become strangers.
    static std::uint64_t mixed(std::uint64_t x) {
        x += 0x9e3779b97f4a7c15;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }

    std::mt19937_64 engine_;
};

}  // namespace tenantry::chaos
