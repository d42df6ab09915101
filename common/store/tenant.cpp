#include "common/store/tenant.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace tenantry::store {

namespace {

constexpr pg::statement set_agencies{"acting_for",
                                     "SELECT set_config('tenantry.agencies', $1, true)"};

}  // namespace

pg::query acting_for(domain::agency_id agency) {
    return {&set_agencies, {fmt::format("{{{}}}", agency.value())}};
}

pg::query acting_for(std::span<const std::int64_t> agencies) {
    // Each row is held against every name in the setting, so none is in it twice.
    std::vector<std::int64_t> distinct{agencies.begin(), agencies.end()};
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    return {&set_agencies, {fmt::format("{{{}}}", fmt::join(distinct, ","))}};
}

}  // namespace tenantry::store
