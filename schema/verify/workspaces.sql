-- Verify workspaces
BEGIN;

SELECT agency_id, company_id, created_at FROM tenantry.workspace WHERE false;
SELECT agency_id, company_id, name, created_at FROM tenantry.prospect_database WHERE false;
SELECT agency_id, campaign_id, company_id, name, status, is_default, created_at FROM tenantry.campaign WHERE false;

ROLLBACK;
