-- Verify billing
BEGIN;

SELECT agency_id, account_code, normal_side FROM tenantry.ledger_account WHERE false;
SELECT agency_id, posting_id, charge_key, company_id, debit_account, credit_account, amount_minor, currency, description,
       posted_at
FROM tenantry.ledger_posting WHERE false;
SELECT agency_id, posting_id, account_code, debit_minor, credit_minor, currency, company_id, posted_at
FROM tenantry.ledger_entry WHERE false;
SELECT agency_id, company_id, plan_code, state, anchor, created_at FROM tenantry.subscription WHERE false;
SELECT agency_id, company_id, period_start, period_end FROM tenantry.subscription_period WHERE false;
-- Append-only.
SELECT 1 / (NOT has_table_privilege(role, 'tenantry.ledger_posting', 'UPDATE, DELETE, TRUNCATE'))::int
FROM unnest(ARRAY['tenantry_api', 'tenantry_worker']) AS role;

ROLLBACK;
