-- Deploy tenants: plans, agencies (the tenants), their users, and who may work in which company.
BEGIN;

-- The price list. It has no agency: every node of a distributed database holds a copy.
CREATE TABLE tenantry.plan (
    plan_code            text PRIMARY KEY,
    name                 text    NOT NULL,
    currency             text    NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    activation_fee_minor bigint  NOT NULL CHECK (activation_fee_minor >= 0),
    monthly_fee_minor    bigint  NOT NULL CHECK (monthly_fee_minor >= 0),
    email_slots          integer NOT NULL CHECK (email_slots >= 0),
    linkedin_slots       integer NOT NULL CHECK (linkedin_slots >= 0)
);
COMMENT ON COLUMN tenantry.plan.activation_fee_minor IS 'charged once for each company, in minor units of the currency';

INSERT INTO tenantry.plan VALUES
    ('standard', 'Standard', 'EUR', 2900, 2900, 2, 1),
    ('demo',     'Demo',     'EUR', 2900, 2900, 5, 2);

CREATE SEQUENCE tenantry.agency_id_seq;
CREATE TABLE tenantry.agency (
    agency_id  bigint PRIMARY KEY DEFAULT nextval('tenantry.agency_id_seq'),
    name       text        NOT NULL,
    plan_code  text        NOT NULL REFERENCES tenantry.plan,
    created_at timestamptz NOT NULL
);

CREATE SEQUENCE tenantry.user_id_seq;
CREATE TABLE tenantry.app_user (
    agency_id  bigint      NOT NULL REFERENCES tenantry.agency,
    user_id    bigint      NOT NULL DEFAULT nextval('tenantry.user_id_seq'),
    name       text        NOT NULL,
    email      text        NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (agency_id, user_id)
);

CALL tenantry.isolate('agency');
CALL tenantry.isolate('app_user');
GRANT SELECT ON tenantry.plan, tenantry.agency, tenantry.app_user TO tenantry_api, tenantry_worker;

COMMIT;
