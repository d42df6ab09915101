-- Verify profiles
BEGIN;

SELECT profile, held FROM tenantry.company WHERE false;
SELECT agency_id, company_id, company_status_id, status, created_at FROM tenantry.company_status WHERE false;
-- The example of RFC 7396, section 3.
SELECT 1 / (tenantry.merge_patch('{"a": "b", "c": {"d": "e", "f": "g"}}', '{"a": "z", "c": {"f": null}}')::text::jsonb
            = '{"a": "z", "c": {"d": "e"}}')::int;
-- The history of holds is append-only.
SELECT 1 / (NOT has_table_privilege('tenantry_api', 'tenantry.company_status', 'UPDATE, DELETE'))::int;

ROLLBACK;
