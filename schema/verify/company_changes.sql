-- Verify company_changes
BEGIN;

SELECT changes FROM tenantry.company_count WHERE false;
SELECT 1 / has_column_privilege('tenantry_api', 'tenantry.company_count', 'changes', 'UPDATE')::int;
SELECT 1 / has_column_privilege('tenantry_worker', 'tenantry.company_count', 'changes', 'UPDATE')::int;
SELECT 1 / (NOT has_column_privilege('tenantry_worker', 'tenantry.company_count', 'active', 'UPDATE'))::int;
SELECT 1 / (NOT has_column_privilege('tenantry_worker', 'tenantry.company_count', 'active', 'INSERT'))::int;

ROLLBACK;
