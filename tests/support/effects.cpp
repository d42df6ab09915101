#include "tests/support/effects.hpp"

#include "tests/support/servers.hpp"

namespace tenantry::test {

namespace {

/// Everything there is for a company, one row each, against what there must be. Whatever belongs to
/// no company meets nothing that it must be.
constexpr const char* faults_sql = R"(
WITH company_job AS (
    SELECT * FROM tenantry.job WHERE company_id IS NOT NULL OR kind IN ('provisioning', 'billing')
), there AS (
    SELECT DISTINCT agency_id, company_id, 'keys' AS what
    FROM tenantry.api_key WHERE company_id IS NOT NULL
    UNION ALL SELECT agency_id, company_id, 'jobs' FROM company_job
    UNION ALL SELECT agency_id, company_id, kind || ' jobs done' FROM company_job
        WHERE state = 'done' AND steps_done = steps_total
            AND started_at IS NOT NULL AND finished_at IS NOT NULL
    UNION ALL SELECT agency_id, company_id, 'workspaces' FROM tenantry.workspace
    UNION ALL SELECT agency_id, company_id, 'steps' FROM tenantry.workspace, unnest(steps)
    UNION ALL SELECT agency_id, company_id, 'prospect databases' FROM tenantry.prospect_database
    UNION ALL SELECT agency_id, company_id, 'campaigns' FROM tenantry.campaign
    UNION ALL SELECT agency_id, company_id, 'default campaigns' FROM tenantry.campaign
        WHERE is_default
    UNION ALL SELECT agency_id, company_id, 'memberships' FROM tenantry.membership
    UNION ALL SELECT agency_id, company_id, 'memberships of the owner'
        FROM tenantry.membership JOIN tenantry.company USING (agency_id, company_id)
        WHERE user_id = owner_id AND role = 'owner'
    UNION ALL SELECT agency_id, company_id, 'postings' FROM tenantry.ledger_posting
    UNION ALL SELECT agency_id, company_id, 'fees of the plan'
        FROM tenantry.ledger_posting x JOIN tenantry.agency USING (agency_id)
            JOIN tenantry.plan p USING (plan_code)
        WHERE amount_minor = p.activation_fee_minor AND x.currency = p.currency
            AND debit_account = 'receivable' AND credit_account = 'activation_revenue'
    UNION ALL SELECT agency_id, company_id, 'subscriptions' FROM tenantry.subscription
    UNION ALL SELECT agency_id, company_id, 'periods' FROM tenantry.subscription_period
    UNION ALL SELECT agency_id, company_id, 'audit events' FROM tenantry.audit_event
        WHERE action = 'company.created'
    UNION ALL SELECT agency_id, company_id, 'states of ready with slots'
        FROM tenantry.company c JOIN tenantry.agency USING (agency_id)
            JOIN tenantry.plan p USING (plan_code)
        WHERE c.provisioning = 'ready' AND c.email_slots = p.email_slots
            AND c.linkedin_slots = p.linkedin_slots
), counted AS (
    SELECT agency_id, company_id, what, count(*) AS n FROM there GROUP BY 1, 2, 3
), wanted AS (
    SELECT agency_id, company_id, what, wanted FROM tenantry.company, (VALUES
        ('keys', 1), ('jobs', 2), ('provisioning jobs done', 1), ('billing jobs done', 1),
        ('workspaces', 1), ('steps', 4), ('prospect databases', 1), ('campaigns', 1),
        ('default campaigns', 1), ('memberships', 1), ('memberships of the owner', 1),
        ('postings', 1), ('fees of the plan', 1), ('subscriptions', 1), ('periods', 1),
        ('audit events', 1), ('states of ready with slots', 1)
    ) AS t(what, wanted)
), fault AS (
    SELECT format('company %s has %s %s, not %s', coalesce(company_id::text, 'of no number'),
                  coalesce(n, 0), what, coalesce(wanted, 0)) AS words
    FROM wanted FULL JOIN counted USING (agency_id, company_id, what)
    WHERE n IS DISTINCT FROM wanted ORDER BY company_id LIMIT 100
)
SELECT string_agg(words, '; ') FROM fault)";

}  // namespace

bool every_job_gets_done(sql_session& sql, std::chrono::milliseconds timeout) {
    return eventually(
        [&] { return sql.number("SELECT count(*) FROM tenantry.job WHERE state <> 'done'") == 0; },
        timeout);
}

std::string faults_of_companies(sql_session& sql) {
    return sql.execute(faults_sql);
}

}  // namespace tenantry::test
