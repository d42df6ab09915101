-- Revert larger_batches
BEGIN;

ALTER TABLE tenantry.plan ALTER COLUMN max_running_jobs SET DEFAULT 1024;
UPDATE tenantry.plan SET max_running_jobs = 1024 WHERE max_running_jobs = 2048;

COMMIT;
