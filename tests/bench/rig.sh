# shellcheck shell=bash
# What the parts of scripts/bench share: the servers and programs that are measured, the figures and their table.
# Sourced, never run, behind scripts/lib.sh. Each measurement NAME has a measure_NAME, which is a round of it, and a
# report_NAME.

ready_seconds=60
drain_seconds=300
most_in_flight=4096 # no measurement reaches it

bench=$root/build/release/tenantry-bench-

# shellcheck disable=SC2317 # called by the trap
finish() {
  local note
  trap '' INT TERM
  stop_build
  stop_process hello "$run_dir/hello.pid" "${bench}hello"
  for note in "$run_dir"/peer*.pid; do stop_process peer "$note" .mjs; done
  for note in "$run_dir"/copy*.pid; do stop_process tenantry-api "$note" "${program}api"; done
  stop_all
  "$root/scripts/servers" destroy "$run_dir/servers"
  rm -rf -- "$run_dir"
} >/dev/null

# Debian's /usr/bin/psql is a Perl script in front of this one, and takes a share of the machine when it is run often.
sql() { "$postgres_bin/psql" -XAtqw -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "$1"; }
is_true() { [[ $(sql "select $1") == t ]]; }
admin() { TENANTRY_DATABASE_URL=$DATABASE_URL TENANTRY_KEYRING=$run_dir/keyring "${program}admin" "$@"; }
redis() {
  local password=${REDIS_URL#*default:}
  REDISCLI_AUTH=${password%@*} redis-cli -p "${REDIS_URL##*:}" "$@"
}

# Node looks for packages beside the program.
install_peer() {
  ninja -C "$root/build/release" bench-peer >/dev/null || die 'the peers cannot be installed'
  mkdir "$run_dir/peer"
  cp "$root"/tests/bench/peer/*.mjs "$run_dir/peer"
  ln -s "$root/build/tools/peer/node_modules" "$run_dir/peer/node_modules"
}
# launch NAME PROGRAM [ARGUMENT…]: in the background, with a log and the note of its process id.
launch() {
  setsid "${@:2}" >>"$run_dir/$1.log" 2>&1 </dev/null &
  echo $! >"$run_dir/$1.pid"
}
answers() { curl -fs --noproxy '*' --max-time 2 -o /dev/null "http://127.0.0.1:$1"; }
await_ready() {
  await "$ready_seconds" answers "$2" || { tail -n 20 "$run_dir/$1.log" >&2; die "$1 is not ready"; }
}

start_servers() {
  mkdir -p "$run_dir/servers"
  "$root/scripts/servers" start "$run_dir/servers"
  migrate_servers "$run_dir/servers" >/dev/null
  # The instant of a commit is read from PostgreSQL, which notes it from its next start.
  sql 'alter system set track_commit_timestamp = on'
  "$root/scripts/servers" stop "$run_dir/servers" >/dev/null
  "$root/scripts/servers" start "$run_dir/servers"
  for setting in fsync synchronous_commit full_page_writes; do
    [[ $(sql "show $setting") == on ]] || die "$setting is off: the figures would mean nothing"
  done
  age_wal
  admin keyring init --if-absent
  # Limits that no measurement reaches: each request is counted all the same.
  sql "insert into tenantry.plan select 'bench', 'Bench', currency, activation_fee_minor, monthly_fee_minor, email_slots,
         linkedin_slots from tenantry.plan where plan_code = 'standard';
       insert into tenantry.plan_rate_limit values ('bench', '*', 10000000, 10000000)"
}

# A server that has run for a while uses its log's files again. A new one makes each when it is needed first, and every commit
# waits for its 16 MB of zeros.
age_wal() {
  sql "select count(pg_logical_emit_message(false, 'bench', repeat(' ', 1000000))) from generate_series(1, 4000)" >/dev/null
  sql checkpoint
}

# create_agency NAME: sets $key, $agency, $user and $key_id.
create_agency() {
  key=$(admin agency create --plan bench --name "$1" --owner "$1 Owner" --email owner@bench.example --print-key-only)
  IFS='|' read -r agency user key_id <<<"$(sql "select agency_id, user_id, api_key_id
    from tenantry.agency a join tenantry.api_key k using (agency_id) where a.name = '$1' and company_id is null")"
}

# launch_api NAME DATABASE_URL PORT METRICS_PORT [ARGUMENT…]
launch_api() {
  TENANTRY_DATABASE_URL=$2 TENANTRY_REDIS_URL=$REDIS_URL TENANTRY_KEYRING=$run_dir/keyring \
    launch "$1" "${program}api" --http-port "$3" --metrics-port "$4" --max-in-flight "$most_in_flight" "${@:5}"
}
# start_api [NAME [DATABASE_URL [ARGUMENT…]]]: sets $api_port.
start_api() {
  api_port=$(free_port)
  launch_api "${1-api}" "${2-$TENANTRY_API_DATABASE_URL}" "$api_port" "$(free_port)" "${@:3}"
  await_ready "${1-api}" "$api_port/readyz"
}
# start_worker [ARGUMENT…]
start_worker() {
  metrics_port=$(free_port)
  TENANTRY_DATABASE_URL=$TENANTRY_WORKER_DATABASE_URL TENANTRY_REDIS_URL=$REDIS_URL \
    launch worker "${program}worker" --metrics-port "$metrics_port" "$@"
  await_ready worker "$metrics_port/readyz"
}
stop_worker() { stop_process tenantry-worker "$run_dir/worker.pid" "${program}worker" >/dev/null; }

# What a worker has not done, neither here nor in Redis, is nobody's load in the next measurement.
forget_jobs() {
  sql 'truncate tenantry.job'
  sql 'vacuum (analyze) tenantry.job' # what follows meets the statistics of an empty table
  redis flushall >/dev/null
}
forget_waiting_jobs() {
  sql "delete from tenantry.job where state <> 'done'"
  sql 'vacuum (analyze) tenantry.job'
  redis flushall >/dev/null
}

record() { printf '%d,%s,%s\n' "$round" "$1" "$2" >>"$results/rounds.csv"; }
divide() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }
values() { awk -F, -v figure="$1" '$2 == figure { print $3 }' "$results/rounds.csv" | sort -g; }
median() { values "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
worst() { values "$1" | tail -n 1; }
# of_round FIGURE: what it is in this round.
of_round() {
  awk -F, -v round="$round" -v figure="$1" '$1 == round && $2 == figure { value = $3 } END { print value }' "$results/rounds.csv"
}

# status_mib NAME FIELD: of the program's memory, as the kernel tells it.
status_mib() { awk -v field="$2:" '$1 == field { printf "%.1f", $2 / 1024 }' "/proc/$(<"$run_dir/$1.pid")/status"; }

# load FIGURE ARGUMENT…: sets $rate and $p50.
load() {
  local answer p99 errors
  answer=$("${bench}load" --warm-up "${warm_seconds:-0.5}" --seconds "$seconds" --key "$key" "${@:2}")
  read -r rate p50 p99 errors <<<"$answer"
  record "$1" "$rate"
  record "$1 p50" "$p50"
  record "$1 p99" "$p99"
  record errors "$errors"
  total_errors=$((total_errors + errors))
}
run=0 total_errors=0

# start_beside CONNECTIONS RATE PORT ARGUMENT…: POSTs at that rate, until the load that is started next is over.
start_beside() {
  beside_rate=$2
  "${bench}load" --seconds "$((seconds + 2))" --key "$key" --connections "$1" --rate "$2" --port "$3" --companies 1 "${@:4}" \
    >"$run_dir/beside.log" &
  beside_pid=$!
  sleep 1
}
# They are no load if they fail.
await_beside() {
  local reached failed
  wait "$beside_pid" || die 'the requests beside the load could not be sent'
  read -r reached _ _ failed <"$run_dir/beside.log"
  ((failed == 0 && reached * 100 >= beside_rate * 95)) || die "the requests beside the load: $(<"$run_dir/beside.log")"
}

jobs_are_done() {
  sleep 0.5 # psql takes its share of the machine
  is_true "not exists (select from tenantry.job where state = 'pending')
       and not exists (select from tenantry.job where state = 'running')"
}
await_jobs() { await "$drain_seconds" jobs_are_done || die "$1 are not done after $drain_seconds s"; }

start_table() {
  echo figure,value,goal,ratio,verdict >"$results/figures.csv"
  printf '\n%-32s %12s  %-30s %8s\n' figure value goal ratio
}

# row FIGURE VALUE GOAL RATIO [CONDITION]: without a condition it is for information; a false one misses a floor.
row() {
  local verdict=''
  if (($# > 4)); then
    verdict=pass
    awk "BEGIN { exit !($5) }" || verdict=FAIL missed=1
  fi
  printf '%-32s %12s  %-30s %8s  %s\n' "$1" "$2" "$3" "$4" "$verdict"
  printf '"%s",%s,"%s",%s,%s\n' "$1" "$2" "$3" "$4" "$verdict" >>"$results/figures.csv"
}
