-- Verify tenants
BEGIN;

SELECT plan_code, name, currency, activation_fee_minor, monthly_fee_minor, email_slots, linkedin_slots
FROM tenantry.plan WHERE false;
SELECT agency_id, name, plan_code, created_at FROM tenantry.agency WHERE false;
SELECT agency_id, user_id, name, email, created_at FROM tenantry.app_user WHERE false;
SELECT 1 / (count(*) >= 2)::int FROM tenantry.plan;

ROLLBACK;
