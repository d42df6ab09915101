-- Deploy profiles: what a surface keeps of a company beyond the shared model, and when a company was on hold.
BEGIN;

ALTER TABLE tenantry.company
    ADD COLUMN profile jsonb,
    ADD COLUMN held boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT company_profile_size CHECK (octet_length(profile::text) <= 131072);
COMMENT ON COLUMN tenantry.company.profile IS
    'an object of what the surfaces keep beyond the shared model; null: nothing was given';
COMMENT ON COLUMN tenantry.company.held IS 'on compliance hold: its own keys are refused';

CREATE SEQUENCE tenantry.company_status_id_seq;
CREATE TABLE tenantry.company_status (
    agency_id         bigint      NOT NULL,
    company_id        bigint      NOT NULL,
    company_status_id bigint      NOT NULL DEFAULT nextval('tenantry.company_status_id_seq'),
    status            text        NOT NULL CHECK (status IN ('ACTIVE', 'COMPLIANCE_HOLD')),
    created_at        timestamptz NOT NULL,
    PRIMARY KEY (agency_id, company_id, company_status_id),
    FOREIGN KEY (agency_id, company_id) REFERENCES tenantry.company
);
COMMENT ON TABLE tenantry.company_status IS
    'append-only: each hold and each release; a company is active from its creation, which is no row here';

-- RFC 7396 in the words of its own section 2, so that two patches of one company cannot undo each other. A target of
-- null is no object yet.
CREATE FUNCTION tenantry.merge_patch(target jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    member record;
BEGIN
    IF jsonb_typeof(patch) IS DISTINCT FROM 'object' THEN
        RETURN patch;
    END IF;
    IF jsonb_typeof(target) IS DISTINCT FROM 'object' THEN
        target := '{}';
    END IF;
    FOR member IN SELECT key, value FROM jsonb_each(patch) LOOP
        IF jsonb_typeof(member.value) = 'null' THEN
            target := target - member.key;
        ELSE
            target := target || jsonb_build_object(
                member.key, tenantry.merge_patch(target -> member.key, member.value));
        END IF;
    END LOOP;
    RETURN target;
END
$$;
REVOKE ALL ON FUNCTION tenantry.merge_patch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenantry.merge_patch TO tenantry_api;

CALL tenantry.isolate('company_status');

GRANT UPDATE (profile, held) ON tenantry.company TO tenantry_api;
GRANT SELECT, INSERT ON tenantry.company_status TO tenantry_api;
GRANT USAGE ON SEQUENCE tenantry.company_status_id_seq TO tenantry_api;

COMMIT;
