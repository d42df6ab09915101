-- Revert company_count
BEGIN;

DROP TABLE tenantry.company_count;
DROP INDEX tenantry.company_activity;

COMMIT;
