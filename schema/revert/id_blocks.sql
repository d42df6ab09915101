-- Revert id_blocks
BEGIN;

-- The ids of the last block may be in use: the next value is behind them.
SELECT nextval('tenantry.company_id_seq'), nextval('tenantry.api_key_id_seq'), nextval('tenantry.job_id_seq'),
       nextval('tenantry.user_id_seq'), nextval('tenantry.location_id_seq');
ALTER SEQUENCE tenantry.company_id_seq INCREMENT BY 1;
ALTER SEQUENCE tenantry.api_key_id_seq INCREMENT BY 1;
ALTER SEQUENCE tenantry.job_id_seq INCREMENT BY 1;
ALTER SEQUENCE tenantry.user_id_seq INCREMENT BY 1;
ALTER SEQUENCE tenantry.location_id_seq INCREMENT BY 1;

COMMIT;
