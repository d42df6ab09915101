-- Verify company_count
BEGIN;

SELECT agency_id, slot, active, inactive FROM tenantry.company_count WHERE false;
SELECT 'tenantry.company_activity'::regclass;
SELECT 1 / (NOT has_table_privilege('tenantry_worker', 'tenantry.company_count', 'SELECT'))::int;

ROLLBACK;
