-- Verify queues
BEGIN;

SELECT queue, paused_at FROM tenantry.queue WHERE false;

-- Pausing is the operator's.
SELECT 1 / (NOT has_table_privilege(role, 'tenantry.queue', 'INSERT, UPDATE, DELETE, TRUNCATE'))::int
FROM unnest(ARRAY['tenantry_api', 'tenantry_worker']) AS role;

ROLLBACK;
