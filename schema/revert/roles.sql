-- Revert roles. The roles themselves stay when another database of the cluster still grants them something.
BEGIN;

REVOKE ALL ON ALL TABLES IN SCHEMA sqitch FROM tenantry_api, tenantry_worker;
REVOKE ALL ON SCHEMA sqitch FROM tenantry_api, tenantry_worker;
DROP PROCEDURE tenantry.isolate(text);
DROP SCHEMA tenantry;
GRANT USAGE ON SCHEMA public TO PUBLIC;

DO $$
BEGIN
    DROP ROLE tenantry_api;
    DROP ROLE tenantry_worker;
EXCEPTION WHEN dependent_objects_still_exist THEN
    RAISE NOTICE 'the application roles are used by another database and stay';
END
$$;

COMMIT;
