-- Verify contacts
BEGIN;

SELECT agency_id, contact_id, company_id, name, email, phones, comment, notify_at, created_at, updated_at
FROM tenantry.contact WHERE false;
SELECT agency_id, session_id, api_key_id, user_id, created_at, expires_at, revoked_at FROM tenantry.session WHERE false;
-- Neither is the worker's business.
SELECT 1 / (NOT has_table_privilege('tenantry_worker', 'tenantry.session', 'SELECT'))::int;
SELECT 1 / (NOT has_table_privilege('tenantry_worker', 'tenantry.contact', 'SELECT'))::int;

ROLLBACK;
