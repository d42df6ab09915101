-- Verify jobs
BEGIN;

SELECT agency_id, job_id, queue, kind, company_id, state, attempts, crashes, epoch, steps_done, steps_total, payload,
       last_error, worker, created_at, run_at, lease_until, started_at, finished_at
FROM tenantry.job WHERE false;
-- No application role may lose a job.
SELECT 1 / (NOT has_table_privilege(role, 'tenantry.job', 'DELETE, TRUNCATE'))::int
FROM unnest(ARRAY['tenantry_api', 'tenantry_worker']) AS role;

ROLLBACK;
