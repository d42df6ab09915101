-- Deploy setting_once: row-level security reads the tenant setting once a statement, not once a row.
BEGIN;

-- An uncorrelated subquery is evaluated before the first row. Statements that serve the requests of many agencies
-- would otherwise read a long array again for each row of each table.
CREATE OR REPLACE PROCEDURE tenantry.isolate(tenant_table text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE tenantry.%I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format(
        'CREATE POLICY tenant ON tenantry.%I USING ((agency_id = ANY ((SELECT '
        'nullif(current_setting(''tenantry.agencies'', true), '''')::bigint[])::bigint[])) IS TRUE)', tenant_table);
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
