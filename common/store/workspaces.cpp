#include "common/store/workspaces.hpp"

namespace tenantry::store {

namespace {

#define WANTED                                                                          \
    "WITH wanted AS (SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS t(agency_id, " \
    "company_id)) "

// What will have been done by the commit is recorded with the workspace.
constexpr pg::statement prospect_databases_statement{"create_prospect_databases",
                                                     WANTED R"(, workspace AS (
        INSERT INTO tenantry.workspace (agency_id, company_id, created_at, steps)
        SELECT agency_id, company_id, now(), '{prospect_database, default_campaign, team_access, slots}'
        FROM wanted ORDER BY 1, 2
        ON CONFLICT (agency_id, company_id) DO NOTHING
    )
    INSERT INTO tenantry.prospect_database (agency_id, company_id, name, created_at)
    SELECT wanted.agency_id, wanted.company_id, c.name || ': prospects', now()
    FROM wanted CROSS JOIN )" COMPANY_OF_WANTED R"( AS c ORDER BY 1, 2
    ON CONFLICT (agency_id, company_id) DO NOTHING)"};

constexpr pg::statement default_campaigns_statement{
    "create_default_campaigns", WANTED
    R"(INSERT INTO tenantry.campaign (agency_id, company_id, name, status, is_default, created_at)
    SELECT agency_id, company_id, 'My first campaign', 'draft', true, now() FROM wanted
    ON CONFLICT (agency_id, company_id) WHERE is_default DO NOTHING)"};

constexpr pg::statement owners_access_statement{
    "grant_owners_access",
    WANTED R"(INSERT INTO tenantry.membership (agency_id, company_id, user_id, role, created_at)
    SELECT wanted.agency_id, wanted.company_id, c.owner_id, 'owner', now()
    FROM wanted CROSS JOIN )" COMPANY_OF_WANTED R"( AS c
    ON CONFLICT (agency_id, company_id, user_id) DO NOTHING)"};

constexpr pg::statement slots_statement{"assign_slots", WANTED R"(UPDATE tenantry.company c
    SET email_slots = p.email_slots, linkedin_slots = p.linkedin_slots, provisioning = 'ready', updated_at = now()
    FROM wanted JOIN tenantry.agency a USING (agency_id) JOIN tenantry.plan p USING (plan_code)
    WHERE c.agency_id = wanted.agency_id AND c.company_id = wanted.company_id AND c.provisioning = 'pending')"};

}  // namespace

task<pg::result<void>> build_workspaces(pg::connection& in_transaction,
                                        std::span<const company_reference> companies,
                                        deadline until) {
    const company_reference_columns columns{companies};
    std::vector<pg::query> steps;
    for (const auto* step : {&prospect_databases_statement, &default_campaigns_statement,
                             &owners_access_statement, &slots_statement})
        steps.push_back({step, {columns.agency, columns.company}});
    auto answer = co_await in_transaction.run(steps, until);
    if (!answer) co_return answer.error();
    co_return pg::result<void>{};
}

}  // namespace tenantry::store
