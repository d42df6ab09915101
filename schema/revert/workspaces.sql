-- Revert workspaces
BEGIN;

DROP TABLE tenantry.campaign;
DROP SEQUENCE tenantry.campaign_id_seq;
DROP TABLE tenantry.prospect_database;
DROP TABLE tenantry.workspace_step;
DROP TABLE tenantry.workspace;

COMMIT;
