-- Verify rate_limits
BEGIN;

SELECT plan_code, surface, per_minute, burst FROM tenantry.plan_rate_limit WHERE false;

-- No program changes a price list.
SELECT 1 / (NOT has_table_privilege(role, 'tenantry.plan_rate_limit', 'INSERT, UPDATE, DELETE, TRUNCATE'))::int
FROM unnest(ARRAY['tenantry_api', 'tenantry_worker']) AS role;

ROLLBACK;
