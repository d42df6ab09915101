// When an agency's keys changed: what every thread's cache of verified keys is held against,
// without a lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "common/domain/ids.hpp"

namespace tenantry::service {

/// One for the process. Agencies that share a slot forget their verified keys together, which costs
/// them a query.
class revocations {
public:
    using epoch = std::uint64_t;

    epoch current(domain::agency_id agency) const {
        return slots_[slot(agency)].load(std::memory_order_acquire);
    }

    /// From now on no key of this agency that was verified before counts as verified.
    void announce(domain::agency_id agency) {
        slots_[slot(agency)].fetch_add(1, std::memory_order_release);
    }

    /// The same for all agencies.
    void announce_all() {
        for (auto& s : slots_) s.fetch_add(1, std::memory_order_release);
    }

    /// Whether revocations of other processes are heard of. While they are not, nothing may be
    /// cached.
    bool listening() const { return listening_.load(std::memory_order_acquire); }
    void set_listening(bool on) { listening_.store(on, std::memory_order_release); }

private:
    static constexpr std::size_t slot_count = 1024;
    static std::size_t slot(domain::agency_id agency) {
        return static_cast<std::size_t>(agency.value()) % slot_count;
    }

    std::array<std::atomic<epoch>, slot_count> slots_{};
    std::atomic<bool> listening_{false};
};

}  // namespace tenantry::service
