# shellcheck shell=bash
# The part of scripts/bench that measures what growth costs: companies, agencies, connections. Sourced, never run, behind
# tests/bench/rig.sh and tests/bench/requests.sh. A copy of the database grows, so that each figure stands beside that of
# the small one from the same moment.

sizes=(1000 1000000 5000000)
many_agencies=10000
agency_counts=("$connections" "$many_agencies")
connection_counts=(1 16 64 256 1024)
least_of_small=0.75
chunk_of_growth=500000

# Before anybody is connected to the database: it is the template.
copy_database() { sql "create database growth template $(sql 'select current_database()')"; }
of_copy() { echo "${1%/*}/growth"; }
on_copy() { DATABASE_URL=$(of_copy "$DATABASE_URL") "$@"; }

# Prints the keys of many agencies that it makes.
make_agencies() { TENANTRY_DATABASE_URL=$DATABASE_URL TENANTRY_KEYRING=$run_dir/keyring "${bench}agencies" "$many_agencies"; }

# grow SIZE: the large agency has so many companies.
grow() {
  local from to
  from=$(on_copy sql "select coalesce(sum(active), 0) from tenantry.company_count where agency_id = $large_agency")
  for ((; from < $1; from = to)); do
    to=$((from + chunk_of_growth < $1 ? from + chunk_of_growth : $1))
    on_copy sql "with made as (
        insert into tenantry.company (agency_id, company_id, name, name_key, owner_id, created_at, updated_at)
        select $large_agency, nextval('tenantry.company_id_seq'), 'Large ' || i, 'large ' || i, $large_user, now(), now()
        from generate_series($from + 1, $to) i)
      insert into tenantry.company_count values ($large_agency, 0, $to - $from, 0)
      on conflict (agency_id, slot) do update set active = company_count.active + excluded.active"
    say "$to companies"
  done
  on_copy sql 'vacuum (analyze) tenantry.company'
  on_copy sql checkpoint
}

# with_copy COMMAND…: the load goes to the large agency and its API.
with_copy() { key=$large_key api_port=$copy_port "$@"; }

load_of() {
  case $1 in
    POST) post "$2" "$api_port" 1 ;;
    one) get "$2" "$api_port" "/rest/v2/agency/companies/$3" ;;
    list) get "$2" "$api_port" /rest/v2/agency/companies ;;
  esac
}

company_in_the_middle() {
  sql "select company_id from tenantry.company where agency_id = $1 order by company_id
       offset (select count(*) / 2 from tenantry.company where agency_id = $1) limit 1"
}

measure_growth_of_companies() {
  local size what try small of_small of_large
  of_small=$(company_in_the_middle "$agency")
  for size in "${sizes[@]}"; do
    grow "$size"
    of_large=$(on_copy company_in_the_middle "$large_agency")
    for ((try = 0; try < rounds; ++try)); do
      for what in POST one list; do
        load_of "$what" "$what with few companies" "$of_small"
        small=$rate
        with_copy load_of "$what" "$what with $size companies" "$of_large"
        record "$what with $size companies of few" "$(divide "$rate" "$small")"
      done
    done
  done
}

# What 64 connections ask for one agency at the same time is mostly the same, and read once: the few agencies, as many as
# connections, tell what that alone is worth.
measure_growth_of_agencies() {
  local try single what count keys=$run_dir/keys
  on_copy make_agencies >"$keys"
  for count in "${agency_counts[@]}"; do head -n "$count" "$keys" >"$keys.$count"; done
  on_copy sql analyze
  for ((try = 0; try < rounds; ++try)); do
    for what in list POST; do
      key=$(head -n 1 "$keys") api_port=$copy_port load_of "$what" "$what of 1 agency" ''
      single=$rate
      for count in "${agency_counts[@]}"; do
        key=$keys.$count api_port=$copy_port load_of "$what" "$what of $count agencies" ''
        record "$what of $count agencies of 1" "$(divide "$rate" "$single")"
      done
    done
  done
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

# In the first round alone: it repeats itself.
measure_growth() {
  ((round == 1)) || return 0
  on_copy create_agency Large
  large_key=$key large_agency=$agency large_user=$user
  create_agency Small
  post 'POST to warm up' "$api_port" 1
  local small_port=$api_port
  start_api copy "$(of_copy "$TENANTRY_API_DATABASE_URL")"
  copy_port=$api_port api_port=$small_port
  measure_growth_of_companies
  measure_growth_of_agencies
  measure_growth_of_connections
}

report_growth() {
  local size what count
  for what in POST one list; do
    for size in "${sizes[@]}"; do
      ratio_row "$what with $size companies of few" "$least_of_small" "$what with few companies"
    done
  done
  for what in list POST; do
    row "$what of $connections agencies of 1" "$(median "$what of 1 agency")" '' "$(median "$what of $connections agencies of 1")"
    ratio_row "$what of $many_agencies agencies of 1" "$least_of_small" "$what of 1 agency"
  done
  for what in POST one; do
    for count in "${connection_counts[@]}"; do
      ((count != connections)) || continue
      # One connection, and a few, have nothing that overlaps: their ratio is for information.
      if ((count > connections)); then
        ratio_row "$what over $count connections of $connections" "$least_of_small" "$what over $connections connections"
      else
        row "$what over $count connections of $connections" "$(median "$what over $count connections")" '' \
          "$(median "$what over $count connections of $connections")"
      fi
    done
  done
}
