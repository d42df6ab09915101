# shellcheck shell=bash
# The part of scripts/bench that measures requests beside pgbench, a bare Beast server and Fastify. Sourced, never run,
# behind tests/bench/rig.sh and tests/bench/jobs.sh.

connections=64
batches=(1 10)
pgbench_clients=(4 8)
leanest_script=$root/tests/bench/one_company.pgbench
# Fastify's processes, and the connections of each: the best for its requests, and for its GETs, on two cores.
fastify_settings=('1 8' '2 4')
declare -A least_of_pgbench=([1]=2 [10]=1.5) least_of_fastify=([1]=7 [10]=6 [one]=4 [list]=4)
# All connections want the same company or page at the same time, or each another one.
reads=('one' 'list' 'one of 5000' 'list of 20 pages')
most_p99_ms=12
most_of_bare_commit=1.3
least_beside_worker=0.7
least_of_fastify_beside_worker=10
least_of_hello=0.8
most_api_mib=20
most_worker_mib=15
writer_connections=16
writer_rate=100
neighbour_connections=32
neighbour_rate=1000
refused_names=(taken raced "founders' taken")
least_beside_refused_names=0.95 # of requests that create: more, but for the noise
idle_connections=10000
most_idle_mib=120
most_ready_ms=100

start_hello() {
  hello_port=$(free_port)
  launch hello "${bench}hello" "$hello_port"
  await_ready hello "$hello_port/"
}

# Each setting stays up: an idle server costs the others nothing.
start_fastify() {
  local at
  fastify_ports=()
  for at in "${!fastify_settings[@]}"; do
    fastify_ports+=("$(free_port)")
    launch_fastify "peer-$at" "${fastify_ports[at]}" "${fastify_settings[at]}"
  done
  by_table_port=$(free_port)
  launch_fastify peer-by-table "$by_table_port" "${fastify_settings[0]}" by-table
}
# launch_fastify NAME PORT SETTING [ARGUMENT…]
launch_fastify() {
  # shellcheck disable=SC2086 # two numbers
  DATABASE_URL=$DATABASE_URL REDIS_URL=$REDIS_URL launch "$1" \
    node "$run_dir/peer/fastify.mjs" serve "$2" $3 "$key" "$agency" "$user" "${@:4}"
  await "$ready_seconds" knows_key "$2" || die "Fastify is not ready: $(tail -n 5 "$run_dir/$1.log")"
}
knows_key() { curl -fs --noproxy '*' --max-time 2 -o /dev/null -H "x-api-key: $key" "http://127.0.0.1:$1/healthz"; }

prepare_requests() {
  local batch
  # The same statement has the same plan.
  planner_options=$("${bench}pgbench_script" planner-options)
  start_hello
  start_fastify
  for batch in "${batches[@]}"; do
    "${bench}pgbench_script" "$agency" "$user" "$key_id" "$batch" >"$run_dir/post-$batch.pgbench"
  done
  "${bench}pgbench_script" "$agency" "$user" "$key_id" 1 with-key >"$run_dir/post-with-key.pgbench"
}

# post FIGURE PORT COMPANIES [ARGUMENT…]
post() { load "$1" --connections "$connections" --port "$2" --companies "$3" --tag "$((run += 1))" "${@:4}"; }
get() { load "$1" --connections "$connections" --port "$2" --get "$3"; }

# fastify FIGURE COMMAND…: the best of its settings; COMMAND gets the figure and the port in front of its other words.
# Sets $best.
fastify() {
  local at figure=$1
  best=0
  for at in "${!fastify_settings[@]}"; do
    "$2" "$figure (${fastify_settings[at]})" "${fastify_ports[at]}" "${@:3}"
    best=$(larger "$best" "$rate")
  done
  record "$figure" "$best"
}
larger() { printf '%s\n' "$@" | sort -g | tail -n 1; }

# pgbench_run CLIENTS SCRIPT [ARGUMENT…]: sets $output. Of the scripts the leanest alone asks for whom it is.
pgbench_run() {
  run=$((run + 1))
  output=$(PGOPTIONS=$planner_options pgbench -M prepared -n -T "$seconds" -c "$1" -j "$(($1 < 2 ? 1 : 2))" -D n=0 -D "run=$run" -D "agency=$agency" \
    -D "user=$user" -D "key_id=$key_id" "${@:3}" -f "$2" "$TENANTRY_API_DATABASE_URL" 2>&1) || die "pgbench failed: $output"
  [[ $output == *'number of failed transactions: 0 '* ]] || die "pgbench: $output"
}

