#include "common/store/tenant.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

namespace tenantry::store {

namespace {

constexpr pg::statement set_agencies{"acting_for",
                                     "SELECT set_config('tenantry.agencies', $1, true)"};

constexpr pg::statement set_agencies_and_timeout{
    "acting_in_a_hurry",
    "SELECT set_config('tenantry.agencies', $1, true), set_config('lock_timeout', $2, true)"};

constexpr pg::statement set_agencies_and_deadline{
    "acting_until",
    "SELECT set_config('tenantry.agencies', $1, true), set_config('statement_timeout', $2, true)"};

std::string setting_of(domain::agency_id agency) {
    return fmt::format("{{{}}}", agency.value());
}

// Each row is held against every name in the setting, so none is in it twice.
std::string setting_of(std::span<const std::int64_t> agencies) {
    std::vector<std::int64_t> distinct{agencies.begin(), agencies.end()};
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    return fmt::format("{{{}}}", fmt::join(distinct, ","));
}

}  // namespace

pg::query acting_for(domain::agency_id agency) {
    return {&set_agencies, {setting_of(agency)}};
}

pg::query acting_for(std::span<const std::int64_t> agencies) {
    return {&set_agencies, {setting_of(agencies)}};
}

// A little earlier than the deadline: what PostgreSQL ends leaves the connection as it was. 0 would
// be no timeout.
pg::query acting_until(domain::agency_id agency, deadline until) {
    constexpr std::chrono::milliseconds earlier{50}, least{1};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    return {&set_agencies_and_deadline,
            {setting_of(agency), fmt::format("{}ms", std::max(left - earlier, least).count())}};
}

pg::query acting_for(std::span<const std::int64_t> agencies,
                     std::chrono::milliseconds lock_timeout) {
    return {&set_agencies_and_timeout,
            {setting_of(agencies), fmt::format("{}ms", lock_timeout.count())}};
}

}  // namespace tenantry::store
