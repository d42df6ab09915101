-- Verify setting_once
BEGIN;

SELECT 1 / (count(*) FILTER (WHERE qual NOT LIKE '%SELECT%') = 0)::int
FROM pg_policies WHERE schemaname = 'tenantry' AND policyname = 'tenant';

ROLLBACK;
