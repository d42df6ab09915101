-- Deploy periodic_jobs: jobs that the clock causes, and what the first of them clear away.
BEGIN;

-- Like the price list it has no agency: every node of a distributed database holds a copy. The jobs that it causes are
-- the operator's own, under agency 0.
CREATE TABLE tenantry.periodic_job (
    name        text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 100),
    schedule    text        NOT NULL,
    time_zone   text        NOT NULL DEFAULT 'UTC',
    queue       text        NOT NULL REFERENCES tenantry.queue,
    kind        text        NOT NULL,
    payload     jsonb       CHECK (jsonb_typeof(payload) = 'object'),
    catch_up    text        NOT NULL CHECK (catch_up IN ('every', 'latest')),
    paused_at   timestamptz,
    last_tick   timestamptz NOT NULL DEFAULT date_trunc('minute', now())
                CHECK (last_tick BETWEEN '2000-01-01 00:00Z' AND '9999-12-31 00:00Z'),
    last_job_id bigint
);
COMMENT ON COLUMN tenantry.periodic_job.schedule IS 'a cron expression of five fields, read in time_zone';
COMMENT ON COLUMN tenantry.periodic_job.catch_up IS
    'of ticks that came while no scheduler ran, each one causes its job (every), or all of them one (latest)';
COMMENT ON COLUMN tenantry.periodic_job.last_tick IS
    'ticks up to here are settled; it only grows, whatever the clock does, and whoever moves it inserts their jobs';
COMMENT ON COLUMN tenantry.periodic_job.payload IS 'of each of its jobs; to it comes the tick';
COMMENT ON COLUMN tenantry.periodic_job.last_job_id IS
    'the job of its last tick. While it is not over, ticks of which the latest counts wait: two would run side by side';

INSERT INTO tenantry.queue (queue) VALUES ('maintenance');
INSERT INTO tenantry.periodic_job (name, schedule, queue, kind, catch_up) VALUES
    ('expire idempotency records', '*/10 * * * *', 'maintenance', 'expire_idempotency_records', 'latest'),
    ('expire sessions',            '*/10 * * * *', 'maintenance', 'expire_sessions',            'latest'),
    ('sweep orphans',              '17 * * * *',   'maintenance', 'sweep_orphans',              'latest');

-- To find what has expired, whose ever it is; it is deleted agency by agency.
CREATE INDEX session_expiry ON tenantry.session (expires_at);
CREATE INDEX unique_job_expiry ON tenantry.unique_job (until);
CREATE POLICY overview ON tenantry.idempotency_record FOR SELECT TO tenantry_worker USING (expires_at <= now());
CREATE POLICY overview ON tenantry.session FOR SELECT TO tenantry_worker USING (expires_at <= now());
CREATE POLICY overview ON tenantry.unique_job FOR SELECT TO tenantry_worker USING (until <= now());
-- Which agencies hold numbers; whether each has its location is asked of one agency after the other.
CREATE POLICY overview ON tenantry.phone_number FOR SELECT TO tenantry_worker USING (holder_agency_id IS NOT NULL);

GRANT SELECT ON tenantry.periodic_job TO tenantry_worker;
GRANT UPDATE (last_tick, last_job_id) ON tenantry.periodic_job TO tenantry_worker;
GRANT SELECT (agency_id, session_id, expires_at), DELETE ON tenantry.session TO tenantry_worker;
GRANT UPDATE (free_from) ON tenantry.phone_number TO tenantry_worker;

COMMIT;
