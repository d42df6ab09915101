-- Revert locations
BEGIN;

DROP TABLE tenantry.phone_number;
DROP TABLE tenantry.location;
DROP SEQUENCE tenantry.location_id_seq;

COMMIT;
