-- Deploy exact_profiles: a profile is kept as the text that was given. jsonb would write 1e300 in 301 digits and put
-- an object's members into an order of its own.
BEGIN;

DROP FUNCTION tenantry.merge_patch;
ALTER TABLE tenantry.company DROP CONSTRAINT company_profile_size;
ALTER TABLE tenantry.company ALTER COLUMN profile TYPE json USING profile::json;
-- Not validated: patches may have made some of those that are there larger.
ALTER TABLE tenantry.company
    ADD CONSTRAINT company_custom_fields_size CHECK (octet_length((profile -> 'custom_fields')::text) <= 32768) NOT VALID;

-- RFC 7396, so that two patches of one company cannot undo each other. What the patch does not name keeps its text and
-- its place, what is new comes behind, and nothing has white space that had none.
CREATE FUNCTION tenantry.merge_patch(target json, patch json) RETURNS json
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF json_typeof(patch) IS DISTINCT FROM 'object' THEN
        RETURN patch;
    END IF;
    IF json_typeof(target) IS DISTINCT FROM 'object' THEN
        target := '{}';
    END IF;
    RETURN (SELECT '{' || coalesce(string_agg(to_json(key)::text || ':' || value::text, ',' ORDER BY is_new, place), '') || '}'
            FROM (SELECT coalesce(t.key, p.key) AS key, t.key IS NULL AS is_new, coalesce(t.place, p.place) AS place,
                         CASE WHEN p.key IS NULL THEN t.value ELSE tenantry.merge_patch(t.value, p.value) END AS value
                  FROM json_each(target) WITH ORDINALITY AS t(key, value, place)
                      FULL JOIN json_each(patch) WITH ORDINALITY AS p(key, value, place) ON p.key = t.key
                  WHERE json_typeof(p.value) IS DISTINCT FROM 'null') AS merged)::json;
END
$$;
REVOKE ALL ON FUNCTION tenantry.merge_patch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenantry.merge_patch TO tenantry_api;

COMMIT;
