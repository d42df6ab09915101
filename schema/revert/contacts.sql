-- Revert contacts
BEGIN;

DROP TABLE tenantry.session;
DROP TABLE tenantry.contact;
DROP SEQUENCE tenantry.contact_id_seq;

COMMIT;
