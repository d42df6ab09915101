# shellcheck shell=bash
# The part of scripts/bench that measures what growth costs: companies, agencies, connections. Sourced, never run, behind
# tests/bench/rig.sh and tests/bench/requests.sh. A copy of the database grows, so that each figure stands beside that of
# the small one from the same moment. A company that it grows by is the row that a request makes, with a name as long, and a
# key: their names and keys lie scattered over the indexes, as those of requests do. Jobs and audit events are added behind
# the last ones, wherever that is; what a worker looks at has a measurement of its own.

growth_seconds=2 # of a load: there are many
few_companies=5000 # of the agency that the others stand beside: a hundred pages, and as many of a large one are read
sizes=(1000 1000000 5000000)
many_agencies=10000
companies_of_each=50
# So long until each thread has verified most of the keys.
warm_seconds_of_agencies=6
agency_counts=(1 "$connections" "$many_agencies")
connection_counts=(1 16 64 256 1024)
least_of_small=0.75
large_page_cache=256MiB # of each thread: the pages of all agencies find room
seconds_to_read_all=20 # so many pages once in each thread
many_jobs=1000000
chunk_of_growth=500000

# Before anybody is connected to the database: it is the template.
copy_database() { sql "create database growth template $(sql 'select current_database()')"; }
of_copy() { echo "${1%/*}/growth"; }
on_copy() { DATABASE_URL=$(of_copy "$DATABASE_URL") "$@"; }

# numbers FROM TO: each i as a name ends in it.
numbers() { echo "(select i, lpad(i::text, 10, '0') as number from generate_series($1, $2) i) numbers"; }

# Makes many agencies, each with companies for a page, and prints the key of each and its first company. The agencies'
# companies lie mixed, as they do when all grow at the same time.
make_agencies() {
  TENANTRY_DATABASE_URL=$DATABASE_URL TENANTRY_KEYRING=$run_dir/keyring "${bench}agencies" "$many_agencies" >"$run_dir/agencies.keys"
  sql "with made as (
      insert into tenantry.company (agency_id, company_id, name, name_key, owner_id, created_at, updated_at)
      select agency_id, nextval('tenantry.company_id_seq'), 'Bench first ' || number, 'bench first ' || number, user_id,
             now(), now()
      from tenantry.agency join tenantry.app_user using (agency_id), $(numbers 1 "$companies_of_each")
      where agency.name like 'Bench agency %' order by i, agency_id
      returning agency_id, company_id
    ), counted as (
      insert into tenantry.company_count (agency_id, slot, active, inactive)
      select agency_id, 0, count(*), 0 from made group by agency_id)
    select min(company_id) from made group by agency_id order by agency_id" | paste -d ' ' "$run_dir/agencies.keys" -
  sql 'vacuum (analyze) tenantry.company'
}

# grow AGENCY USER SIZE: it has so many companies, or more.
grow() {
  local from to
  from=$(sql "select coalesce(sum(active), 0) from tenantry.company_count where agency_id = $1")
  for ((; from < $3; from = to)); do
    to=$((from + chunk_of_growth < $3 ? from + chunk_of_growth : $3))
    # As a replica, which takes the foreign keys on trust.
    sql "set session_replication_role = replica;
      with made as (
        insert into tenantry.company (agency_id, company_id, name, name_key, owner_id, created_at, updated_at)
        select $1, nextval('tenantry.company_id_seq'), 'Bench ' || hash, 'bench ' || hash, $2, now(), now()
        from $(numbers $((from + 1)) "$to"), lateral (select left(md5(number), 16) as hash) as name
        returning company_id
      ), keys as (
        insert into tenantry.api_key (agency_id, api_key_id, company_id, user_id, scope, lookup_hash, sealed_key, keyring_version,
                                      created_at)
        select $1, nextval('tenantry.api_key_id_seq'), company_id, $2, 'read_write', sha256(company_id::text::bytea),
               convert_to(repeat('x', 78), 'UTF8'), 1, now()
        from made)
      insert into tenantry.company_count (agency_id, slot, active, inactive) values ($1, 0, $to - $from, 0)
      on conflict (agency_id, slot) do update set active = company_count.active + excluded.active"
    say "$to companies"
  done
  sql 'vacuum (analyze) tenantry.company, tenantry.api_key'
  sql checkpoint
}

