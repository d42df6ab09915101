-- Verify id_blocks
BEGIN;

SELECT 1 / (count(*) = 5)::int FROM pg_sequence
WHERE seqincrement = 64 AND seqrelid IN (
    'tenantry.company_id_seq'::regclass, 'tenantry.api_key_id_seq'::regclass, 'tenantry.job_id_seq'::regclass,
    'tenantry.user_id_seq'::regclass, 'tenantry.location_id_seq'::regclass);

ROLLBACK;
