-- Verify larger_batches
BEGIN;

SELECT 1 / count(*) FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
WHERE adrelid = 'tenantry.plan'::regclass AND attname = 'max_running_jobs' AND pg_get_expr(adbin, adrelid) = '2048';

ROLLBACK;
