#include "tests/support/effects.hpp"

#include "tests/support/servers.hpp"

namespace tenantry::test {

namespace {

constexpr const char* faults_sql = R"(
WITH found AS (
    SELECT c.agency_id, c.company_id, what, n, wanted
    FROM tenantry.company c
        JOIN tenantry.agency USING (agency_id) JOIN tenantry.plan p USING (plan_code),
    LATERAL (VALUES
        ('keys', (SELECT least(count(*), 1) FROM tenantry.api_key x
             WHERE (x.agency_id, x.company_id) = (c.agency_id, c.company_id)), 1),
        ('jobs', (SELECT count(*) FROM tenantry.job x
             WHERE (x.agency_id, x.company_id) = (c.agency_id, c.company_id)), 2),
        ('jobs done', (SELECT count(DISTINCT kind) FROM tenantry.job x
             WHERE (x.agency_id, x.company_id) = (c.agency_id, c.company_id)
               AND state = 'done' AND steps_done = steps_total
               AND started_at IS NOT NULL AND finished_at IS NOT NULL), 2),
        ('workspaces', (SELECT count(*) FROM tenantry.workspace x
             WHERE (x.agency_id, x.company_id) = (c.agency_id, c.company_id)), 1),
        ('steps', (SELECT count(*) FROM tenantry.workspace_step x
             WHERE (x.agency_id, x.company_id) = (c.agency_id, c.company_id)), 4),
        ('prospect databases', (SELECT count(*) FROM tenantry.prospect_database x
             WHERE (x.agency_id, x.company_id) = (c.agency_id, c.company_id)), 1),
        ('campaigns', (SELECT count(*) FROM tenantry.campaign x
             WHERE (x.agency_id, x.company_id) = (c.agency_id, c.company_id)), 1),
        ('default campaigns', (SELECT count(*) FROM tenantry.campaign x
             WHERE (x.agency_id, x.company_id) = (c.agency_id, c.company_id)
               AND is_default), 1),
        ('memberships', (SELECT count(*) FROM tenantry.membership x
             WHERE (x.agency_id, x.company_id) = (c.agency_id, c.company_id)), 1),
        ('memberships of the owner', (SELECT count(*) FROM tenantry.membership x
             WHERE (x.agency_id, x.company_id) = (c.agency_id, c.company_id)
               AND x.user_id = c.owner_id AND role = 'owner'), 1),
        ('postings', (SELECT count(*) FROM tenantry.ledger_posting x
             WHERE (x.agency_id, x.company_id) = (c.agency_id, c.company_id)), 1),
        ('fees of the plan', (SELECT count(*) FROM tenantry.ledger_posting x
             WHERE (x.agency_id, x.company_id) = (c.agency_id, c.company_id)
               AND amount_minor = p.activation_fee_minor AND x.currency = p.currency
               AND debit_account = 'receivable' AND credit_account = 'activation_revenue'), 1),
        ('subscriptions', (SELECT count(*) FROM tenantry.subscription x
             WHERE (x.agency_id, x.company_id) = (c.agency_id, c.company_id)), 1),
        ('periods', (SELECT count(*) FROM tenantry.subscription_period x
             WHERE (x.agency_id, x.company_id) = (c.agency_id, c.company_id)), 1),
        ('audit events', (SELECT count(*) FROM tenantry.audit_event x
             WHERE (x.agency_id, x.company_id) = (c.agency_id, c.company_id)
               AND action = 'company.created'), 1),
        ('ready with slots', (c.provisioning = 'ready' AND c.email_slots = p.email_slots
               AND c.linkedin_slots = p.linkedin_slots)::int, 1)
    ) AS t(what, n, wanted)
)
SELECT string_agg(format('company %s has %s %s, not %s', company_id, n, what, wanted), '; ')
FROM found WHERE n <> wanted)";

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
