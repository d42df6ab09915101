# shellcheck shell=bash
# All that the bench knows of the engine's inside: how a job is written and how a hint of it is pushed. Sourced, never run,
# behind tests/bench/rig.sh.

# What the API pushes after the commit of a job, as Redis reads it from a line.
hint="format('XADD tenantry:jobs:%s MAXLEN ~ 10000 * agency %s', queue, agency_id)"

# jobs_sql AGENCY KIND STEPS PAYLOAD QUERY: the statement that writes a job for each company_id, or null, of QUERY.
# PAYLOAD is SQL.
jobs_sql() {
  cat <<SQL
insert into tenantry.job (agency_id, job_id, queue, kind, company_id, steps_total, payload, created_at, run_at)
select $1, nextval('tenantry.job_id_seq'), 'provisioning', '$2', company_id, $3, $4, now(), now() from ($5) jobs
SQL
}

# add_jobs AGENCY KIND STEPS PAYLOAD QUERY: the worker finds them by itself.
add_jobs() { sql "$(jobs_sql "$@")"; }

# The same with the hints, which redis-cli, connected meanwhile, sends once the rows are committed.
add_jobs_with_hints() { sql "$(jobs_sql "$@") returning $hint" | redis --pipe >/dev/null; }

# add_companies COUNT: the agency's, with provisioning jobs that a worker finds by itself.
add_companies() {
  local companies="insert into tenantry.company (agency_id, company_id, name, name_key, owner_id, created_at, updated_at)
                   select $agency, nextval('tenantry.company_id_seq'), name, lower(name), $user, now(), now()
                   from (select 'Backlog $((run += 1)) ' || i as name from generate_series(1, $1) i) names
                   returning company_id"
  sql "with made as ($companies) $(jobs_sql "$agency" provisioning 4 null 'select company_id from made')"
}

nothing() { echo "select null::bigint as company_id from generate_series(1, $1)"; }

# add_done_jobs AGENCY COUNT: as they are when they have been done for a while.
add_done_jobs() {
  sql "insert into tenantry.job (agency_id, job_id, queue, kind, steps_total, steps_done, state, created_at, run_at, finished_at)
       select $1, nextval('tenantry.job_id_seq'), 'provisioning', 'noop', 1, 1, 'done', now(), now(), now()
       from generate_series(1, $2)"
  sql 'vacuum (analyze) tenantry.job'
}
