-- Deploy companies: the agency's client accounts, who works in them, and the keys that open agency and company.
BEGIN;

CREATE SEQUENCE tenantry.company_id_seq;
CREATE TABLE tenantry.company (
    agency_id         bigint      NOT NULL,
    company_id        bigint      NOT NULL,
    name              text        NOT NULL,
    name_key          text        NOT NULL COLLATE "C",
    owner_id          bigint      NOT NULL,
    active            boolean     NOT NULL DEFAULT true,
    provisioning      text        NOT NULL DEFAULT 'pending' CHECK (provisioning IN ('pending', 'ready')),
    running_campaigns integer     NOT NULL DEFAULT 0 CHECK (running_campaigns >= 0),
    email_slots       integer     NOT NULL DEFAULT 0 CHECK (email_slots >= 0),
    linkedin_slots    integer     NOT NULL DEFAULT 0 CHECK (linkedin_slots >= 0),
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    PRIMARY KEY (agency_id, company_id),
    CONSTRAINT company_name_taken UNIQUE (agency_id, name_key),
    CONSTRAINT company_owner FOREIGN KEY (agency_id, owner_id) REFERENCES tenantry.app_user
);
COMMENT ON COLUMN tenantry.company.name_key IS 'the case-folded, NFC-normalised name: what makes two names the same';

CREATE TABLE tenantry.membership (
    agency_id  bigint      NOT NULL,
    company_id bigint      NOT NULL,
    user_id    bigint      NOT NULL,
    role       text        NOT NULL CHECK (role IN ('owner', 'manager', 'user')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (agency_id, company_id, user_id),
    FOREIGN KEY (agency_id, company_id) REFERENCES tenantry.company,
    FOREIGN KEY (agency_id, user_id) REFERENCES tenantry.app_user
);

CREATE SEQUENCE tenantry.api_key_id_seq;
CREATE TABLE tenantry.api_key (
    agency_id       bigint      NOT NULL,
    api_key_id      bigint      NOT NULL,
    company_id      bigint,
    user_id         bigint      NOT NULL,
    label           text,
    scope           text        NOT NULL CHECK (scope IN ('read_write', 'read_only')),
    lookup_hash     bytea       NOT NULL CHECK (length(lookup_hash) = 32),
    sealed_key      bytea       NOT NULL,
    keyring_version integer     NOT NULL,
    created_at      timestamptz NOT NULL,
    revoked_at      timestamptz,
    PRIMARY KEY (agency_id, api_key_id),
    UNIQUE (agency_id, lookup_hash),
    FOREIGN KEY (agency_id, company_id) REFERENCES tenantry.company,
    FOREIGN KEY (agency_id, user_id) REFERENCES tenantry.app_user
);
CREATE INDEX api_key_company ON tenantry.api_key (agency_id, company_id, api_key_id);
COMMENT ON COLUMN tenantry.api_key.company_id IS 'the one company the key is valid in; null: the whole agency';
COMMENT ON COLUMN tenantry.api_key.lookup_hash IS 'HMAC-SHA-256 of the key under the pepper, which is not in this database';
COMMENT ON COLUMN tenantry.api_key.sealed_key IS 'AES-256-GCM: nonce, ciphertext, tag; the keyring is not in this database';
COMMENT ON COLUMN tenantry.api_key.revoked_at IS 'refused from this instant; in the future while a rotation overlaps';

CALL tenantry.isolate('company');
CALL tenantry.isolate('membership');
CALL tenantry.isolate('api_key');

GRANT SELECT, INSERT ON tenantry.company, tenantry.api_key TO tenantry_api;
GRANT UPDATE (name, name_key, active, updated_at) ON tenantry.company TO tenantry_api;
GRANT UPDATE (revoked_at) ON tenantry.api_key TO tenantry_api;
GRANT SELECT ON tenantry.membership TO tenantry_api;
GRANT USAGE ON SEQUENCE tenantry.company_id_seq, tenantry.api_key_id_seq TO tenantry_api;

GRANT SELECT ON tenantry.company TO tenantry_worker;
GRANT UPDATE (provisioning, email_slots, linkedin_slots, updated_at) ON tenantry.company TO tenantry_worker;
GRANT SELECT, INSERT ON tenantry.membership TO tenantry_worker;

COMMIT;
