-- Deploy locations: where a company is called, and the inventory of numbers that it is called on.
BEGIN;

CREATE SEQUENCE tenantry.location_id_seq;
CREATE TABLE tenantry.location (
    agency_id       bigint      NOT NULL,
    location_id     bigint      NOT NULL,
    company_id      bigint      NOT NULL,
    job_id          bigint      NOT NULL,
    name            text        NOT NULL,
    area_code       text        NOT NULL CHECK (area_code ~ '^[0-9]{3}$'),
    address         text,
    google_place_id text,
    status          text        NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'active', 'failed')),
    reason          text,
    phone_number    text,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    deleted_at      timestamptz,
    PRIMARY KEY (agency_id, location_id),
    CONSTRAINT location_job UNIQUE (agency_id, job_id),
    CHECK ((status = 'active') = (phone_number IS NOT NULL)),
    CHECK ((status = 'failed') = (reason IS NOT NULL)),
    FOREIGN KEY (agency_id, company_id) REFERENCES tenantry.company
);
CREATE INDEX location_company ON tenantry.location (agency_id, company_id, location_id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX location_number ON tenantry.location (agency_id, phone_number) WHERE deleted_at IS NULL;
COMMENT ON COLUMN tenantry.location.job_id IS 'the job that finds its number';
COMMENT ON COLUMN tenantry.location.reason IS 'why there is no number';

-- The inventory: every number that can be given out, whoever has it. A number that is free belongs to no agency, so
-- agency_id cannot lead its key: like the price list it is a reference table, which a distributed database copies to
-- every node, and it is written seldom, once when a number is given out and once when it comes back. Its holder is no
-- agency_id by name, since its rows do not live with that agency's.
CREATE TABLE tenantry.phone_number (
    number           text PRIMARY KEY CHECK (number ~ '^[+][1-9][0-9]{6,14}$'),
    area_code        text        NOT NULL CHECK (area_code ~ '^[0-9]{3}$'),
    holder_agency_id bigint,
    location_id      bigint,
    free_from        timestamptz NOT NULL,
    CHECK ((holder_agency_id IS NULL) = (location_id IS NULL))
);
CREATE INDEX phone_number_free ON tenantry.phone_number (area_code, number) WHERE holder_agency_id IS NULL;
CREATE UNIQUE INDEX phone_number_holder ON tenantry.phone_number (holder_agency_id, location_id);
COMMENT ON COLUMN tenantry.phone_number.free_from IS
    'a number without a holder rests until then, so that callers of the last one do not reach the next';

-- Numbers kept for fiction (555-0100 to 555-0199), in E.164.
INSERT INTO tenantry.phone_number (number, area_code, free_from)
SELECT format('+1%s5550%s', area_code, line), area_code, now()
FROM unnest(ARRAY['206', '212', '312', '415', '512']) AS area_code, generate_series(100, 199) AS line;

CALL tenantry.isolate('location');
-- An agency sees the numbers that nobody has, and its own.
ALTER TABLE tenantry.phone_number ENABLE ROW LEVEL SECURITY;
CREATE POLICY inventory ON tenantry.phone_number USING ((holder_agency_id IS NULL OR holder_agency_id = ANY
    (nullif(current_setting('tenantry.agencies', true), '')::bigint[])) IS TRUE);

GRANT SELECT, INSERT ON tenantry.location TO tenantry_api;
GRANT UPDATE (name, address, google_place_id, updated_at, deleted_at) ON tenantry.location TO tenantry_api;
GRANT USAGE ON SEQUENCE tenantry.location_id_seq TO tenantry_api;
GRANT SELECT ON tenantry.location TO tenantry_worker;
GRANT UPDATE (status, reason, phone_number, updated_at) ON tenantry.location TO tenantry_worker;
-- The API takes a number back, the worker gives it out.
GRANT SELECT ON tenantry.phone_number TO tenantry_api, tenantry_worker;
GRANT UPDATE (holder_agency_id, location_id, free_from) ON tenantry.phone_number TO tenantry_api;
GRANT UPDATE (holder_agency_id, location_id) ON tenantry.phone_number TO tenantry_worker;

COMMIT;
