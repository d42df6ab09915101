-- Deploy workspaces: what provisioning builds for a company, and which of its steps are done.
BEGIN;

CREATE TABLE tenantry.workspace (
    agency_id  bigint      NOT NULL,
    company_id bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (agency_id, company_id),
    FOREIGN KEY (agency_id, company_id) REFERENCES tenantry.company
);

CREATE TABLE tenantry.workspace_step (
    agency_id  bigint      NOT NULL,
    company_id bigint      NOT NULL,
    step       text        NOT NULL
               CHECK (step IN ('prospect_database', 'default_campaign', 'team_access', 'slots')),
    done_at    timestamptz NOT NULL,
    PRIMARY KEY (agency_id, company_id, step),
    FOREIGN KEY (agency_id, company_id) REFERENCES tenantry.workspace
);

CREATE TABLE tenantry.prospect_database (
    agency_id  bigint      NOT NULL,
    company_id bigint      NOT NULL,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (agency_id, company_id),
    FOREIGN KEY (agency_id, company_id) REFERENCES tenantry.workspace
);

CREATE SEQUENCE tenantry.campaign_id_seq;
CREATE TABLE tenantry.campaign (
    agency_id   bigint      NOT NULL,
    campaign_id bigint      NOT NULL DEFAULT nextval('tenantry.campaign_id_seq'),
    company_id  bigint      NOT NULL,
    name        text        NOT NULL,
    status      text        NOT NULL CHECK (status IN ('draft', 'running', 'paused', 'completed')),
    is_default  boolean     NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (agency_id, campaign_id),
    FOREIGN KEY (agency_id, company_id) REFERENCES tenantry.workspace
);
CREATE UNIQUE INDEX campaign_default ON tenantry.campaign (agency_id, company_id) WHERE is_default;

CALL tenantry.isolate('workspace');
CALL tenantry.isolate('workspace_step');
CALL tenantry.isolate('prospect_database');
CALL tenantry.isolate('campaign');

GRANT SELECT ON tenantry.workspace, tenantry.workspace_step, tenantry.prospect_database, tenantry.campaign TO tenantry_api;
GRANT SELECT, INSERT ON tenantry.workspace, tenantry.workspace_step, tenantry.prospect_database, tenantry.campaign
    TO tenantry_worker;
GRANT USAGE ON SEQUENCE tenantry.campaign_id_seq TO tenantry_worker;

COMMIT;
