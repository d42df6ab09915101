-- Revert company_changes
BEGIN;

REVOKE SELECT (agency_id, slot), INSERT (agency_id, slot) ON tenantry.company_count FROM tenantry_worker;
ALTER TABLE tenantry.company_count DROP COLUMN changes,
    ALTER active DROP DEFAULT, ALTER inactive DROP DEFAULT;

COMMIT;