# pgbench_best FIGURE SCRIPT: sets $best.
pgbench_best() {
  local clients output tps
  best=0
  for clients in "${pgbench_clients[@]}"; do
    pgbench_run "$clients" "$2"
    tps=$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' <<<"$output")
    record "$1 with $clients clients" "$tps"
    best=$(larger "$best" "$tps")
  done
  record "$1" "$best"
}

measure_post() {
  local batch mine
  for batch in "${batches[@]}"; do
    post "POST x$batch" "$api_port" "$batch"
    mine=$rate
    pgbench_best "pgbench x$batch" "$run_dir/post-$batch.pgbench"
    record "POST x$batch of pgbench" "$(divide "$mine" "$best")"
    ((batch > 1)) || measure_leanest
    fastify "Fastify POST x$batch" post "$batch"
    record "POST x$batch of Fastify" "$(divide "$mine" "$best")"
    post "Fastify POST x$batch by table" "$by_table_port" "$batch"
    record "POST x$batch of Fastify by table" "$(divide "$mine" "$rate")"
  done
  measure_post_with_key
}

# What one company costs that is committed by itself, without what makes it safe to share a commit.
measure_leanest() {
  pgbench_best 'leanest pgbench x1' "$leanest_script"
  record 'POST x1 of the leanest pgbench' "$(divide "$(of_round 'POST x1')" "$best")"
}

measure_post_with_key() {
  local mine
  post 'POST x1 with Idempotency-Key' "$api_port" 1 --idempotency
  mine=$rate
  pgbench_best 'pgbench x1 with Idempotency-Key' "$run_dir/post-with-key.pgbench"
  record 'POST x1 with Idempotency-Key of pgbench' "$(divide "$mine" "$best")"
}

measure_get() {
  local mine path what words=$run_dir/reads keys
  sql "select '$key ' || company_id from tenantry.company where agency_id = $agency order by company_id limit 5000" >"$words.one"
  sql "select '$key ' || page from generate_series(1, 20) page" >"$words.list"
  for what in "${reads[@]}"; do
    path=/rest/v2/agency/companies
    keys=$words.${what%% *}
    case $what in one*) path+=/{} ;; *) path+='?page={}' ;; esac
    [[ $what == *' of '* ]] || { head -n 1 "$keys" >"$words.same"; keys=$words.same; }
    key=$keys get "GET $what" "$api_port" "$path"
    mine=$rate
    key=$keys fastify "Fastify GET $what" get "$path"
    record "GET $what of Fastify" "$(divide "$mine" "$best")"
  done
  measure_list_beside_writes
}

# The list of an agency that gets new companies meanwhile: whatever is kept of it does not stay true for long.
measure_list_beside_writes() {
  local mine
  list_beside_writes 'GET list beside writes' "$api_port"
  mine=$rate
  fastify 'Fastify GET list beside writes' list_beside_writes
  record 'GET list beside writes of Fastify' "$(divide "$mine" "$best")"
}
list_beside_writes() {
  start_beside "$writer_connections" "$writer_rate" "$2" --tag "$((run += 1))"
  connections=$((connections - writer_connections)) get "$1" "$2" /rest/v2/agency/companies
  await_beside
}

# Neither touches a store.
measure_http() {
  local mine
  get 'GET healthz' "$api_port" /healthz
  mine=$rate
  get 'GET hello' "$hello_port" /
  record 'GET healthz of hello' "$(divide "$mine" "$rate")"
}

