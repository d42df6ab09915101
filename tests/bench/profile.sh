# shellcheck shell=bash
# The part of scripts/bench that says where the machine's time goes while it works, by sampling all of its processors with
# perf. Sourced, never run, behind tests/bench/rig.sh, tests/bench/jobs.sh, tests/bench/requests.sh and tests/bench/growth.sh.

sample_seconds=2
samples_a_second=199
stack_bytes=16384 # of each sample: PostgreSQL is built without frame pointers
profiles=('POST alone' 'POST x1' 'POST x10' 'POST x1 beside the worker' 'POST x1 beside a worker that shares'
  'POST x1 of many agencies' 'GET one' 'GET one of many agencies'
  'GET list' 'GET list of many agencies' 'GET healthz' 'provisioning jobs' 'no-op jobs')
programs=(PostgreSQL API worker Redis load idle)
declare -A commands=([PostgreSQL]='postgres' [API]='api-[0-9]+|tenantry-api' [worker]='tenantry-worker' [Redis]='redis-server'
  [load]='tenantry-bench-' [idle]='swapper')
# What PostgreSQL does, by the functions of its own that everything of the kind goes through.
parts=('foreign keys' 'indexes' 'rows' 'commits')
declare -A functions=(['foreign keys']='AfterTriggerEndQuery' [indexes]='ExecInsertIndexTuples' [rows]='heap_insert|heap_update'
  [commits]='CommitTransactionCommand')

# What asks for memory and gives it back, in the C library and in C++.
allocator='(_int_)?(malloc|free).*|cfree.*|calloc|realloc|aligned_alloc|_mid_memalign.*|unlink_chunk.*|operator'

can_sample() { perf record -q -a -o /dev/null -- true >/dev/null 2>&1; }

# sampled NAME PAUSE COMMAND…: samples while COMMAND works, from PAUSE seconds after its start.
sampled() {
  local file="$run_dir/$1.perf" sampler
  { sleep "$2" && perf record -q -a -F "$samples_a_second" --call-graph "dwarf,$stack_bytes" -o "$file" \
    -- sleep "$sample_seconds"; } >/dev/null 2>&1 &
  sampler=$!
  "${@:3}"
  wait "$sampler" || die "perf could not sample $1"
  note_profile "$1" "$file"
  rm -f -- "$file"
}

report_of() { perf report -q -i "$1" --stdio --no-inline -g none "${@:2}" 2>/dev/null; }
# sum_of PATTERN [PATTERN]: of the first column, over the lines whose second one, and third one, are such.
sum_of() {
  awk -v second="^($1)\$" -v third="^(${2-.*})\$" '
    { sub("%", "", $1) } $2 ~ second && $3 ~ third { sum += $1 } END { printf "%.1f", sum }'
}

# note_profile NAME FILE: percents of the whole machine.
note_profile() {
  local by_program by_function by_symbol each
  by_program=$(report_of "$2" --no-children -F overhead,comm,dso)
  by_function=$(report_of "$2" --children --comms postgres -F overhead_children,symbol | sed 's/\[[.k]\] *//')
  by_symbol=$(report_of "$2" --no-children -F overhead,comm,symbol | sed 's/\[[.k]\] *//')
  for each in "${programs[@]}"; do record "$1: $each" "$(sum_of "${commands[$each]}" <<<"$by_program")"; done
  for each in "${parts[@]}"; do record "$1: PostgreSQL's $each" "$(sum_of "${functions[$each]}" <<<"$by_function")"; done
  record "$1: the API's system calls" "$(sum_of "${commands[API]}" '\\[kernel.*' <<<"$by_program")"
  record "$1: the API's allocator" "$(sum_of "${commands[API]}" "$allocator" <<<"$by_symbol")"
}

# sampled_drain NAME COMMAND…: of the backlog that COMMAND adds.
sampled_drain() {
  pile_up "${@:2}"
  sampled "$1" 0.5 work_off "$1"
  stop_worker
}

# In the first round alone. The loads outlast the samples.
measure_profile() {
  local company keys=$run_dir/profile.keys seconds=$((sample_seconds + 4)) jobs=$((option[companies] * 4))
  ((round == 1)) || return 0
  can_sample || die 'perf may not sample here: it takes root, or kernel.perf_event_paranoid at -1'
  company=$(sql "select min(company_id) from tenantry.company where agency_id = $agency")
  connections=1 sampled 'POST alone' 1 post 'POST alone with perf' "$api_port" 1
  sampled 'POST x1' 1 post 'POST x1 with perf' "$api_port" 1
  sampled 'POST x10' 1 post 'POST x10 with perf' "$api_port" 10
  forget_jobs
  start_worker
  sampled 'POST x1 beside the worker' 1 post 'POST x1 beside the worker with perf' "$api_port" 1
  stop_worker
  forget_jobs
  start_worker --yield-for 0s
  sampled 'POST x1 beside a worker that shares' 1 post 'POST x1 beside a worker that shares with perf' "$api_port" 1
  stop_worker
  sampled_drain 'provisioning jobs' add_companies "$jobs"
  sampled_drain 'no-op jobs' add_jobs "$agency" noop 1 null "$(nothing $((jobs * 2)))"
  sampled 'GET one' 1 get 'GET one with perf' "$api_port" "/rest/v2/agency/companies/$company"
  sampled 'GET list' 1 get 'GET list with perf' "$api_port" /rest/v2/agency/companies
  sampled 'GET healthz' 1 get 'GET healthz with perf' "$api_port" /healthz
  make_agencies >"$keys"
  sql analyze
  key=$keys sampled 'POST x1 of many agencies' 1 post 'POST x1 of many agencies with perf' "$api_port" 1
  key=$keys sampled 'GET one of many agencies' 1 get 'GET one of many agencies with perf' "$api_port" '/rest/v2/agency/companies/{}'
  key=$keys sampled 'GET list of many agencies' 1 get 'GET list of many agencies with perf' "$api_port" /rest/v2/agency/companies
}

report_profile() {
  local load each share of_postgres="PostgreSQL's "
  for load in "${profiles[@]}"; do
    for each in "${programs[@]}" "${parts[@]/#/$of_postgres}" "the API's system calls" "the API's allocator"; do
      share=$(median "$load: $each")
      [[ $share == 0.0 || $share == 0 ]] || row "$load: $each, %" "$share" '' ''
    done
  done
}
