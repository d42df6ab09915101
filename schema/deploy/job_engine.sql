-- Deploy job_engine: jobs are claimed by agency and queue, in the order of their priority; what a plan grants an agency
-- of the workers' time; jobs of one request, jobs that exist once, jobs that are called off.
BEGIN;

ALTER TABLE tenantry.plan
    ADD COLUMN job_weight       integer NOT NULL DEFAULT 1 CHECK (job_weight BETWEEN 1 AND 100),
    ADD COLUMN max_running_jobs integer NOT NULL DEFAULT 1024 CHECK (max_running_jobs > 0),
    ADD COLUMN jobs_per_minute  integer CHECK (jobs_per_minute > 0);
COMMENT ON COLUMN tenantry.plan.job_weight IS
    'while agencies compete for workers, one of weight 2 is given twice as many jobs as one of weight 1';
COMMENT ON COLUMN tenantry.plan.max_running_jobs IS 'of one agency, at the same time, on all workers together';
COMMENT ON COLUMN tenantry.plan.jobs_per_minute IS
    'jobs that are started of one agency, with a burst of one minute''s worth; null: as many as there is room for';

-- The index on dispatch_at goes with it: a job waits for nothing but its time, since workers look for what is due by
-- themselves and a hint only tells them sooner.
ALTER TABLE tenantry.job
    DROP COLUMN dispatch_at,
    ADD COLUMN priority            smallint NOT NULL DEFAULT 1 CHECK (priority BETWEEN 0 AND 3),
    ADD COLUMN batch_id            bigint,
    ADD COLUMN batch_last_id       bigint,
    ADD COLUMN message             text CHECK (length(message) <= 500),
    ADD COLUMN cancel_requested_at timestamptz;
COMMENT ON COLUMN tenantry.job.priority IS 'within its queue and agency, 0 is first and 3 is last';
COMMENT ON COLUMN tenantry.job.batch_id IS
    'the first job of those that one request caused; null: the job came by itself';
COMMENT ON COLUMN tenantry.job.batch_last_id IS
    'of a batch''s first job: the last one''s id. The others'' lie between, so that no index is needed to find them';
COMMENT ON COLUMN tenantry.job.message IS 'what the job says of its progress';
COMMENT ON COLUMN tenantry.job.cancel_requested_at IS 'whoever runs it stops at its next step, and commits nothing more';

-- A job that was twice with a worker when it crashed waits apart: it runs by itself.
CREATE INDEX job_due ON tenantry.job (agency_id, queue, priority, run_at, job_id) WHERE state = 'pending' AND crashes < 2;
CREATE INDEX job_suspect ON tenantry.job (agency_id, job_id) WHERE state = 'pending' AND crashes >= 2;
DROP INDEX tenantry.job_lease;
CREATE INDEX job_running ON tenantry.job (agency_id, lease_until) WHERE state = 'running';
CREATE INDEX job_dead ON tenantry.job (agency_id, job_id) WHERE state IN ('dead', 'quarantined');

-- A token bucket for each agency whose plan limits how many jobs are started.
CREATE TABLE tenantry.job_budget (
    agency_id   bigint           NOT NULL PRIMARY KEY,
    tokens      double precision NOT NULL,
    refilled_at timestamptz      NOT NULL
);
COMMENT ON COLUMN tenantry.job_budget.tokens IS 'jobs that could be started at refilled_at';

CREATE TABLE tenantry.unique_job (
    agency_id  bigint      NOT NULL,
    unique_key text        NOT NULL CHECK (length(unique_key) BETWEEN 1 AND 255),
    job_id     bigint      NOT NULL,
    until      timestamptz NOT NULL,
    PRIMARY KEY (agency_id, unique_key)
);
COMMENT ON COLUMN tenantry.unique_job.until IS 'before that no other job of this key is accepted';

CALL tenantry.isolate('job_budget');
CALL tenantry.isolate('unique_job');

GRANT UPDATE (cancel_requested_at) ON tenantry.job TO tenantry_api;
GRANT INSERT, UPDATE (steps_total, message, cancel_requested_at) ON tenantry.job TO tenantry_worker;
GRANT USAGE ON SEQUENCE tenantry.job_id_seq TO tenantry_worker;
GRANT SELECT, INSERT, UPDATE ON tenantry.job_budget TO tenantry_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenantry.unique_job TO tenantry_worker;

COMMIT;
