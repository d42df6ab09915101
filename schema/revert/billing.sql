-- Revert billing
BEGIN;

DROP TABLE tenantry.subscription_period;
DROP TABLE tenantry.subscription;
DROP VIEW tenantry.ledger_entry;
DROP TABLE tenantry.ledger_posting;
DROP SEQUENCE tenantry.ledger_posting_id_seq;
DROP TABLE tenantry.ledger_account;

COMMIT;
