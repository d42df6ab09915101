-- Verify rate_limits
BEGIN;

SELECT plan_code, surface, per_minute, burst FROM tenantry.plan_rate_limit WHERE false;

ROLLBACK;
