-- Revert setting_once
BEGIN;

CREATE OR REPLACE PROCEDURE tenantry.isolate(tenant_table text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE tenantry.%I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format(
        'CREATE POLICY tenant ON tenantry.%I USING ((agency_id = ANY '
        '(nullif(current_setting(''tenantry.agencies'', true), '''')::bigint[])) IS TRUE)', tenant_table);
END
$$;

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOR tenant_table IN SELECT tablename FROM pg_policies WHERE schemaname = 'tenantry' AND policyname = 'tenant' LOOP
        EXECUTE format('DROP POLICY tenant ON tenantry.%I', tenant_table);
        CALL tenantry.isolate(tenant_table);
    END LOOP;
END
$$;

COMMIT;
