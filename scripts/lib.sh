# shellcheck shell=bash
# What the scripts share: messages, the build, ports and processes. Sourced, never run.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
postgres_bin=/usr/lib/postgresql/15/bin
stop_seconds=30 # how long a process may take to end before it is killed

say() { printf '==> %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# The comment at the top of a script is its help.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

# build PRESET [CMAKE ARGUMENT…]: configures and builds all, or what is in targets; ninja shows the progress. It runs
# beside the shell, in $builder, because bash would keep a SIGTERM waiting for a command in the foreground.
targets=()
build() {
  say "Building the $1 preset"
  (cd "$root" && exec cmake --preset "$@" >/dev/null)
  ninja -C "$root/build/$1" -j "$(nproc)" "${targets[@]}" &
  builder=$!
  wait "$builder"
  builder=
}
stop_build() { [[ -z ${builder-} ]] || kill "$builder" 2>/dev/null || true; }

# await SECONDS COMMAND…: runs COMMAND until it succeeds; fails once SECONDS have passed.
await() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
}

# running PIDFILE WORD: whether the process that PIDFILE names, which becomes $pid, has WORD in its command line;
# a process that merely got the same id later is not taken for ours.
running() {
  local words=()
  pid=
  read -r pid _ 2>/dev/null <"$1" && mapfile -d '' words 2>/dev/null <"/proc/$pid/cmdline" && [[ "${words[*]}" == *"$2"* ]]
}

# A zombie, which some machines' first process is slow to collect, has ended: its command line is empty.
has_ended() { ! read -r -d '' _ 2>/dev/null <"/proc/$1/cmdline"; }

# stop_process NAME PIDFILE WORD [SIGNAL]: asks that process to end and waits until it has.
stop_process() {
  local pid
  if running "$2" "$3"; then
    say "Stopping $1"
    kill -"${4:-TERM}" "$pid" 2>/dev/null || true
    if ! await "$stop_seconds" has_ended "$pid"; then
      say "$1 (pid $pid) has not ended in $stop_seconds s: killing it"
      kill -KILL "$pid" 2>/dev/null || true
    fi
  fi
  rm -f -- "$2"
}

# port_sockets PORT: the inodes of the sockets that keep others from listening on 127.0.0.1:PORT.
port_sockets() {
  local any='0{8}|0100007F|0{32}|0{16}FFFF00000100007F'
  grep -shE "^ *[0-9]+: ($any):$(printf %04X "$1") [0-9A-F:]+ 0A " /proc/net/tcp /proc/net/tcp6 |
    awk '{print $10}'
}

# port_holder PORT: " by NAME (pid N)" for the program that listens there, nothing if it is not ours to see.
port_holder() {
  local inode pid
  for inode in $(port_sockets "$1"); do
    pid=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" 2>/dev/null | head -n 1 | cut -d / -f 3) || true
    [[ -z $pid ]] || { echo " by $(<"/proc/$pid/comm") (pid $pid)"; return; }
  done
}

# free_port [PORT]: PORT if it can be had, otherwise one below the range the kernel gives to clients.
free_port() {
  local port=${1:-}
  while [[ -z $port || -n $(port_sockets "$port") ]]; do port=$((20000 + RANDOM % 12000)); done
  echo "$port"
}

# migrate_servers DIR: sets the variables of DIR/env, and migrates the database that scripts/servers runs there.
migrate_servers() {
  # shellcheck source=/dev/null
  source "$1/env"
  DATABASE_URL=$DATABASE_URL TENANTRY_API_DB_PASSWORD=$TENANTRY_API_DB_PASSWORD \
    TENANTRY_WORKER_DB_PASSWORD=$TENANTRY_WORKER_DB_PASSWORD "$root/scripts/migrate"
}

# What scripts/run starts lives here; stop_all ends it, the programs before the servers they use.
run_dir=$root/.run
program=$root/build/release/tenantry- # and api, worker or admin
stop_all() {
  local name
  for name in api worker; do stop_process "tenantry-$name" "$run_dir/$name.pid" "$program$name"; done
  "$root/scripts/servers" stop "$run_dir/servers"
}
