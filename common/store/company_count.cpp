#include "common/store/company_count.hpp"

#include "common/store/failure.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

constexpr pg::statement versions_statement{
    "find_versions_of_companies",
    "SELECT n, own.version FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted(agency_id, n)"
    " CROSS JOIN LATERAL (SELECT " VERSION_OF_COMPANIES
    " AS version FROM tenantry.company_count c"
    " WHERE c.agency_id = wanted.agency_id) AS own"};

// Companies and counts are read in one snapshot, in which they belong together; what commits
// meanwhile adds to both. So the difference is right whenever it is added. The version rises
// whichever way the counts go.
constexpr pg::statement recount_statement{"", R"(WITH seen AS (
        SELECT agency_id, count(*) FILTER (WHERE active) AS active, count(*) FILTER (WHERE NOT active) AS inactive
        FROM tenantry.company GROUP BY agency_id
    ), kept AS (
        SELECT agency_id, sum(active) AS active, sum(inactive) AS inactive FROM tenantry.company_count GROUP BY agency_id
    ), mended AS (
        INSERT INTO tenantry.company_count AS c (agency_id, slot, active, inactive, changes)
        SELECT agency_id, 0, active, inactive, abs(active) + abs(inactive) + 1
        FROM (SELECT agency_id, coalesce(seen.active, 0) - coalesce(kept.active, 0) AS active,
                     coalesce(seen.inactive, 0) - coalesce(kept.inactive, 0) AS inactive
              FROM seen FULL JOIN kept USING (agency_id)) AS missing
        WHERE (active, inactive) <> (0, 0)
        ORDER BY agency_id
        ON CONFLICT (agency_id, slot) DO UPDATE
        SET active = c.active + excluded.active, inactive = c.inactive + excluded.inactive,
            changes = c.changes + excluded.changes
        RETURNING agency_id
    )
    SELECT count(*) FROM mended)"};

}  // namespace

task<result<std::vector<std::int64_t>>> find_versions(pg::pool& pool,
                                                      std::vector<domain::agency_id> agencies,
                                                      deadline until) {
    std::vector<std::int64_t> ids;
    ids.reserve(agencies.size());
    for (const auto agency : agencies) ids.push_back(agency.value());
    const pg::query queries[] = {acting_for(ids), {&versions_statement, {ids}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    std::vector<std::int64_t> versions(ids.size());
    for (const auto row : answer->back())
        versions.at(static_cast<std::size_t>(row.get<std::int64_t>(0) - 1)) =
            row.get<std::int64_t>(1);
    co_return versions;
}

task<result<std::int64_t>> recount_companies(pg::pool& pool, deadline until) {
    auto answer = co_await pool.run(recount_statement, {}, until);
    if (!answer) co_return to_error(answer.error());
    co_return (*answer)[0].get<std::int64_t>(0);
}

}  // namespace tenantry::store
