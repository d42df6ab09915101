-- Deploy requests: what commits beside the work of a request, so that a retry is safe and every change has an author.
BEGIN;

CREATE TABLE tenantry.idempotency_record (
    agency_id       bigint      NOT NULL,
    endpoint        text        NOT NULL,
    idempotency_key text        NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 255),
    request_hash    bytea       NOT NULL CHECK (length(request_hash) = 32),
    status          smallint    NOT NULL,
    location        text,
    body            bytea       NOT NULL,
    keyring_version integer,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    PRIMARY KEY (agency_id, endpoint, idempotency_key)
);
CREATE INDEX idempotency_record_expiry ON tenantry.idempotency_record (expires_at);
COMMENT ON COLUMN tenantry.idempotency_record.keyring_version IS 'of a body that is sealed because it carries a secret';

CREATE SEQUENCE tenantry.audit_event_id_seq;
CREATE TABLE tenantry.audit_event (
    agency_id      bigint      NOT NULL,
    audit_event_id bigint      NOT NULL DEFAULT nextval('tenantry.audit_event_id_seq'),
    at             timestamptz NOT NULL,
    action         text        NOT NULL,
    user_id        bigint,
    api_key_id     bigint,
    company_id     bigint,
    subject_id     bigint,
    request_id     text,
    details        jsonb,
    PRIMARY KEY (agency_id, audit_event_id)
);
COMMENT ON TABLE tenantry.audit_event IS 'append-only: no application role may update or delete';
COMMENT ON COLUMN tenantry.audit_event.user_id IS 'null when an operator acted';

CALL tenantry.isolate('idempotency_record');
CALL tenantry.isolate('audit_event');

GRANT SELECT, INSERT, UPDATE ON tenantry.idempotency_record TO tenantry_api;
GRANT SELECT, DELETE ON tenantry.idempotency_record TO tenantry_worker;
GRANT SELECT, INSERT ON tenantry.audit_event TO tenantry_api;
GRANT INSERT ON tenantry.audit_event TO tenantry_worker;
GRANT USAGE ON SEQUENCE tenantry.audit_event_id_seq TO tenantry_api, tenantry_worker;

COMMIT;
