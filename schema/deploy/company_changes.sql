-- Deploy company_changes: how often what a list shows of an agency's companies has changed.
BEGIN;

-- With the companies themselves, of which none ever goes away, that is a number which rises with each commit that
-- changes what a list shows: whoever has read a page knows by one look at a few rows whether it is still as it was.
ALTER TABLE tenantry.company_count ADD COLUMN changes bigint NOT NULL DEFAULT 0,
    ALTER active SET DEFAULT 0, ALTER inactive SET DEFAULT 0;

GRANT UPDATE (changes) ON tenantry.company_count TO tenantry_api;
GRANT SELECT (agency_id, slot, changes), INSERT (agency_id, slot, changes), UPDATE (changes)
    ON tenantry.company_count TO tenantry_worker;

COMMIT;
