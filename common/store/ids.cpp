#include "common/store/ids.hpp"

#include <algorithm>

#include "common/store/failure.hpp"

namespace tenantry::store {

namespace {

constexpr pg::statement reserve_statement{
    "reserve_ids",
    R"(SELECT ARRAY(SELECT nextval('tenantry.company_id_seq') FROM generate_series(1, $1::bigint)),
           ARRAY(SELECT nextval('tenantry.api_key_id_seq') FROM generate_series(1, $2::bigint)),
           ARRAY(SELECT nextval('tenantry.job_id_seq') FROM generate_series(1, $3::bigint)))"};

/// A block that lasted less than this was too small; one that lasted ten times as long, too large.
constexpr std::chrono::seconds short_time{1};
constexpr std::chrono::seconds refill_time{5};

std::vector<std::int64_t> pop(std::deque<std::int64_t>& from, std::size_t count) {
    std::vector<std::int64_t> taken{from.begin(),
                                    from.begin() + static_cast<std::ptrdiff_t>(count)};
    from.erase(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(count));
    return taken;
}

}  // namespace

bool id_reserve::try_take(const id_demand& demand, reserved_ids& out) {
    const std::lock_guard lock{mutex_};
    auto& [companies, api_keys, jobs] = reserve_;
    if (companies.size() < demand.companies || api_keys.size() < demand.api_keys ||
        jobs.size() < demand.jobs)
        return false;
    out = {pop(companies, demand.companies), pop(api_keys, demand.api_keys),
           pop(jobs, demand.jobs)};
    const std::vector<std::int64_t>* const taken[] = {&out.companies, &out.api_keys, &out.jobs};
    for (std::size_t kind = 0; kind < kinds; ++kind)
        if (!taken[kind]->empty()) last_taken_[kind] = taken[kind]->back();
    return true;
}

bool id_reserve::begin_refill_when_low() {
    const std::lock_guard lock{mutex_};
    const auto& [companies, api_keys, jobs] = reserve_;
    const auto low = block_ / 2;
    if (refilling_ || (companies.size() >= low && api_keys.size() >= low && jobs.size() >= 2 * low))
        return false;
    return refilling_ = true;
}

std::size_t id_reserve::next_block() {
    const std::lock_guard lock{mutex_};
    const auto now = std::chrono::steady_clock::now();
    const auto lasted = now - refilled_;
    refilled_ = now;
    if (lasted < short_time) block_ = std::min(block_ * 2, largest_block);
    if (lasted > 10 * short_time) block_ = smallest_block;
    return block_;
}

task<result<void>> id_reserve::reserve(pg::pool& pool, id_demand demand, deadline until) {
    auto answer = co_await pool.run(
        reserve_statement,
        {static_cast<std::int64_t>(demand.companies), static_cast<std::int64_t>(demand.api_keys),
         static_cast<std::int64_t>(demand.jobs)},
        until);
    if (!answer) co_return to_error(answer.error());
    const std::lock_guard lock{mutex_};
    for (std::size_t kind = 0; kind < kinds; ++kind)
        for (const auto id : (*answer)[0].get<std::vector<std::int64_t>>(static_cast<int>(kind)))
            if (reserve_[kind].empty() ? id > last_taken_[kind] : id > reserve_[kind].back())
                reserve_[kind].push_back(id);
    co_return result<void>{};
}

task<void> id_reserve::refill(pg::pool& pool) {
    const auto block = next_block();
    // A request that runs out meanwhile reserves for itself; a failure is tried again by the next
    // request.
    co_await reserve(pool, {block, block, 2 * block}, deadline_in(refill_time));
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
                          ample(demand.jobs, 2)};
    while (!try_take(demand, taken)) {
        auto reserved = co_await reserve(pool, block, until);
        if (!reserved) co_return reserved.error();
    }
    co_return taken;
}

}  // namespace tenantry::store
