#include "common/store/organizations.hpp"

#include <algorithm>
#include <utility>

#include "common/runtime/pieces.hpp"
#include "common/store/failure.hpp"
#include "common/store/locations.hpp"
#include "common/store/tenant.hpp"
#include "common/store/users.hpp"

namespace tenantry::store {

namespace {

#define ACTIVE_COMPANIES                                                    \
    "SELECT company_id, name, created_at, updated_at FROM tenantry.company" \
    " WHERE agency_id = $1 AND active"
constexpr pg::statement list_statement{"list_organizations",
                                       ACTIVE_COMPANIES " ORDER BY company_id"};
constexpr pg::statement find_statement{"find_organization",
                                       ACTIVE_COMPANIES " AND company_id = $2"};

pg::query companies_query(domain::agency_id agency, std::optional<domain::company_id> only) {
    if (!only) return {&list_statement, {agency.value()}};
    return {&find_statement, {agency.value(), only->value()}};
}

task<std::vector<domain::organization>> read_organizations(const pg::rows& rows) {
    std::vector<domain::organization> all;
    all.reserve(rows.size());
    const auto add = [&all](const pg::row& row) {
        all.push_back({.id = domain::company_id{row.get<std::int64_t>(0)},
                       .name = row.get<std::string>(1),
                       .created_at = row.get<timestamp>(2),
                       .updated_at = row.get<timestamp>(3)});
    };
    co_await in_pieces(rows, add);
    co_return all;
}

/// The one of that id among all, which are sorted; null when a later query alone has seen it.
domain::organization* find(std::vector<domain::organization>& all, domain::company_id id) {
    const auto at = std::ranges::lower_bound(all, id, {}, &domain::organization::id);
    return at == all.end() || at->id != id ? nullptr : &*at;
}

/// Without the other places: who owns thousands of companies would bring them all into each.
task<> seat(std::vector<domain::organization>& all, std::vector<domain::user>& users) {
    std::size_t seated = 0;
    for (auto& user : users) {
        auto places = std::exchange(user.companies, {});
        for (auto& place : places) {
            if (++seated % elements_of_a_piece == 0) co_await net::post(use_task);
            if (auto* organization = find(all, place.id))
                organization->users.emplace_back(user).companies.push_back(std::move(place));
        }
    }
}

}  // namespace

task<result<std::vector<domain::organization>>> list_organizations(
    pg::pool& pool, domain::agency_id agency, std::optional<domain::company_id> only,
    deadline until) {
    const user_filter members{.members_of = only, .places_in = only};
    const pg::query queries[] = {acting_until(agency, until), companies_query(agency, only),
                                 find_users_query(agency, members),
                                 list_locations_query(agency, only)};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    auto all = co_await read_organizations((*answer)[1]);
    auto users = co_await read_users((*answer)[2]);
    co_await seat(all, users);
    auto locations = co_await read_locations((*answer)[3]);
    const auto place = [&](domain::location& location) {
        if (auto* organization = find(all, location.company))
            organization->locations.push_back(std::move(location));
    };
    co_await in_pieces(locations, place);
    co_return all;
}

}  // namespace tenantry::store
