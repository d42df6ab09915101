-- Revert requests
BEGIN;

DROP TABLE tenantry.audit_event;
DROP SEQUENCE tenantry.audit_event_id_seq;
DROP TABLE tenantry.idempotency_record;

COMMIT;
