-- Revert users
BEGIN;

REVOKE USAGE ON SEQUENCE tenantry.user_id_seq FROM tenantry_api;
REVOKE UPDATE (role) ON tenantry.membership FROM tenantry_api;
REVOKE INSERT ON tenantry.app_user, tenantry.membership FROM tenantry_api;
DROP INDEX tenantry.membership_user;
ALTER TABLE tenantry.app_user DROP COLUMN external_id;

COMMIT;