# with_copy COMMAND…: the load goes to the large agency and its API.
with_copy() { key=$large_key api_port=$copy_port "$@"; }

load_of() {
  case $1 in
    POST) post "$2" "$api_port" 1 ;;
    one) get "$2" "$api_port" "/rest/v2/agency/companies/$3" ;;
    list) get "$2" "$api_port" /rest/v2/agency/companies ;;
    page) get "$2" "$api_port" '/rest/v2/agency/companies?page={}' ;;
  esac
}

company_in_the_middle() {
  sql "select company_id from tenantry.company where agency_id = $1 order by company_id
       offset (select count(*) / 2 from tenantry.company where agency_id = $1) limit 1"
}
# some_companies KEY AGENCY: of all of them, each behind the key.
some_companies() {
  sql "select '$1 ' || company_id from tenantry.company where agency_id = $2 order by random() limit $few_companies"
}

# Both sides grow by what they create, so that comes last. Of a thousand companies all pages are kept; of more they are read,
# since so many pages are not kept of one agency.
measure_growth_of_companies() {
  local size what try small wanted=$run_dir/wanted
  for size in "${sizes[@]}"; do
    on_copy grow "$large_agency" "$large_user" "$size"
    some_companies "$key" "$agency" >"$wanted.small.one"
    on_copy some_companies "$large_key" "$large_agency" >"$wanted.large.one"
    pages_of "$key" "$size" >"$wanted.small.page"
    pages_of "$large_key" "$size" >"$wanted.large.page"
    for what in one page POST; do
      for ((try = 0; try < rounds; ++try)); do
        of_wanted "$wanted.small.$what" load_of "$what" "$what with few companies" '{}'
        small=$rate
        with_copy of_wanted "$wanted.large.$what" load_of "$what" "$what with $size companies" '{}'
        record "$what with $size companies of few" "$(divide "$rate" "$small")"
      done
    done
  done
}
# pages_of KEY SIZE: the first pages, each of which is quickly read.
pages_of() { sql "select '$1 ' || page from generate_series(1, least(100, $2 / 50)) page"; }
# of_wanted FILE COMMAND…: with its keys, when there is one.
of_wanted() {
  [[ ! -e $1 ]] || local key=$1
  "${@:2}"
}

# Each has a page of companies. The one agency's requests ask for another company each, as those of many do, since what
# several want at the same time is read once. Its page is kept, as those of 64 agencies are, and of 10,000 hardly one.
measure_growth_of_agencies() {
  local try single what count keys=$run_dir/keys first company
  on_copy make_agencies >"$keys"
  for count in "${agency_counts[@]:1}"; do head -n "$count" "$keys" >"$keys.$count"; done
  read -r first company <"$keys"
  on_copy sql "select '$first ' || own.company_id from tenantry.company one join tenantry.company own using (agency_id)
               where one.company_id = $company" >"$keys.1"
  on_copy sql analyze
  for ((try = 0; try < rounds; ++try)); do
    for what in one list POST; do
      for count in "${agency_counts[@]}"; do
        key=$keys.$count api_port=$copy_port warm_seconds=$warm_seconds_of_agencies load_of "$what" "$what of $count agencies" '{}'
        ((count > 1)) || single=$rate
        record "$what of $count agencies of 1" "$(divide "$rate" "$single")"
      done
    done
  done
  measure_large_page_cache
}

