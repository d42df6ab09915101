# shellcheck shell=bash
# The part of scripts/bench that measures the job engine beside BullMQ. Sourced, never run, behind tests/bench/rig.sh and
# tests/bench/backlog.sh.

least_noop_jobs=15000
least_provisioning_jobs=5000
least_of_peer=10 least_provisioning_of_peer=3
most_start_ms=10
slots=4     # of the worker and of BullMQ, when one agency waits behind the other
pause_ms=20 # how long each of their jobs holds one
tries=10    # jobs of the other agency, one after the other
most_redis_mib=50
chunk=50000      # jobs of the memory's backlog in one transaction
ordinary=20000   # a backlog that a worker has seen when its ordinary memory is read
minute=60
peer_seconds=600
# BullMQ's jobs at a time, connections and processes: the best that were found on two cores, between 16 and 256 jobs at a
# time, 8 and 64 connections, one and two processes. Which of them is best differs from machine to machine.
peer_settings=('64 16 1' '256 64 1' '128 64 2')

prepare_jobs() {
  create_agency Other
  other_key=$key other_agency=$agency
}

# peer FIGURE ARGUMENT…: it runs beside the shell, so that Ctrl-C ends both. Sets $answer.
peer() {
  redis flushall >/dev/null
  DATABASE_URL=$DATABASE_URL REDIS_URL=$REDIS_URL \
    launch peer timeout "$peer_seconds" node "$run_dir/peer/bullmq.mjs" "${@:2}"
  wait "$!" || { tail -n 20 "$run_dir/peer.log" >&2; die 'BullMQ failed'; }
  answer=$(tail -n 1 "$run_dir/peer.log")
  record "$1" "$answer"
}

# peer_best FIGURE MODE: sets $best.
peer_best() {
  local setting
  best=0
  for setting in "${peer_settings[@]}"; do
    # shellcheck disable=SC2086 # three numbers
    peer "$1 $setting" "$2" "${option[companies]}" $setting
    best=$((answer > best ? answer : best))
  done
  record "$1" "$best"
}

# pile_up COMMAND…: the jobs that COMMAND adds are all there are.
pile_up() {
  forget_jobs
  "$@"
  sql checkpoint
}
# work_off NAME: a worker on what has piled up; it stays up.
work_off() {
  start_worker
  await_jobs "$1"
}

