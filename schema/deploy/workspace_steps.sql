-- Deploy workspace_steps: the steps of a workspace are recorded in its own row.
BEGIN;

-- They are done by one transaction, so four rows of a table with an index and a foreign key of their own told no more
-- than this, and were half of what provisioning wrote.
ALTER TABLE tenantry.workspace ADD COLUMN steps text[] NOT NULL DEFAULT '{}'
    CHECK (steps <@ ARRAY['prospect_database', 'default_campaign', 'team_access', 'slots']);
COMMENT ON COLUMN tenantry.workspace.steps IS 'what the transaction that made the workspace did for it, in that order';

UPDATE tenantry.workspace w SET steps = done.steps
FROM (SELECT agency_id, company_id,
             array_agg(step ORDER BY array_position(
                 ARRAY['prospect_database', 'default_campaign', 'team_access', 'slots'], step)) AS steps
      FROM tenantry.workspace_step GROUP BY agency_id, company_id) AS done
WHERE w.agency_id = done.agency_id AND w.company_id = done.company_id;

ALTER TABLE tenantry.workspace ALTER COLUMN steps DROP DEFAULT;
DROP TABLE tenantry.workspace_step;

COMMIT;
