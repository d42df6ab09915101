-- Verify locations
BEGIN;

SELECT agency_id, location_id, company_id, job_id, name, area_code, address, google_place_id, status, reason,
       phone_number, created_at, updated_at, deleted_at
FROM tenantry.location WHERE false;
SELECT number, area_code, holder_agency_id, location_id, free_from FROM tenantry.phone_number WHERE false;
SELECT 1 / (count(*) >= 100)::int FROM tenantry.phone_number;
-- No program makes numbers up, or loses one.
SELECT 1 / (NOT has_table_privilege(role, 'tenantry.phone_number', 'INSERT, DELETE, TRUNCATE'))::int
FROM unnest(ARRAY['tenantry_api', 'tenantry_worker']) AS role;

ROLLBACK;
