-- Deploy jobs: what is to be done after a commit. This table is the truth; a Redis stream only says where to look.
BEGIN;

CREATE SEQUENCE tenantry.job_id_seq;
CREATE TABLE tenantry.job (
    agency_id   bigint      NOT NULL,
    job_id      bigint      NOT NULL,
    queue       text        NOT NULL,
    kind        text        NOT NULL,
    company_id  bigint,
    state       text        NOT NULL DEFAULT 'pending'
                CHECK (state IN ('pending', 'running', 'done', 'dead', 'quarantined', 'cancelled')),
    attempts    integer     NOT NULL DEFAULT 0,
    crashes     integer     NOT NULL DEFAULT 0,
    epoch       integer     NOT NULL DEFAULT 0,
    steps_done  integer     NOT NULL DEFAULT 0,
    steps_total integer     NOT NULL CHECK (steps_total > 0),
    payload     jsonb,
    last_error  text,
    worker      text,
    created_at  timestamptz NOT NULL,
    run_at      timestamptz NOT NULL,
    dispatch_at timestamptz NOT NULL,
    lease_until timestamptz,
    started_at  timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (agency_id, job_id),
    CHECK (steps_done BETWEEN 0 AND steps_total),
    CHECK ((state = 'running') = (lease_until IS NOT NULL))
);
CREATE INDEX job_due ON tenantry.job (agency_id, dispatch_at) WHERE state = 'pending';
CREATE INDEX job_lease ON tenantry.job (lease_until) WHERE state = 'running';
COMMENT ON COLUMN tenantry.job.epoch IS 'bumped by each claim; only the holder of the current epoch may settle the job';
COMMENT ON COLUMN tenantry.job.attempts IS 'claims that ended in an outcome or are under way; crashes count apart';
COMMENT ON COLUMN tenantry.job.dispatch_at IS 'a pending job is pushed to its stream (again) from this instant';

CALL tenantry.isolate('job');
-- The relay and the lease sweep ask which agencies have work before they act for those agencies.
CREATE POLICY overview ON tenantry.job FOR SELECT TO tenantry_worker USING (true);

GRANT SELECT, INSERT ON tenantry.job TO tenantry_api;
GRANT UPDATE (state, attempts, crashes, run_at, dispatch_at, finished_at) ON tenantry.job TO tenantry_api;
GRANT USAGE ON SEQUENCE tenantry.job_id_seq TO tenantry_api;
GRANT SELECT ON tenantry.job TO tenantry_worker;
GRANT UPDATE (state, attempts, crashes, epoch, steps_done, last_error, worker, run_at, dispatch_at, lease_until,
              started_at, finished_at) ON tenantry.job TO tenantry_worker;

COMMIT;
