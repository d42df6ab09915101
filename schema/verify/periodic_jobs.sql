-- Verify periodic_jobs
BEGIN;

SELECT name, schedule, time_zone, queue, kind, payload, catch_up, paused_at, last_tick, last_job_id
FROM tenantry.periodic_job WHERE false;
SELECT 'tenantry.session_expiry'::regclass, 'tenantry.unique_job_expiry'::regclass;
-- What is due when is the operator's to say.
SELECT 1 / (NOT has_table_privilege(role, 'tenantry.periodic_job', 'INSERT, DELETE, TRUNCATE'))::int
FROM unnest(ARRAY['tenantry_api', 'tenantry_worker']) AS role;

ROLLBACK;
