-- Revert profiles
BEGIN;

DROP FUNCTION tenantry.merge_patch;
DROP TABLE tenantry.company_status;
DROP SEQUENCE tenantry.company_status_id_seq;
ALTER TABLE tenantry.company DROP COLUMN held, DROP COLUMN profile;

COMMIT;
