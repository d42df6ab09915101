-- Verify workspace_steps
BEGIN;

SELECT steps FROM tenantry.workspace WHERE false;
SELECT 1 / (to_regclass('tenantry.workspace_step') IS NULL)::int;

ROLLBACK;
