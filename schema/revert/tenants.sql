-- Revert tenants
BEGIN;

DROP TABLE tenantry.app_user;
DROP SEQUENCE tenantry.user_id_seq;
DROP TABLE tenantry.agency;
DROP SEQUENCE tenantry.agency_id_seq;
DROP TABLE tenantry.plan;

COMMIT;
