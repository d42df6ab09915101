-- Revert rate_limits
BEGIN;

DROP TABLE tenantry.plan_rate_limit;

COMMIT;