# drain FIGURE COMMAND…: a worker on the backlog that COMMAND adds. Sets $answer.
drain() {
  pile_up "${@:2}"
  work_off "$1"
  stop_worker
  answer=$(sql "select round(count(*) / extract(epoch from max(finished_at) - min(started_at))) from tenantry.job
                where state = 'done' and agency_id = $agency")
  record "$1" "$answer"
}

# BullMQ comes between the two that it stands beside.
measure_drain() {
  local noop
  drain 'no-op jobs/s' add_jobs "$agency" noop 1 null "$(nothing "${option[jobs]}")"
  noop=$answer
  peer_best 'BullMQ no-op jobs/s' idle
  record 'no-op ratio' "$(divide "$noop" "$best")"
  peer_best 'BullMQ jobs/s' drain
  record 'no-op ratio to updates' "$(divide "$noop" "$best")"
  drain 'provisioning jobs/s' add_companies "${option[companies]}"
  record 'provisioning ratio' "$(divide "$answer" "$best")"
}

# Nothing but the jobs' own insert is in the transaction of the company's first key, which no later one changes.
latencies="select extract(epoch from started_at - pg_xact_commit_timestamp(k.xmin)) * 1000 as ms
           from tenantry.job join tenantry.api_key k using (agency_id, company_id)"

measure_latency() {
  local p50 p99 most rate_seen
  forget_jobs
  start_worker
  seconds=${option[latency-seconds]} load 'POST of the open loop' --port "$api_port" --connections 64 --companies 1 --tag "$((run += 1))" \
    --rate "$(divide "${option[rate]}" 2)" # a company has two jobs
  await_jobs 'the jobs of the requests'
  stop_worker
  IFS='|' read -r p50 p99 most <<<"$(sql "select round(percentile_cont(0.5) within group (order by ms)::numeric, 2),
    round(percentile_cont(0.99) within group (order by ms)::numeric, 2), round(max(ms)::numeric, 2) from ($latencies) l")"
  record 'commit to start p50' "$p50"
  record 'commit to start p99' "$p99"
  record 'commit to start max' "$most"
  rate_seen=$(sql "select round(count(*) / extract(epoch from max(created_at) - min(created_at))) from tenantry.job
                   where agency_id = $agency")
  record 'started jobs/s' "$rate_seen"
}

measure_starvation() {
  starve_behind_pauses
  peer 'wait in BullMQ' starve "${option[waiting]}" "$pause_ms" "$slots"
  starve_behind_companies
}

has_begun() { is_true "exists (select from tenantry.job where agency_id = $1 and started_at is not null)"; }
others_are_done() { is_true "not exists (select from tenantry.job where agency_id = $other_agency and finished_at is null)"; }

waits() { is_true "exists (select from tenantry.job where agency_id = $1 and state = 'pending')"; }

starve_behind_pauses() {
  local try payload="'{\"ms\": $pause_ms}'" wait
  forget_jobs
  add_jobs "$agency" pause 1 "$payload" "$(nothing "${option[waiting]}")"
  start_worker --concurrency "$slots" --batch-size 1
  await "$ready_seconds" has_begun "$agency" || die 'no pause has begun'
  for ((try = 0; try < tries; ++try)); do
    waits "$agency" || break
    add_jobs_with_hints "$other_agency" pause 1 "$payload" "$(nothing 1)"
    await "$drain_seconds" others_are_done || die "the other agency's pause is not done after $drain_seconds s"
  done
  stop_worker
  for wait in $(sql "select round(extract(epoch from started_at - created_at) * 1000, 1) from tenantry.job
                     where agency_id = $other_agency"); do
    record 'wait behind pauses' "$wait"
  done
}

# mean_batch_ms: of the worker that runs.
mean_batch_ms() {
  curl -fs --noproxy '*' "http://127.0.0.1:$metrics_port/metrics" | awk '
    /^tenantry_job_batch_duration_seconds_sum/ { sum += $2 }
    /^tenantry_job_batch_duration_seconds_count/ { count += $2 }
    END { printf "%.1f", sum / count * 1000 }'
}

# The worker as it is by itself, real jobs, and a real request.
starve_behind_companies() {
  forget_jobs
  add_companies "${option[waiting]}"
  start_worker
  await "$ready_seconds" has_begun "$agency" || die 'no provisioning has begun'
  curl -fs --noproxy '*' -o /dev/null "http://127.0.0.1:$api_port/rest/v2/agency/companies" -H "x-api-key: $other_key" \
    -H 'Content-Type: application/json' -d "{\"companies\":[{\"name\":\"Waiting $((run += 1))\"}]}"
  waits "$agency" || die 'the companies were done too soon; give a larger --waiting'
  await "$drain_seconds" others_are_done || die "the other agency's jobs are not done after $drain_seconds s"
  record 'batch of companies' "$(mean_batch_ms)"
  stop_worker
  record 'wait behind companies' "$(sql "select round(max(ms), 1) from ($latencies
    where agency_id = $other_agency and kind = 'provisioning') l")"
}

redis_mib() { redis info memory | awk -F: '$1 == "used_memory" { printf "%.1f", $2 / 1048576 }'; }

# note_memory FIGURE: of this instant.
note_memory() {
  record 'Redis with the backlog' "$(redis_mib)"
  record "$1" "$(status_mib worker VmRSS)"
}

add_backlog() {
  local left
  for ((left = option[backlog]; left > 0; left -= chunk)); do
    add_jobs_with_hints "$agency" noop 1 null "$(nothing "$((left < chunk ? left : chunk))")"
    record 'Redis with the backlog' "$(redis_mib)"
  done
  sql 'vacuum (analyze) tenantry.job'
}

# What a worker that has drained an ordinary backlog holds, beside one that finds the large one.
measure_backlog() {
  local second
  ((round == 1)) || return 0
  forget_jobs
  record 'Redis before' "$(redis_mib)"
  add_jobs "$agency" noop 1 null "$(nothing "$ordinary")"
  start_worker
  await_jobs 'the ordinary jobs'
  record 'worker before' "$(status_mib worker VmRSS)"
  stop_worker
  forget_jobs
  add_backlog
  start_worker
  for ((second = 0; second < minute; ++second)); do
    note_memory 'worker with the backlog'
    sleep 1
  done
  note_memory 'worker a minute later'
  record drained "$(sql "select count(*) from tenantry.job where state = 'done' and agency_id = $agency")"
  stop_worker
}

report_drain() {
  local noop provisioning ratio
  noop=$(median 'no-op jobs/s') provisioning=$(median 'provisioning jobs/s') ratio=$(median 'no-op ratio')
  row 'no-op jobs/s' "$noop" ">= $least_noop_jobs" "$(divide "$noop" "$least_noop_jobs")" "$noop >= $least_noop_jobs"
  row 'provisioning jobs/s' "$provisioning" ">= $least_provisioning_jobs" \
    "$(divide "$provisioning" "$least_provisioning_jobs")" "$provisioning >= $least_provisioning_jobs"
  row 'BullMQ, no-op jobs/s' "$(median 'BullMQ no-op jobs/s')" '' ''
  row "no-op jobs/s, of BullMQ's no-op" '' ">= $least_of_peer" "$ratio" "$ratio >= $least_of_peer"
  row 'BullMQ, one UPDATE a job, jobs/s' "$(median 'BullMQ jobs/s')" '' ''
  row "no-op jobs/s, of BullMQ's UPDATE" '' '' "$(median 'no-op ratio to updates')"
  ratio=$(median 'provisioning ratio')
  row "provisioning jobs/s, of BullMQ's UPDATE" '' ">= $least_provisioning_of_peer" "$ratio" "$ratio >= $least_provisioning_of_peer"
}

report_latency() {
  local p99
  p99=$(median 'commit to start p99')
  row 'jobs/s of the requests' "$(median 'started jobs/s')" "of ${option[rate]}" ''
  row 'commit to start, p50 ms' "$(median 'commit to start p50')" '' ''
  row 'commit to start, p99 ms' "$p99" "<= $most_start_ms" "$(divide "$p99" "$most_start_ms")" "$p99 <= $most_start_ms"
  row 'commit to start, max ms' "$(worst 'commit to start max')" '' ''
  row 'POST, p99 ms' "$(median 'POST of the open loop p99')" '' ''
}

# most_wait MS: of an agency behind jobs that last so long.
most_wait() { awk -v ms="$1" 'BEGIN { print 2 * ms + 50 }'; }

report_starvation() {
  local most wait
  wait=$(worst 'wait behind pauses') most=$(most_wait "$pause_ms")
  row "wait behind pauses, worst ms" "$wait" "<= 2 of $pause_ms ms + 50" "$(divide "$wait" "$pause_ms")" "$wait <= $most"
  row 'the same, median ms' "$(median 'wait behind pauses')" '' "$(divide "$(median 'wait behind pauses')" "$pause_ms")"
  wait=$(median 'wait in BullMQ')
  row 'the same in BullMQ (FIFO), ms' "$wait" '' "$(divide "$wait" "$pause_ms")"
  wait=$(worst 'wait behind companies') most=$(most_wait "$(median 'batch of companies')")
  row 'wait behind companies, worst ms' "$wait" "<= 2 of $(median 'batch of companies') ms + 50" \
    "$(divide "$wait" "$(median 'batch of companies')")" "$wait <= $most"
}

report_backlog() {
  local before with redis
  redis=$(worst 'Redis with the backlog')
  row 'Redis before the backlog, MiB' "$(median 'Redis before')" '' ''
  row 'Redis with the backlog, MiB' "$redis" "< $most_redis_mib" "$(divide "$redis" "$most_redis_mib")" "$redis < $most_redis_mib"
  before=$(median 'worker before') with=$(worst 'worker with the backlog')
  row 'worker before, MiB' "$before" '' ''
  row 'worker with the backlog, MiB' "$with" 'before + 20 % or 5 MiB' "$(divide "$with" "$before")" \
    "$with <= $before * 1.2 || $with <= $before + 5"
  row 'worker a minute later, MiB' "$(median 'worker a minute later')" '' ''
  row 'drained in that minute' "$(median drained)" "of ${option[backlog]}" ''
}
