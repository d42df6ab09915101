-- Verify exact_profiles
BEGIN;

-- The example of RFC 7396, section 3; the text of numbers and the order of members stay.
SELECT 1 / (tenantry.merge_patch('{"c":{"d":1e300,"f":"g"},"a":"b"}', '{"n":[1.0],"a":"z","c":{"f":null}}')::text
            = '{"c":{"d":1e300},"a":"z","n":[1.0]}')::int;
SELECT 1 / (SELECT count(*) FROM information_schema.columns
            WHERE table_schema = 'tenantry' AND table_name = 'company' AND column_name = 'profile' AND data_type = 'json');
SELECT 1 / (SELECT count(*) FROM pg_constraint
            WHERE conrelid = 'tenantry.company'::regclass AND conname = 'company_custom_fields_size');

ROLLBACK;
