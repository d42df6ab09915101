#include "common/store/ids.hpp"

#include <algorithm>

#include "common/store/failure.hpp"

namespace tenantry::store {

namespace {

constexpr pg::statement reserve_statement{
    "reserve_ids",
    R"(SELECT ARRAY(SELECT nextval('tenantry.company_id_seq') FROM generate_series(1, $1::bigint)),
           ARRAY(SELECT nextval('tenantry.api_key_id_seq') FROM generate_series(1, $2::bigint)),
           ARRAY(SELECT nextval('tenantry.job_id_seq') FROM generate_series(1, $3::bigint)),
           ARRAY(SELECT nextval('tenantry.user_id_seq') FROM generate_series(1, $4::bigint)),
           ARRAY(SELECT nextval('tenantry.location_id_seq') FROM generate_series(1, $5::bigint)))"};

/// A block that lasted less than this was too small; one that lasted ten times as long, too large.
constexpr std::chrono::seconds short_time{1};
constexpr std::chrono::seconds refill_time{5};

std::array<std::size_t, 5> counts_of(const id_demand& d) {
    return {d.companies, d.api_keys, d.jobs, d.users, d.locations};
}

/// Values of a sequence that give at least so many ids.
std::int64_t values_for(std::size_t ids) {
    return static_cast<std::int64_t>((ids + ids_of_a_value - 1) / ids_of_a_value);
}

}  // namespace

void id_blocks::add(std::int64_t first) {
    if (first > (firsts_.empty() ? last_taken_ : firsts_.back())) firsts_.push_back(first);
}

std::vector<std::int64_t> id_blocks::take(std::size_t count) {
    std::vector<std::int64_t> taken;
    taken.reserve(count);
    while (taken.size() < count) {
        last_taken_ = firsts_.front() + static_cast<std::int64_t>(taken_of_front_);
        taken.push_back(last_taken_);
        if (++taken_of_front_ < ids_of_a_value) continue;
        firsts_.pop_front();
        taken_of_front_ = 0;
    }
    return taken;
}

bool id_reserve::try_take(const id_demand& demand, reserved_ids& out) {
    const auto wanted = counts_of(demand);
    const std::lock_guard lock{mutex_};
    for (std::size_t kind = 0; kind < kinds; ++kind)
        if (reserve_[kind].size() < wanted[kind]) return false;
    std::vector<std::int64_t>* const taken[] = {&out.companies, &out.api_keys, &out.jobs,
                                                &out.users, &out.locations};
    for (std::size_t kind = 0; kind < kinds; ++kind)
        *taken[kind] = reserve_[kind].take(wanted[kind]);
    return true;
}

id_demand id_reserve::block_of(std::size_t size) const {
    constexpr std::size_t kinds_of_a_company = 3;
    const auto of = [&](std::size_t kind, std::size_t count) {
        return kind < kinds_of_a_company || reserve_[kind].in_use() ? count : 0;
    };
    // A company starts two jobs.
    return {of(0, size), of(1, size), of(2, 2 * size), of(3, size), of(4, size)};
}

bool id_reserve::begin_refill_when_low() {
    const std::lock_guard lock{mutex_};
    const auto low = counts_of(block_of(block_));
    for (std::size_t kind = 0; kind < kinds && !refilling_; ++kind)
        if (reserve_[kind].size() < low[kind]) return refilling_ = true;
    return false;
}

id_demand id_reserve::next_block() {
    const std::lock_guard lock{mutex_};
    const auto now = std::chrono::steady_clock::now();
    const auto lasted = now - refilled_;
    refilled_ = now;
    if (lasted < short_time) block_ = std::min(block_ * 2, largest_block);
    if (lasted > 10 * short_time) block_ = smallest_block;
    return block_of(block_);
}

task<result<void>> id_reserve::reserve(pg::pool& pool, id_demand demand, deadline until) {
    auto answer = co_await pool.run(
        reserve_statement,
        {values_for(demand.companies), values_for(demand.api_keys), values_for(demand.jobs),
         values_for(demand.users), values_for(demand.locations)},
        until);
    if (!answer) co_return to_error(answer.error());
    const std::lock_guard lock{mutex_};
    for (std::size_t kind = 0; kind < kinds; ++kind)
        for (const auto first : (*answer)[0].get<std::vector<std::int64_t>>(static_cast<int>(kind)))
            reserve_[kind].add(first);
    co_return result<void>{};
}

task<void> id_reserve::refill(pg::pool& pool) {
    const auto block = next_block();
    // A request that runs out meanwhile reserves for itself; a failure is tried again by the next
    // request.
    co_await reserve(pool, block, deadline_in(refill_time));
    const std::lock_guard lock{mutex_};
    refilling_ = false;
}

task<result<reserved_ids>> id_reserve::take(pg::pool& pool, id_demand demand, deadline until) {
    reserved_ids taken;
    // More than is asked for, so that the next request waits for nothing; of no kind that is not
    // asked for.
    const auto ample = [](std::size_t n, std::size_t each) {
        return n == 0 ? 0 : n + each * smallest_block;
    };
    const id_demand block{ample(demand.companies, 1), ample(demand.api_keys, 1),
                          ample(demand.jobs, 2), ample(demand.users, 1),
                          ample(demand.locations, 1)};
    while (!try_take(demand, taken)) {
        auto reserved = co_await reserve(pool, block, until);
        if (!reserved) co_return reserved.error();
    }
    co_return taken;
}

}  // namespace tenantry::store
