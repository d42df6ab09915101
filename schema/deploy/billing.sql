-- Deploy billing: a double-entry ledger, and what each company subscribes to.
BEGIN;

-- A posting moves one amount from one account to another, so that no set of postings can be out of balance.
CREATE TABLE tenantry.ledger_account (
    agency_id    bigint NOT NULL REFERENCES tenantry.agency,
    account_code text   NOT NULL,
    normal_side  text   NOT NULL CHECK (normal_side IN ('debit', 'credit')),
    PRIMARY KEY (agency_id, account_code)
);

CREATE SEQUENCE tenantry.ledger_posting_id_seq;
CREATE TABLE tenantry.ledger_posting (
    agency_id      bigint      NOT NULL,
    posting_id     bigint      NOT NULL DEFAULT nextval('tenantry.ledger_posting_id_seq'),
    charge_key     text        NOT NULL,
    company_id     bigint,
    debit_account  text        NOT NULL,
    credit_account text        NOT NULL,
    amount_minor   bigint      NOT NULL CHECK (amount_minor > 0),
    currency       text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    description    text        NOT NULL,
    posted_at      timestamptz NOT NULL,
    PRIMARY KEY (agency_id, posting_id),
    CONSTRAINT ledger_charge_once UNIQUE (agency_id, charge_key),
    CHECK (debit_account <> credit_account),
    FOREIGN KEY (agency_id, company_id) REFERENCES tenantry.company,
    FOREIGN KEY (agency_id, debit_account) REFERENCES tenantry.ledger_account,
    FOREIGN KEY (agency_id, credit_account) REFERENCES tenantry.ledger_account
);
COMMENT ON TABLE tenantry.ledger_posting IS 'append-only: a correction is another posting';
COMMENT ON COLUMN tenantry.ledger_posting.charge_key IS
    'names the one thing charged, for example activation/17: charging it again changes nothing';

-- The two sides of every posting, as an accountant reads them. Row-level security is that of the reader.
CREATE VIEW tenantry.ledger_entry WITH (security_invoker = true) AS
SELECT agency_id, posting_id, debit_account AS account_code, amount_minor AS debit_minor, 0::bigint AS credit_minor,
       currency, company_id, posted_at
FROM tenantry.ledger_posting
UNION ALL
SELECT agency_id, posting_id, credit_account, 0, amount_minor, currency, company_id, posted_at
FROM tenantry.ledger_posting;

CREATE TABLE tenantry.subscription (
    agency_id  bigint      NOT NULL,
    company_id bigint      NOT NULL,
    plan_code  text        NOT NULL REFERENCES tenantry.plan,
    state      text        NOT NULL CHECK (state IN ('active', 'ended')),
    anchor     date        NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (agency_id, company_id),
    FOREIGN KEY (agency_id, company_id) REFERENCES tenantry.company
);
COMMENT ON COLUMN tenantry.subscription.anchor IS 'the day the periods count from: a month that is too short ends them early';

CREATE TABLE tenantry.subscription_period (
    agency_id    bigint NOT NULL,
    company_id   bigint NOT NULL,
    period_start date   NOT NULL,
    period_end   date   NOT NULL,
    PRIMARY KEY (agency_id, company_id, period_start),
    CHECK (period_start < period_end),
    FOREIGN KEY (agency_id, company_id) REFERENCES tenantry.subscription
);
COMMENT ON COLUMN tenantry.subscription_period.period_end IS 'the first day after the period, UTC';

CALL tenantry.isolate('ledger_account');
CALL tenantry.isolate('ledger_posting');
CALL tenantry.isolate('subscription');
CALL tenantry.isolate('subscription_period');

GRANT SELECT ON tenantry.ledger_account, tenantry.ledger_posting, tenantry.ledger_entry, tenantry.subscription,
    tenantry.subscription_period TO tenantry_api, tenantry_worker;
GRANT INSERT ON tenantry.ledger_posting, tenantry.subscription, tenantry.subscription_period TO tenantry_worker;
GRANT USAGE ON SEQUENCE tenantry.ledger_posting_id_seq TO tenantry_worker;

COMMIT;