# One connection after the other's answer: what a request adds to the commit that it waits for.
measure_single() {
  connections=1 post 'POST alone' "$api_port" 1
  commit_alone 'bare commit' "$run_dir/post-1.pgbench"
  record 'POST alone of a bare commit' "$(divide "$p50" "$commit_p50")"
  commit_alone 'leanest commit' "$leanest_script"
  record 'POST alone of the leanest commit' "$(divide "$p50" "$commit_p50")"
}
# commit_alone FIGURE SCRIPT: sets $commit_p50.
commit_alone() {
  local output
  pgbench_run 1 "$2" --log --log-prefix="$run_dir/single"
  commit_p50=$(cat "$run_dir"/single.* | awk '{ print $3 / 1000 }' | sort -g |
    awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
  rm -f "$run_dir"/single.*
  record "$1 p50" "$commit_p50"
}

measure_worker() {
  local alone mine sharing
  forget_jobs
  post 'POST x1 without worker' "$api_port" 1
  alone=$rate
  forget_jobs
  start_worker
  post 'POST x1 beside the worker' "$api_port" 1
  mine=$rate
  record 'POST x1 beside the worker of without' "$(divide "$mine" "$alone")"
  record 'jobs done beside the requests' "$(sql "select round(avg((state = 'done')::int), 3) from tenantry.job")"
  record 'memory api' "$(status_mib api VmHWM)"
  record 'memory worker' "$(status_mib worker VmHWM)"
  stop_worker
  forget_jobs
  start_worker --yield-for 0s
  post 'POST x1 beside a worker that shares' "$api_port" 1
  sharing=$rate
  record 'POST x1 beside a worker that shares of without' "$(divide "$rate" "$alone")"
  record 'jobs done by a worker that shares' "$(sql "select round(avg((state = 'done')::int), 3) from tenantry.job")"
  stop_worker
  fastify_beside_its_worker
  record 'POST x1 beside the worker of Fastify' "$(divide "$mine" "$best")"
  record 'POST x1 beside a worker that shares of Fastify' "$(divide "$sharing" "$best")"
}
# Sets $best.
fastify_beside_its_worker() {
  forget_jobs
  DATABASE_URL=$DATABASE_URL REDIS_URL=$REDIS_URL launch peer-worker node "$run_dir/peer/fastify.mjs" work 64 16
  fastify 'Fastify POST x1 beside its worker' post 1
  record 'jobs done beside the requests of Fastify' "$(share_done_by_bullmq)"
  stop_process peer-worker "$run_dir/peer-worker.pid" fastify.mjs >/dev/null
  forget_jobs
}
# BullMQ counts the jobs that it is given, and lists those that are not done.
share_done_by_bullmq() {
  local queue given=0 left=0
  for queue in bull:peer-provisioning bull:peer-billing; do
    given=$((given + $(redis get "$queue:id")))
    left=$((left + $(redis llen "$queue:wait") + $(redis llen "$queue:active")))
  done
  divide "$((given - left))" "$given"
}

# Beside another agency's requests: for new names, for nothing but one that is taken, for new ones that two requests
# ask for at the same time, of which one is too late, and for one that is taken where a company comes with its owner. What
# is refused may cost the others no more than what is done.
measure_neighbours() {
  local theirs beside other=${neighbour_key-} name="Taken $((run += 1))"
  [[ $other ]] || other=$(key_of_another_agency)
  neighbour_key=$other
  key=$other seconds=0.1 warm_seconds=0 load 'the taken name' --connections 1 --port "$api_port" --companies 1 --tag "$name"
  for theirs in new "${refused_names[@]}"; do
    beside=(--tag "$((run += 1))")
    case $theirs in
      taken) beside=(--taken "Bench $name 0000000000") ;;
      raced) beside+=(--raced) ;;
      founders*) beside=(--founder --taken "Bench $name 0000000000") ;;
    esac
    key=$other start_beside "$neighbour_connections" "$neighbour_rate" "$api_port" "${beside[@]}"
    connections=$((connections - neighbour_connections)) post "POST x1 beside $theirs names" "$api_port" 1
    await_beside
  done
  for theirs in "${refused_names[@]}"; do
    record "POST x1 beside $theirs names of beside new" \
      "$(divide "$(of_round "POST x1 beside $theirs names")" "$(of_round 'POST x1 beside new names')")"
  done
}
key_of_another_agency() (
  create_agency Neighbour
  echo "$key"
)

# In the first round alone: connections each of which has created a company a while ago.
measure_idle() {
  ((round == 1)) || return 0
  run=$((run + 1))
  "${bench}load" --seconds 8 --key "$key" --connections "$idle_connections" --rate $((idle_connections / 5)) --port "$api_port" \
    --companies 1 --tag "$run" >"$run_dir/idle.log" &
  sleep 7
  record 'memory idle' "$(status_mib api VmRSS)"
  wait "$!"
  [[ $(<"$run_dir/idle.log") == *' 0' ]] || die "idle connections failed: $(<"$run_dir/idle.log")"
}

# With the shell's own sockets: another process for each look would be a good part of what is measured.
is_ready() {
  local line=
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return
  printf 'GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
  read -r line <&3
  exec 3>&-
  [[ $line == *' 200 '* ]]
}

measure_start() {
  local from metrics
  stop_process tenantry-api "$run_dir/api.pid" "${program}api" >/dev/null
  api_port=$(free_port) metrics=$(free_port)
  from=$EPOCHREALTIME
  launch_api api "$TENANTRY_API_DATABASE_URL" "$api_port" "$metrics"
  until is_ready "$api_port" 2>/dev/null; do sleep 0.001; done
  record 'start ms' "$(awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.0f", (b - a) * 1000 }')"
}