# The same lists by an API that may have the memory for them.
measure_large_page_cache() {
  local try count what single api_port key
  start_api copy-2 "$(of_copy "$TENANTRY_API_DATABASE_URL")" --page-cache-size "$large_page_cache"
  for ((try = 0; try < rounds; ++try)); do
    for count in 1 "$many_agencies"; do
      key=$run_dir/keys.$count what="list of $count agencies with $large_page_cache"
      warm_seconds=$seconds_to_read_all load_of list "$what" '{}'
      ((count > 1)) || single=$rate
    done
    record "$what of 1" "$(divide "$rate" "$single")"
  done
  record 'memory with a large page cache' "$(status_mib copy-2 VmRSS)"
  stop_process tenantry-api "$run_dir/copy-2.pid" "${program}api" >/dev/null
}

measure_growth_of_connections() {
  local try usual what count
  for ((try = 0; try < rounds; ++try)); do
    for what in POST one; do
      load_of "$what" "$what over $connections connections" "$(company_in_the_middle "$agency")"
      usual=$rate
      for count in "${connection_counts[@]}"; do
        ((count != connections)) || continue
        connections=$count load_of "$what" "$what over $count connections" "$(company_in_the_middle "$agency")"
        record "$what over $count connections of $connections" "$(divide "$rate" "$usual")"
      done
    done
  done
}

# Beside a worker, which looks for jobs all the time: those that are done stay. What waits from before is forgotten, since a
# worker that is late yields to nobody.
measure_growth_of_jobs() {
  local try few
  on_copy forget_jobs
  on_copy add_done_jobs "$large_agency" "$many_jobs"
  sql checkpoint
  for ((try = 0; try < rounds; ++try)); do
    forget_jobs
    start_worker
    load_of POST 'POST beside the worker with few jobs'
    few=$rate
    stop_worker
    on_copy forget_waiting_jobs
    TENANTRY_WORKER_DATABASE_URL=$(of_copy "$TENANTRY_WORKER_DATABASE_URL") start_worker
    with_copy load_of POST "POST beside the worker with $many_jobs jobs"
    stop_worker
    record "POST beside the worker with $many_jobs jobs of few" "$(divide "$rate" "$few")"
  done
}

# In the first round alone: it repeats itself. The other measurements keep their agency, and find nothing of it.
measure_growth() {
  local key agency user key_id seconds=$growth_seconds
  ((round == 1)) || return 0
  on_copy create_agency Large
  large_key=$key large_agency=$agency large_user=$user
  create_agency Small
  grow "$agency" "$user" "$few_companies"
  local small_port=$api_port
  start_api copy "$(of_copy "$TENANTRY_API_DATABASE_URL")"
  copy_port=$api_port api_port=$small_port
  measure_growth_of_companies
  measure_growth_of_agencies
  measure_growth_of_connections
  measure_growth_of_jobs
  stop_process tenantry-api "$run_dir/copy.pid" "${program}api" >/dev/null
  sql 'drop database growth'
  forget_jobs
}

report_growth() {
  local size what count
  for what in POST one page; do
    for size in "${sizes[@]}"; do
      ratio_row "$what with $size companies of few" "$least_of_small" "$what with few companies"
    done
  done
  for what in POST one list; do
    for count in "${agency_counts[@]:1}"; do
      ratio_row "$what of $count agencies of 1" "$least_of_small" "$what of 1 agencies"
    done
  done
  what="list of $many_agencies agencies with $large_page_cache"
  ratio_row "$what of 1" "$least_of_small" "list of 1 agencies with $large_page_cache"
  row "$what, memory, MiB" "$(median 'memory with a large page cache')" '' ''
  for what in POST one; do
    for count in "${connection_counts[@]}"; do
      ((count != connections)) || continue
      # One connection, and a few, have nothing that overlaps: their ratio is for information.
      if ((count > connections)); then
        ratio_row "$what over $count connections of $connections" "$least_of_small" "$what over $connections connections"
      else
        info_row "$what over $count connections of $connections" "$what over $connections connections"
      fi
    done
  done
  ratio_row "POST beside the worker with $many_jobs jobs of few" "$least_of_small" 'POST beside the worker with few jobs'
}
