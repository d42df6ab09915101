-- Revert queues
BEGIN;

DROP TABLE tenantry.queue;

COMMIT;