# ratio_row FIGURE GOAL OF: the median ratio, and the floor that it is held against.
ratio_row() {
  local ratio
  ratio=$(median "$1")
  row "$1" "$(median "$3")" ">= $2" "$ratio" "$ratio >= $2"
}

# info_row FIGURE OF: the same without a floor.
info_row() { row "$1" "$(median "$2")" '' "$(median "$1")"; }

report_post() {
  local batch p99
  for batch in "${batches[@]}"; do
    rate_rows "POST x$batch"
    ratio_row "POST x$batch of pgbench" "${least_of_pgbench[$batch]}" "pgbench x$batch"
    ratio_row "POST x$batch of Fastify" "${least_of_fastify[$batch]}" "Fastify POST x$batch"
    info_row "POST x$batch of Fastify by table" "Fastify POST x$batch by table"
  done
  info_row 'POST x1 of the leanest pgbench' 'leanest pgbench x1'
  p99=$(median 'POST x1 p99')
  row 'POST x1, p99 ms, limit' "$p99" "<= $most_p99_ms" "$(divide "$p99" "$most_p99_ms")" "$p99 <= $most_p99_ms"
  rate_rows 'POST x1 with Idempotency-Key'
  ratio_row 'POST x1 with Idempotency-Key of pgbench' "${least_of_pgbench[1]}" 'pgbench x1 with Idempotency-Key'
}

report_get() {
  local what
  for what in "${reads[@]}"; do
    rate_rows "GET $what"
    ratio_row "GET $what of Fastify" "${least_of_fastify[${what%% *}]}" "Fastify GET $what"
  done
  rate_rows 'GET list beside writes'
  info_row 'GET list beside writes of Fastify' 'Fastify GET list beside writes'
}

report_http() {
  rate_rows 'GET healthz'
  ratio_row 'GET healthz of hello' "$least_of_hello" 'GET hello'
}

report_single() {
  local ratio
  ratio=$(median 'POST alone of a bare commit')
  row 'POST alone, p50 ms' "$(median 'POST alone p50')" "<= $most_of_bare_commit of $(median 'bare commit p50')" "$ratio" \
    "$ratio <= $most_of_bare_commit"
  row 'POST alone, p50 ms, of the leanest commit' "$(median 'leanest commit p50')" '' "$(median 'POST alone of the leanest commit')"
}

report_worker() {
  local name most
  rate_rows 'POST x1 beside the worker'
  ratio_row 'POST x1 beside the worker of without' "$least_beside_worker" 'POST x1 without worker'
  row 'jobs done beside the requests, of all' '' '' "$(median 'jobs done beside the requests')"
  ratio_row 'POST x1 beside a worker that shares of without' "$least_beside_worker" 'POST x1 without worker'
  row 'jobs done by a worker that shares, of all' '' '' "$(median 'jobs done by a worker that shares')"
  ratio_row 'POST x1 beside the worker of Fastify' "$least_of_fastify_beside_worker" 'Fastify POST x1 beside its worker'
  ratio_row 'POST x1 beside a worker that shares of Fastify' "$least_of_fastify_beside_worker" \
    'Fastify POST x1 beside its worker'
  row 'jobs done beside the requests of Fastify, of all' '' '' "$(median 'jobs done beside the requests of Fastify')"
  for name in api worker; do
    most=most_${name}_mib
    limit_row "memory of the $name, MiB" "memory $name" "${!most}"
  done
}
report_neighbours() {
  local theirs
  for theirs in new "${refused_names[@]}"; do rate_rows "POST x1 beside $theirs names"; done
  for theirs in "${refused_names[@]}"; do
    ratio_row "POST x1 beside $theirs names of beside new" "$least_beside_refused_names" 'POST x1 beside new names'
  done
}
report_idle() { limit_row "memory with $idle_connections idle connections, MiB" 'memory idle' "$most_idle_mib"; }
report_start() { limit_row 'start to ready, ms' 'start ms' "$most_ready_ms"; }
report_errors() { row errors "$total_errors" 0 '' "$total_errors == 0"; }

# limit_row TITLE FIGURE MOST
limit_row() {
  local value
  value=$(median "$2")
  row "$1" "$value" "<= $3" "$(divide "$value" "$3")" "$value <= $3"
}

# rate_rows FIGURE: without a floor.
rate_rows() {
  row "$1, requests/s" "$(median "$1")" '' ''
  row "$1, p50 ms" "$(median "$1 p50")" '' ''
  row "$1, p99 ms" "$(median "$1 p99")" '' ''
}
