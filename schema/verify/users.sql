-- Verify users
BEGIN;

SELECT external_id FROM tenantry.app_user WHERE false;
SELECT 1 / count(*) FROM pg_constraint WHERE conname = 'user_external_id_taken';
SELECT 1 / count(*) FROM pg_class WHERE oid = to_regclass('tenantry.membership_user');
SELECT 1 / has_table_privilege('tenantry_api', 'tenantry.membership', 'INSERT')::int;
-- A user is brought in; who they are is not rewritten.
SELECT 1 / (NOT has_any_column_privilege('tenantry_api', 'tenantry.app_user', 'UPDATE'))::int;

ROLLBACK;
