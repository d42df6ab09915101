-- Deploy users: people whom an agency brings in under an id of its own, and who may work in several companies.
BEGIN;

ALTER TABLE tenantry.app_user
    ADD COLUMN external_id text COLLATE "C" CHECK (length(external_id) BETWEEN 1 AND 255),
    ADD CONSTRAINT user_external_id_taken UNIQUE (agency_id, external_id);
COMMENT ON COLUMN tenantry.app_user.external_id IS 'what the agency calls the user; null: it came from elsewhere';

-- A user's companies; the primary key finds a company's users.
CREATE INDEX membership_user ON tenantry.membership (agency_id, user_id);

GRANT INSERT ON tenantry.app_user, tenantry.membership TO tenantry_api;
GRANT UPDATE (role) ON tenantry.membership TO tenantry_api;
GRANT USAGE ON SEQUENCE tenantry.user_id_seq TO tenantry_api;

COMMIT;
