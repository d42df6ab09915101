-- Revert job_engine
BEGIN;

REVOKE DELETE, INSERT, UPDATE, SELECT ON tenantry.unique_job FROM tenantry_worker;
REVOKE USAGE ON SEQUENCE tenantry.job_id_seq FROM tenantry_worker;
REVOKE INSERT, UPDATE (steps_total) ON tenantry.job FROM tenantry_worker;
DROP TABLE tenantry.unique_job;
DROP TABLE tenantry.job_budget;
DROP INDEX tenantry.job_dead;
DROP INDEX tenantry.job_running;
DROP INDEX tenantry.job_suspect;
DROP INDEX tenantry.job_due;
CREATE INDEX job_lease ON tenantry.job (lease_until) WHERE state = 'running';
ALTER TABLE tenantry.job
    DROP COLUMN cancel_requested_at,
    DROP COLUMN message,
    DROP COLUMN batch_last_id,
    DROP COLUMN batch_id,
    DROP COLUMN priority,
    ADD COLUMN dispatch_at timestamptz;
UPDATE tenantry.job SET dispatch_at = run_at;
ALTER TABLE tenantry.job ALTER COLUMN dispatch_at SET NOT NULL;
COMMENT ON COLUMN tenantry.job.dispatch_at IS 'a pending job is pushed to its stream (again) from this instant';
CREATE INDEX job_due ON tenantry.job (agency_id, dispatch_at) WHERE state = 'pending';
GRANT UPDATE (dispatch_at) ON tenantry.job TO tenantry_api, tenantry_worker;
ALTER TABLE tenantry.plan
    DROP COLUMN jobs_per_minute,
    DROP COLUMN max_running_jobs,
    DROP COLUMN job_weight;

COMMIT;
