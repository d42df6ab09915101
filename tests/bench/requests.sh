# shellcheck shell=bash
# The part of scripts/bench that measures requests, and jobs in short. Sourced, never run, behind tests/bench/rig.sh.

declare -A option=([rounds]=5 [seconds]=4 [jobs]=20000) measurements=()
results=$root/bench-results
connections=64
batches=(1 10)
pgbench_clients=(4 8)
least_of_pgbench=0.6
least_noop_jobs=5000

start_hello() {
  hello_port=$(free_port)
  launch hello "${bench}hello" "$hello_port"
  await_ready hello "$hello_port/"
}

prepare() {
  local batch
  backlog=${option[jobs]}
  say 'Starting PostgreSQL, Redis, the API and a bare server'
  start_servers
  start_api
  start_hello
  for batch in "${batches[@]}"; do
    "${bench}pgbench_script" "$agency" "$user" "$key_id" "$batch" >"$run_dir/post-$batch.pgbench"
  done
}

# The first load on an empty cluster pays for files and plans that no later one has to make.
warm_up() { post ' to warm up' 1; }

post() {
  load "POST x$2$1" --connections "$connections" --port "$api_port" --companies "$2" --tag "$((run += 1))"
}
get() { load "GET $1" --connections "$connections" --port "$2" --get "$3"; }

# pgbench_best COMPANIES: sets $best.
pgbench_best() {
  local clients output tps
  best=0
  for clients in "${pgbench_clients[@]}"; do
    run=$((run + 1))
    output=$(pgbench -M prepared -n -T "$seconds" -c "$clients" -j 2 -D n=0 -D "run=$run" \
      -f "$run_dir/post-$1.pgbench" "$TENANTRY_API_DATABASE_URL" 2>&1) || die "pgbench failed: $output"
    [[ $output == *'number of failed transactions: 0 '* ]] || die "pgbench: $output"
    tps=$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' <<<"$output")
    record "pgbench x$1 with $clients clients" "$tps"
    best=$(printf '%s\n' "$best" "$tps" | sort -g | tail -n 1)
  done
  record "pgbench x$1" "$best"
}

measure_posts() {
  local batch
  for batch in "${batches[@]}"; do
    post '' "$batch"
    pgbench_best "$batch"
    record "POST x$batch ratio" "$(divide "$rate" "$best")"
    [[ $batch != 1 ]] || alone=$rate
  done
}

measure_get() {
  local company one
  company=$(sql 'select min(company_id) from tenantry.company')
  get one "$api_port" "/rest/v2/agency/companies/$company"
  one=$rate
  get hello "$hello_port" /
  record 'GET one ratio' "$(divide "$one" "$rate")"
}

measure_beside_worker() {
  forget_jobs
  start_worker
  post ' beside the worker' 1
  record 'POST x1 beside the worker ratio' "$(divide "$rate" "$alone")"
  record 'memory api' "$(status_mib api VmHWM)"
  record 'memory worker' "$(status_mib worker VmHWM)"
  stop_worker
}

# drain KIND STEPS QUERY: a worker alone, from its start to the last commit. QUERY gives the jobs' company_id.
drain() {
  local count from until
  forget_jobs
  add_jobs "$agency" "$1" "$2" null "$3 limit $backlog"
  from=$EPOCHREALTIME
  start_worker
  await_jobs "the $1 jobs"
  stop_worker
  IFS='|' read -r count until <<<"$(sql "select count(*), extract(epoch from max(finished_at)) from tenantry.job
                                         where state = 'done'")"
  record "jobs $1" "$(awk -v n="$count" -v a="$from" -v b="$until" 'BEGIN { printf "%.0f", n / (b - a) }')"
}

measure_jobs() {
  drain noop 1 "$(nothing "$backlog")"
  drain provisioning 4 "select company_id from tenantry.company where provisioning = 'pending' order by company_id"
}

measure() {
  measure_posts
  measure_get
  measure_beside_worker
  measure_jobs
}

# rate_rows FIGURE GOAL RATIO [CONDITION]
rate_rows() {
  row "$1, requests/s" "$(median "$1")" "${@:2}"
  row "$1, p50 ms" "$(median "$1 p50")" '' ''
  row "$1, p99 ms" "$(median "$1 p99")" '' ''
}

report() {
  local batch ratio noop name
  for batch in "${batches[@]}"; do
    ratio=$(median "POST x$batch ratio")
    rate_rows "POST x$batch" ">= $least_of_pgbench of pgbench's $(printf %.0f "$(median "pgbench x$batch")")" \
      "$ratio" "$ratio >= $least_of_pgbench"
  done
  rate_rows 'POST x1 beside the worker' "of POST x1" "$(median 'POST x1 beside the worker ratio')"
  rate_rows 'GET one' "of a bare hello's $(median 'GET hello')" "$(median 'GET one ratio')"
  row errors "$total_errors" 0 '' "$total_errors == 0"
  for name in api worker; do
    row "memory of the $name, MiB" "$(median "memory $name")" "<= $most_memory_mib" '' \
      "$(median "memory $name") <= $most_memory_mib"
  done
  noop=$(median 'jobs noop')
  row 'no-op jobs/s' "$noop" ">= $least_noop_jobs" "$(divide "$noop" "$least_noop_jobs")" "$noop >= $least_noop_jobs"
  row 'provisioning jobs/s' "$(median 'jobs provisioning')" '' ''
}
