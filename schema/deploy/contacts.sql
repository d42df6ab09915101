-- Deploy contacts: the people of a company, and the sessions that clients of contract 3 work in.
BEGIN;

CREATE SEQUENCE tenantry.contact_id_seq;
CREATE TABLE tenantry.contact (
    agency_id  bigint      NOT NULL,
    contact_id bigint      NOT NULL DEFAULT nextval('tenantry.contact_id_seq'),
    company_id bigint      NOT NULL,
    name       text        NOT NULL,
    email      text,
    phones     text[]      NOT NULL DEFAULT '{}',
    comment    text,
    notify_at  timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (agency_id, contact_id),
    FOREIGN KEY (agency_id, company_id) REFERENCES tenantry.company
);
CREATE INDEX contact_company ON tenantry.contact (agency_id, company_id, contact_id);
COMMENT ON COLUMN tenantry.contact.notify_at IS 'since when the contact is to be notified; null: not at all';

CREATE TABLE tenantry.session (
    agency_id  bigint      NOT NULL,
    session_id text        NOT NULL,
    api_key_id bigint      NOT NULL,
    user_id    bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (agency_id, session_id),
    CHECK (created_at < expires_at),
    FOREIGN KEY (agency_id, api_key_id) REFERENCES tenantry.api_key,
    FOREIGN KEY (agency_id, user_id) REFERENCES tenantry.app_user
);
COMMENT ON COLUMN tenantry.session.session_id IS 'a random name; the token that carries it is signed and stored nowhere';
COMMENT ON COLUMN tenantry.session.api_key_id IS 'the key it was given for: it ends with that key';

CALL tenantry.isolate('contact');
CALL tenantry.isolate('session');

GRANT SELECT, INSERT ON tenantry.contact, tenantry.session TO tenantry_api;
GRANT UPDATE (revoked_at) ON tenantry.session TO tenantry_api;
GRANT USAGE ON SEQUENCE tenantry.contact_id_seq TO tenantry_api;

COMMIT;
