// How many connections are open and requests in progress in the whole process, which its servers,
// one a thread, count together: a limit means the same whichever thread a connection has come to.
#pragma once

#include <atomic>
#include <cstddef>
#include <limits>
#include <memory>

namespace tenantry::http {

/// Used by all threads.
class places {
public:
    static constexpr auto unlimited = std::numeric_limits<std::size_t>::max();

    struct give_back {
        void operator()(places* taken_from) const { --taken_from->taken_; }
    };
    /// Given back when it goes; null when there was none left.
    using place = std::unique_ptr<places, give_back>;

    explicit places(std::size_t most = unlimited) : most_{most} {}

    place take() {
        for (auto taken = taken_.load(); taken < most_;)
            if (taken_.compare_exchange_weak(taken, taken + 1)) return place{this};
        return nullptr;
    }
    std::size_t taken() const { return taken_.load(); }

private:
    const std::size_t most_;
    std::atomic<std::size_t> taken_{0};
};

/// Outlives the servers.
struct admission {
    places connections{10'000};  ///< more are answered 503 with Retry-After and closed
    places requests{1'024};      ///< in the application; more are answered 503 with Retry-After
};

}  // namespace tenantry::http
