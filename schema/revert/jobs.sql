-- Revert jobs
BEGIN;

DROP TABLE tenantry.job;
DROP SEQUENCE tenantry.job_id_seq;

COMMIT;
