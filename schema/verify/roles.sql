-- Verify roles
BEGIN;

SELECT 1 / count(*) FROM pg_namespace WHERE nspname = 'tenantry';
-- Neither role is more than its grants.
SELECT 1 / (count(*) = 2)::int FROM pg_roles
WHERE rolname IN ('tenantry_api', 'tenantry_worker')
  AND NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb);
SELECT 1 / has_table_privilege('tenantry_api', 'sqitch.changes', 'SELECT')::int;
SELECT 1 / has_table_privilege('tenantry_worker', 'sqitch.changes', 'SELECT')::int;

ROLLBACK;
