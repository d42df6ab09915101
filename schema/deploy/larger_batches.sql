-- Deploy larger_batches: what a plan grants by default is what one worker has in progress.
BEGIN;

-- Two queues of four batches of 256 jobs. An agency that is alone leaves no place of the worker empty. A plan that had
-- the former default by choice gets the new one as well: to the table they are the same.
ALTER TABLE tenantry.plan ALTER COLUMN max_running_jobs SET DEFAULT 2048;
UPDATE tenantry.plan SET max_running_jobs = 2048 WHERE max_running_jobs = 1024;

COMMIT;
