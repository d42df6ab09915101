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
    return true;
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

task<result<reserved_ids>> id_reserve::take(pg::pool& pool, id_demand demand, deadline until) {
    reserved_ids taken;
    while (!try_take(demand, taken)) {
        const auto block = next_block();
        // Two jobs a company is what creating one takes.
        const auto want = [&](std::size_t n, std::size_t each) {
            return static_cast<std::int64_t>(n == 0 ? 0 : n + each * block);
        };
        auto answer = co_await pool.run(
            reserve_statement,
            {want(demand.companies, 1), want(demand.api_keys, 1), want(demand.jobs, 2)}, until);
        if (!answer) co_return to_error(answer.error());
        const std::lock_guard lock{mutex_};
        for (std::size_t kind = 0; kind < kinds; ++kind)
            for (const auto id :
                 (*answer)[0].get<std::vector<std::int64_t>>(static_cast<int>(kind)))
                reserve_[kind].push_back(id);
    }
    co_return taken;
}

}  // namespace tenantry::store
