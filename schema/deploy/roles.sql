-- Deploy roles: the two application roles. They own nothing, so row-level security holds for them, and each gets
-- only the privileges its program uses. They are made without LOGIN; scripts/migrate gives them a password.
BEGIN;

DO $$
DECLARE
    program text;
BEGIN
    -- Roles belong to the cluster, this schema to one of its databases: another database may have made them already,
    -- perhaps at this very moment.
    FOREACH program IN ARRAY ARRAY['tenantry_api', 'tenantry_worker'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = program) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', program);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
END
$$;

CREATE SCHEMA tenantry;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA tenantry TO tenantry_api, tenantry_worker;

-- Both programs ask at start whether the migration they were built for is deployed.
GRANT USAGE ON SCHEMA sqitch TO tenantry_api, tenantry_worker;
GRANT SELECT ON sqitch.changes TO tenantry_api, tenantry_worker;

-- Puts a tenant table under row-level security: a statement sees and writes the rows of the agencies named in the
-- transaction's setting, and without the setting none. The setting is an array because one statement may serve the
-- requests of several agencies. It reads '' in a session where an earlier transaction had set it.
-- IS TRUE keeps the condition from being one for an index: statements name their agency themselves, and the planner,
-- which takes every array for one of ten, would rather read an agency's whole table than look ten times for each key.
CREATE PROCEDURE tenantry.isolate(tenant_table text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE tenantry.%I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format(
        'CREATE POLICY tenant ON tenantry.%I USING ((agency_id = ANY '
        '(nullif(current_setting(''tenantry.agencies'', true), '''')::bigint[])) IS TRUE)', tenant_table);
END
$$;
REVOKE ALL ON PROCEDURE tenantry.isolate FROM PUBLIC;

COMMIT;
