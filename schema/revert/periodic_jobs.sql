-- Revert periodic_jobs
BEGIN;

REVOKE UPDATE (free_from) ON tenantry.phone_number FROM tenantry_worker;
REVOKE DELETE ON tenantry.session FROM tenantry_worker;
REVOKE SELECT (agency_id, session_id, expires_at) ON tenantry.session FROM tenantry_worker;
DROP POLICY overview ON tenantry.phone_number;
DROP POLICY overview ON tenantry.unique_job;
DROP POLICY overview ON tenantry.session;
DROP POLICY overview ON tenantry.idempotency_record;
DROP INDEX tenantry.unique_job_expiry;
DROP INDEX tenantry.session_expiry;
DROP TABLE tenantry.periodic_job;
DELETE FROM tenantry.queue WHERE queue = 'maintenance';

COMMIT;
