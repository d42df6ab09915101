-- Deploy queues: what an operator has said about a queue.
BEGIN;

-- Like the price list it has no agency: every node of a distributed database holds a copy.
CREATE TABLE tenantry.queue (
    queue     text PRIMARY KEY,
    paused_at timestamptz
);
COMMENT ON COLUMN tenantry.queue.paused_at IS 'since then no job of the queue is claimed; null while it is open';

INSERT INTO tenantry.queue (queue) VALUES ('provisioning'), ('billing');

GRANT SELECT ON tenantry.queue TO tenantry_worker;

COMMIT;
