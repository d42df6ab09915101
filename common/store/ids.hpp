// Identities reserved ahead from the database's sequences, so that a response can be written, and
// its jobs be known, before the statement that creates them is sent.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "common/pg/pool.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::store {

/// How many identities of each kind one request needs.
struct id_demand {
    std::size_t companies = 0;
    std::size_t api_keys = 0;
    std::size_t jobs = 0;
    std::size_t users = 0;
    std::size_t locations = 0;
};

struct reserved_ids {
    std::vector<std::int64_t> companies;
    std::vector<std::int64_t> api_keys;
    std::vector<std::int64_t> jobs;
    std::vector<std::int64_t> users{};
    std::vector<std::int64_t> locations{};
};

/// One for the process, shared by its threads, so that ids rise in the order of requests whichever
/// thread serves them. Taking from the reserve is a few instructions under a mutex that is never
/// held across a wait. Ids that are reserved and not used are lost, as with any sequence.
class id_reserve {
public:
    /// Answers at once from the reserve, or after one round trip that reserves what is asked for.
    task<result<reserved_ids>> take(pg::pool& pool, id_demand demand, deadline until);

    /// True when the reserve runs low and nobody refills it yet: then the caller starts refill(),
    /// beside its request.
    bool begin_refill_when_low();
    task<void> refill(pg::pool& pool);

private:
    static constexpr std::size_t kinds = 5;
    static constexpr std::size_t smallest_block = 64;
    /// libpq keeps room for its largest answer in each connection: 64 KiB for so many companies.
    static constexpr std::size_t largest_block = 1024;

    bool try_take(const id_demand& demand, reserved_ids& out);
    /// So many of each kind that a company takes, and of the others that somebody has asked for.
    /// Under the mutex.
    id_demand block_of(std::size_t size) const;
    id_demand next_block();
    task<result<void>> reserve(pg::pool& pool, id_demand demand, deadline until);

    std::mutex mutex_;
    /// In the order of id_demand's members, rising.
    std::array<std::deque<std::int64_t>, kinds> reserve_;
    /// Blocks may come back in another order than they were reserved in: what would not rise is
    /// dropped.
    std::array<std::int64_t, kinds> last_taken_{};
    std::size_t block_ = smallest_block;
    bool refilling_ = false;
    std::chrono::steady_clock::time_point refilled_{};
};

}  // namespace tenantry::store
