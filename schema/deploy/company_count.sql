-- Deploy company_count: how many companies an agency has, without counting them for each page of a list.
BEGIN;

-- In slots, so that two transactions that create companies of one agency do not wait for each other: a session takes
-- the slot of its process, and the total is their sum. A slot may be below zero.
CREATE TABLE tenantry.company_count (
    agency_id bigint   NOT NULL REFERENCES tenantry.agency,
    slot      smallint NOT NULL,
    active    bigint   NOT NULL,
    inactive  bigint   NOT NULL,
    PRIMARY KEY (agency_id, slot)
) WITH (fillfactor = 50); -- a new version of a row finds room beside the old one
INSERT INTO tenantry.company_count (agency_id, slot, active, inactive)
SELECT agency_id, 0, count(*) FILTER (WHERE active), count(*) FILTER (WHERE NOT active)
FROM tenantry.company GROUP BY agency_id;

-- A page of the active companies alone is read off an index, as one of all is off the primary key.
CREATE INDEX company_activity ON tenantry.company (agency_id, active, company_id);

CALL tenantry.isolate('company_count');

GRANT SELECT, INSERT, UPDATE (active, inactive) ON tenantry.company_count TO tenantry_api;

COMMIT;
