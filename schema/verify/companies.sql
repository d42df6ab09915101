-- Verify companies
BEGIN;

SELECT agency_id, company_id, name, name_key, owner_id, active, provisioning, running_campaigns, email_slots,
       linkedin_slots, created_at, updated_at
FROM tenantry.company WHERE false;
SELECT agency_id, company_id, user_id, role, created_at FROM tenantry.membership WHERE false;
SELECT agency_id, api_key_id, company_id, user_id, label, scope, lookup_hash, sealed_key, keyring_version, created_at,
       revoked_at
FROM tenantry.api_key WHERE false;
-- The worker has no business with keys.
SELECT 1 / (NOT has_table_privilege('tenantry_worker', 'tenantry.api_key', 'SELECT'))::int;

ROLLBACK;
