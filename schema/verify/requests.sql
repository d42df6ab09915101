-- Verify requests
BEGIN;

SELECT agency_id, endpoint, idempotency_key, request_hash, status, location, body, keyring_version, created_at, expires_at
FROM tenantry.idempotency_record WHERE false;
SELECT agency_id, audit_event_id, at, action, user_id, api_key_id, company_id, subject_id, request_id, details
FROM tenantry.audit_event WHERE false;
-- Append-only.
SELECT 1 / (NOT has_table_privilege(role, 'tenantry.audit_event', 'UPDATE, DELETE, TRUNCATE'))::int
FROM unnest(ARRAY['tenantry_api', 'tenantry_worker']) AS role;

ROLLBACK;
