#include "common/store/company_count.hpp"

#include "common/store/failure.hpp"

namespace tenantry::store {

namespace {

// Companies and counts are read in one snapshot, in which they belong together; what commits
// meanwhile adds to both. So the difference is right whenever it is added.
constexpr pg::statement recount_statement{"", R"(WITH seen AS (
        SELECT agency_id, count(*) FILTER (WHERE active) AS active, count(*) FILTER (WHERE NOT active) AS inactive
        FROM tenantry.company GROUP BY agency_id
    ), kept AS (
        SELECT agency_id, sum(active) AS active, sum(inactive) AS inactive FROM tenantry.company_count GROUP BY agency_id
    ), mended AS (
        INSERT INTO tenantry.company_count AS c (agency_id, slot, active, inactive)
        SELECT agency_id, 0, coalesce(seen.active, 0) - coalesce(kept.active, 0),
               coalesce(seen.inactive, 0) - coalesce(kept.inactive, 0)
        FROM seen FULL JOIN kept USING (agency_id)
        WHERE (coalesce(seen.active, 0), coalesce(seen.inactive, 0))
            <> (coalesce(kept.active, 0), coalesce(kept.inactive, 0))
        ORDER BY agency_id
        ON CONFLICT (agency_id, slot) DO UPDATE
        SET active = c.active + excluded.active, inactive = c.inactive + excluded.inactive
        RETURNING agency_id
    )
    SELECT count(*) FROM mended)"};

}  // namespace

task<result<std::int64_t>> recount_companies(pg::pool& pool, deadline until) {
    auto answer = co_await pool.run(recount_statement, {}, until);
    if (!answer) co_return to_error(answer.error());
    co_return (*answer)[0].get<std::int64_t>(0);
}

}  // namespace tenantry::store
