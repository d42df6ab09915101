-- Deploy rate_limits: how many requests an agency of a plan may make, where that is not what the surface's contract says.
BEGIN;

-- Like the price list it has no agency: every node of a distributed database holds a copy.
CREATE TABLE tenantry.plan_rate_limit (
    plan_code  text    NOT NULL REFERENCES tenantry.plan,
    surface    text    NOT NULL,
    per_minute integer NOT NULL CHECK (per_minute BETWEEN 1 AND 10000000),
    burst      integer NOT NULL CHECK (burst BETWEEN 1 AND 10000000),
    PRIMARY KEY (plan_code, surface)
);
COMMENT ON COLUMN tenantry.plan_rate_limit.surface IS 'the surface''s name; * stands for each that has no row of its own';
COMMENT ON COLUMN tenantry.plan_rate_limit.per_minute IS 'requests that come back to the bucket in a minute';
COMMENT ON COLUMN tenantry.plan_rate_limit.burst IS 'requests that a full bucket holds';

-- Trying things out never trips it. The plan "standard" has no row: the contracts' own figures hold.
INSERT INTO tenantry.plan_rate_limit VALUES ('demo', '*', 100000, 100000);

GRANT SELECT ON tenantry.plan_rate_limit TO tenantry_api;

COMMIT;
