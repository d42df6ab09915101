-- Revert workspace_steps
BEGIN;

CREATE TABLE tenantry.workspace_step (
    agency_id  bigint      NOT NULL,
    company_id bigint      NOT NULL,
    step       text        NOT NULL
               CHECK (step IN ('prospect_database', 'default_campaign', 'team_access', 'slots')),
    done_at    timestamptz NOT NULL,
    PRIMARY KEY (agency_id, company_id, step),
    FOREIGN KEY (agency_id, company_id) REFERENCES tenantry.workspace
);
INSERT INTO tenantry.workspace_step (agency_id, company_id, step, done_at)
SELECT DISTINCT agency_id, company_id, step, created_at FROM tenantry.workspace, unnest(steps) AS step;
CALL tenantry.isolate('workspace_step');
GRANT SELECT ON tenantry.workspace_step TO tenantry_api;
GRANT SELECT, INSERT ON tenantry.workspace_step TO tenantry_worker;
ALTER TABLE tenantry.workspace DROP COLUMN steps;

COMMIT;
