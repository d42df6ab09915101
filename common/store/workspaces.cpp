#include "common/store/workspaces.hpp"

#include "common/store/company_count.hpp"

namespace tenantry::store {

namespace {

// The company's own row is the gate: who makes it ready builds the rest, and whoever comes later
// finds nothing to do. A company that is not there fails the statement by its workspace's foreign
// key: nothing is provisioned without a word. Rows in the order of companies, so that two such
// statements wait in one direction only.
constexpr pg::statement build_statement{"build_workspaces", R"(WITH wanted AS MATERIALIZED (
        SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS t(agency_id, company_id) ORDER BY 1, 2
    ), ready AS (
        UPDATE tenantry.company c
        SET email_slots = p.email_slots, linkedin_slots = p.linkedin_slots, provisioning = 'ready', updated_at = now()
        FROM wanted JOIN tenantry.agency a USING (agency_id) JOIN tenantry.plan p USING (plan_code)
        WHERE c.agency_id = wanted.agency_id AND c.company_id = wanted.company_id AND c.provisioning = 'pending'
        RETURNING c.agency_id, c.company_id, c.name, c.owner_id
    ), )" COUNT_CHANGES_IN_WORKER("count(*)", "ready GROUP BY agency_id ORDER BY agency_id")
                                                                R"(, workspace AS (
        INSERT INTO tenantry.workspace (agency_id, company_id, created_at, steps)
        SELECT agency_id, company_id, now(), '{prospect_database, default_campaign, team_access, slots}'::text[] FROM ready
        UNION ALL
        SELECT wanted.agency_id, wanted.company_id, now(), '{}'::text[]
        FROM wanted LEFT JOIN )" COMPANY_OF_WANTED R"( AS c ON true WHERE c.company_id IS NULL
        ON CONFLICT (agency_id, company_id) DO NOTHING
    ), prospects AS (
        INSERT INTO tenantry.prospect_database (agency_id, company_id, name, created_at)
        SELECT agency_id, company_id, name || ': prospects', now() FROM ready
        ON CONFLICT (agency_id, company_id) DO NOTHING
    ), campaign AS (
        INSERT INTO tenantry.campaign (agency_id, company_id, name, status, is_default, created_at)
        SELECT agency_id, company_id, 'My first campaign', 'draft', true, now() FROM ready
        ON CONFLICT (agency_id, company_id) WHERE is_default DO NOTHING
    )
    INSERT INTO tenantry.membership (agency_id, company_id, user_id, role, created_at)
    SELECT agency_id, company_id, owner_id, 'owner', now() FROM ready
    ON CONFLICT (agency_id, company_id, user_id) DO NOTHING)"};

}  // namespace

task<pg::result<void>> build_workspaces(pg::connection& in_transaction,
                                        std::span<const company_reference> companies,
                                        deadline until) {
    const company_reference_columns columns{companies};
    pg::params arguments{columns.agency, columns.company};
    auto answer = co_await in_transaction.run(build_statement, std::move(arguments), until);
    if (!answer) co_return answer.error();
    co_return pg::result<void>{};
}

}  // namespace tenantry::store
