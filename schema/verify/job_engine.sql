-- Verify job_engine
BEGIN;

SELECT job_weight, max_running_jobs, jobs_per_minute FROM tenantry.plan WHERE false;
SELECT priority, batch_id, batch_last_id, message, cancel_requested_at FROM tenantry.job WHERE false;
SELECT agency_id, tokens, refilled_at FROM tenantry.job_budget WHERE false;
SELECT agency_id, unique_key, job_id, until FROM tenantry.unique_job WHERE false;
SELECT 'tenantry.job_due'::regclass, 'tenantry.job_suspect'::regclass, 'tenantry.job_running'::regclass,
       'tenantry.job_dead'::regclass;
-- Still no application role may lose a job.
SELECT 1 / (NOT has_table_privilege(role, 'tenantry.job', 'DELETE, TRUNCATE'))::int
FROM unnest(ARRAY['tenantry_api', 'tenantry_worker']) AS role;

ROLLBACK;
