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

/// As many ids as one value of a sequence stands for: it is the first of them (`schema`,
/// id_blocks).
constexpr std::size_t ids_of_a_value = 64;

/// Ids of one kind, in blocks of `ids_of_a_value`, which rise.
class id_blocks {
public:
    std::size_t size() const { return firsts_.size() * ids_of_a_value - taken_of_front_; }
    /// Whether any was ever taken.
    bool in_use() const { return last_taken_ != 0; }
    /// Blocks may come back in another order than they were reserved in: one that would not rise is
    /// dropped.
    void add(std::int64_t first);
    /// No more than size().
    std::vector<std::int64_t> take(std::size_t count);

private:
    std::deque<std::int64_t> firsts_;
    std::size_t taken_of_front_ = 0;
    std::int64_t last_taken_ = 0;
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
    static constexpr std::size_t smallest_block = ids_of_a_value;
    static constexpr std::size_t largest_block = 64 * ids_of_a_value;

    bool try_take(const id_demand& demand, reserved_ids& out);
    /// So many of each kind that a company takes, and of the others that somebody has asked for.
    /// Under the mutex.
    id_demand block_of(std::size_t size) const;
    id_demand next_block();
    task<result<void>> reserve(pg::pool& pool, id_demand demand, deadline until);

    std::mutex mutex_;
    std::array<id_blocks, kinds> reserve_;  ///< in the order of id_demand's members
    std::size_t block_ = smallest_block;
    bool refilling_ = false;
    std::chrono::steady_clock::time_point refilled_{};
};

}  // namespace tenantry::store
