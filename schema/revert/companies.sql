-- Revert companies
BEGIN;

DROP TABLE tenantry.api_key;
DROP SEQUENCE tenantry.api_key_id_seq;
DROP TABLE tenantry.membership;
DROP TABLE tenantry.company;
DROP SEQUENCE tenantry.company_id_seq;

COMMIT;
