-- Revert exact_profiles
BEGIN;

DROP FUNCTION tenantry.merge_patch;
ALTER TABLE tenantry.company DROP CONSTRAINT company_custom_fields_size;
ALTER TABLE tenantry.company ALTER COLUMN profile TYPE jsonb USING profile::jsonb;
ALTER TABLE tenantry.company
    ADD CONSTRAINT company_profile_size CHECK (octet_length(profile::text) <= 131072);

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

COMMIT;
