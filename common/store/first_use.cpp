#include "common/store/first_use.hpp"

#include <mutex>
#include <utility>

namespace tenantry::store {

struct first_use::of_process {
    std::mutex mutex{};
    first_use::keys keys{};
};

first_use::of_process& first_use::in_use() {
    static of_process all;
    return all;
}

first_use::first_use(domain::agency_id agency, const std::optional<idempotency_key>& given) {
    if (!given) return;
    auto& all = in_use();
    const std::lock_guard lock{all.mutex};
    const auto [at, is_first] = all.keys.emplace(agency.value(), given->endpoint, given->key);
    is_second_ = !is_first;
    if (is_first) mine_ = at;
}

first_use::first_use(first_use&& other) noexcept
    : mine_{std::exchange(other.mine_, std::nullopt)}, is_second_{other.is_second_} {}

first_use::~first_use() {
    if (!mine_) return;
    auto& all = in_use();
    const std::lock_guard lock{all.mutex};
    all.keys.erase(*mine_);
}

}  // namespace tenantry::store
