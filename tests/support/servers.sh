#!/usr/bin/env bash
# Private PostgreSQL and RabbitMQ servers for tests: on free ports of 127.0.0.1, with all their files
# in one folder each, and never longer alive than their owner. Linux only.
#
#   servers.sh start postgres|rabbitmq FOLDER OWNER   start, wait until ready, print the URLs
#   servers.sh stop  postgres|rabbitmq FOLDER         end in an orderly way
#   servers.sh kill  postgres|rabbitmq FOLDER         end at once, as a power cut would
#   servers.sh ctl FOLDER ARGUMENTS…                  rabbitmqctl for the broker in FOLDER
#
# A second start in the same FOLDER takes the same port and the same data. OWNER is a process id:
# when that process is gone, a watchdog ends the server. Sourced, the file gives these functions to
# `tests/run` and `tests/servers`. A server that was started by a package is never used or ended.

START_LIMIT=${START_LIMIT:-180} # seconds until a server must be ready
STOP_LIMIT=30                  # seconds for an orderly end, after which it is killed

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# ---- where the programs are ---------------------------------------------------------------------

# The folder with PostgreSQL's programs, version 15 or later; nothing if there is none.
postgres_programs() {
  local folder version
  for folder in "${POSTGRES_PROGRAMS:-}" $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) \
    "$(dirname "$(readlink -f "$(command -v postgres || echo /none/none)")")"; do
    [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ] || continue
    version=$("$folder/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    [ "$version" -ge 15 ] && echo "$folder" && return
  done
}

# The folder with RabbitMQ's own scripts. Debian's wrappers in `sbin` change the user and the folder.
rabbitmq_programs() {
  local folder
  for folder in "${RABBITMQ_PROGRAMS:-}" /usr/lib/rabbitmq/bin \
    "$(dirname "$(readlink -f "$(command -v rabbitmq-server || echo /none/none)")")"; do
    [ -x "$folder/rabbitmq-server" ] && [ -x "$folder/rabbitmqctl" ] && echo "$folder" && return
  done
}

# ---- ports and processes ------------------------------------------------------------------------

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A port nobody listens on, below those that the kernel gives to outgoing connections: a server that
# is stopped and started again would else find its port taken by one. In a run of the tests nobody
# else gets it either, though its server does not listen yet or was stopped.
free_port() {
  local port
  while :; do
    port=$((20000 + (RANDOM << 15 | RANDOM) % 12000))
    port_answers "$port" && continue
    [ -z "${PORTS_TAKEN:-}" ] && break
    mkdir "$PORTS_TAKEN/$port" 2>/dev/null && break
    [ -d "$PORTS_TAKEN/$port" ] || fail "No port can be noted in $PORTS_TAKEN."
  done
  echo "$port"
}

# When a process began, in ticks of the machine; nothing if there is none or it only waits to be
# reaped. With the process id it names one process for ever, and strangers are never signalled.
began() {
  local stat
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  # shellcheck disable=SC2086 # the fields are a list
  set -- ${stat##*) }
  [ "$1" != Z ] && echo "${20}"
}

same_process() { # FILE with a process id and when it began
  local pid moment
  read -r pid moment <"$1" && [ "$(began "$pid")" = "$moment" ]
} 2>/dev/null

running() { same_process "$1/pid"; }

wait_until_gone() {
  local folder=$1 until=$((SECONDS + $2))
  while running "$folder"; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 0.1
  done
}

# Sends a signal to the server in a folder, and with KILL to its children too: a PostgreSQL that
# lost its first process does not start again before the others have ended.
signal() {
  local name=$1 folder=$2 pid children=
  running "$folder" || return 0
  pid=$(cut -d' ' -f1 "$folder/pid")
  [ "$name" = KILL ] && children=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)
  # shellcheck disable=SC2086 # the children are a list
  kill -s "$name" "$pid" $children 2>/dev/null || true
  for pid in $children; do
    while began "$pid" >/dev/null; do sleep 0.02; done
  done
}

# Ends the server when its owner is gone; ends itself when the server was ended or started anew.
watch_owner() {
  local owner=$1 kind=$2 folder=$3 server now
  read -r server <"$folder/pid"
  while running "$folder" && read -r now <"$folder/pid" && [ "$now" = "$server" ]; do
    kill -0 "$owner" 2>/dev/null || { discard_server "$kind" "$folder" && return; }
    sleep 1
  done
}

# ---- PostgreSQL ---------------------------------------------------------------------------------

# PostgreSQL refuses to run as root; an ordinary user runs it directly.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --init-groups "$@"
  else
    "$@"
  fi
}

prepare_postgres() {
  local folder=$1 programs
  programs=$(postgres_programs)
  [ -n "$programs" ] || fail "PostgreSQL 15 or later is not installed (Debian: apt-get install postgresql)."
  [ -f "$folder/port" ] || free_port >"$folder/port"
  # A killed server that only waits to be reaped looks alive to PostgreSQL.
  rm -f "$folder/data/postmaster.pid"
  [ -f "$folder/data/PG_VERSION" ] && return
  if [ "$(id -u)" = 0 ]; then chown postgres: "$folder"; fi
  as_postgres timeout 60 "$programs/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 \
    --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 ||
    fail "initdb failed: $(tail -n 3 "$folder/initdb.log")"
}

# Becomes the server. POSTGRES_IS_THROWN_AWAY=1 is for one whose data nobody needs after it: it looks
# after them only in memory, and tidies none of the databases that tests leave behind.
# What one that is killed leaves in memory lies in its folder too.
become_postgres() {
  local folder=$1 change_user=() careless=()
  if [ "$(id -u)" = 0 ]; then
    change_user=(setpriv --reuid=postgres --regid=postgres --init-groups)
  fi
  if [ -n "${POSTGRES_IS_THROWN_AWAY:-}" ]; then
    careless=(-c fsync=off -c full_page_writes=off -c autovacuum=off)
  fi
  exec "${change_user[@]}" "$(postgres_programs)/postgres" -D "$folder/data" -p "$(cat "$folder/port")" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 \
    -c dynamic_shared_memory_type=mmap "${careless[@]}"
}

postgres_ready() {
  port_answers "$(cat "$1/port")" && grep -q '^ready' <(sed -n 8p "$1/data/postmaster.pid" 2>/dev/null)
}

postgres_urls() {
  echo "TEST_DATABASE_URL=postgres://postgres@127.0.0.1:$(cat "$1/port")/postgres"
}

# ---- RabbitMQ -----------------------------------------------------------------------------------

prepare_rabbitmq() {
  local folder=$1 cookie=$1/home/.erlang.cookie
  [ -n "$(rabbitmq_programs)" ] || fail "RabbitMQ is not installed (Debian: apt-get install rabbitmq-server)."
  # A new port for Erlang's name server at each start: the one of a killed broker may linger.
  free_port >"$folder/epmd_port"
  [ -f "$folder/port" ] && return
  free_port >"$folder/port"
  free_port >"$folder/api_port"
  free_port >"$folder/node_port"
  mkdir -p "$folder/home" "$folder/mnesia" "$folder/log"
  head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$cookie"
  chmod 400 "$cookie"
  echo '[rabbitmq_management].' >"$folder/enabled_plugins"
  cat >"$folder/rabbitmq.conf" <<END
listeners.tcp.default = 127.0.0.1:$(cat "$folder/port")
management.tcp.ip = 127.0.0.1
management.tcp.port = $(cat "$folder/api_port")
disk_free_limit.absolute = 100MB
vm_memory_high_watermark.absolute = 2GB
log.console = false
END
}

rabbitmq_environment() {
  local folder=$1
  export HOME=$folder/home LANG=C.UTF-8
  export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT RABBITMQ_DIST_PORT
  ERL_EPMD_PORT=$(cat "$folder/epmd_port")
  RABBITMQ_DIST_PORT=$(cat "$folder/node_port")
  export RABBITMQ_NODENAME=alongside$RABBITMQ_DIST_PORT@localhost
  export RABBITMQ_MNESIA_BASE=$folder/mnesia RABBITMQ_LOG_BASE=$folder/log
  export RABBITMQ_CONF_ENV_FILE=$folder/none RABBITMQ_CONFIG_FILE=$folder/rabbitmq.conf
  export RABBITMQ_ENABLED_PLUGINS_FILE=$folder/enabled_plugins RABBITMQ_PID_FILE=$folder/erlang.pid
  # Input allowed makes the script become Erlang instead of standing beside it; -noinput forbids it
  # again. Threads that wait busily would take the processor from the tests.
  export RABBITMQ_ALLOW_INPUT=1
  export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-noinput +sbwt none +sbwtdcpu none +sbwtdio none \
-kernel inet_dist_use_interface {127,0,0,1}"
}

# Becomes the server. Erlang would start its name server as a daemon that outlives the broker.
become_rabbitmq() {
  local folder=$1 epmd
  rabbitmq_environment "$folder"
  epmd=$(command -v epmd || ls -d /usr/lib/erlang/bin/epmd /usr/lib/erlang/erts-*/bin/epmd 2>/dev/null | head -n 1)
  "${epmd:-epmd}" -port "$ERL_EPMD_PORT" -address 127.0.0.1 &
  echo "$! $(began $!)" >"$folder/epmd_pid"
  exec "$(rabbitmq_programs)/rabbitmq-server"
}

rabbitmq_ready() { port_answers "$(cat "$1/port")" && port_answers "$(cat "$1/api_port")"; }

rabbitmq_urls() {
  echo "TEST_AMQP_URL=amqp://guest:guest@127.0.0.1:$(cat "$1/port")/%2f"
  echo "TEST_RABBITMQ_API=http://guest:guest@127.0.0.1:$(cat "$1/api_port")"
}

end_name_server() {
  if same_process "$1/epmd_pid"; then kill -s KILL "$(cut -d' ' -f1 "$1/epmd_pid")"; fi
}

# ---- either -------------------------------------------------------------------------------------

# Starts without waiting. Everything is redirected: a server that kept a pipe of the caller would keep
# the caller's reader waiting for ever.
launch() {
  local kind=$1 folder=$2 owner=$3
  running "$folder" && return
  mkdir -p "$folder"
  "prepare_$kind" "$folder"
  setsid bash -c '
    source "$1"
    cd "$3" || exit 1
    echo "$$ $(began $$)" >pid
    "become_$2" "$3"
  ' launch "${BASH_SOURCE[0]}" "$kind" "$folder" >>"$folder/output" 2>&1 </dev/null &
  disown
  until running "$folder" || ! kill -0 $! 2>/dev/null; do sleep 0.05; done
  LC_ALL=C setsid bash -c 'source "$1"; watch_owner "$2" "$3" "$4"' watchdog "${BASH_SOURCE[0]}" \
    "$owner" "$kind" "$folder" >/dev/null 2>&1 </dev/null &
  disown
}

wait_until_ready() {
  local kind=$1 folder=$2 until=$((SECONDS + START_LIMIT))
  until "${kind}_ready" "$folder"; do
    running "$folder" || fail "$kind ended while it started: $(tail -n 5 "$folder/output")"
    [ "$SECONDS" -lt "$until" ] || fail "$kind was not ready after $START_LIMIT s: $(tail -n 5 "$folder/output")"
    sleep 0.1
  done
}

start_server() {
  launch "$@"
  wait_until_ready "$1" "$2"
  "$1_urls" "$2"
}

stop_server() {
  local kind=$1 folder=$2 orderly=TERM
  [ "$kind" = postgres ] && orderly=INT # TERM would wait for every connection to end
  signal "$orderly" "$folder"
  wait_until_gone "$folder" "$STOP_LIMIT" || kill_server "$kind" "$folder"
  end_name_server "$folder"
}

kill_server() {
  local folder=$2
  signal KILL "$folder"
  wait_until_gone "$folder" 10 || fail "$1 in $folder does not end."
  end_name_server "$folder"
}

# For data that nobody needs again: quick, and PostgreSQL still gives its shared memory back.
discard_server() {
  if [ "$1" = postgres ]; then signal QUIT "$2" && wait_until_gone "$2" 5; fi
  kill_server "$1" "$2"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -u
  case "${1:-} ${2:-}" in
  "start postgres" | "start rabbitmq") start_server "$2" "$(realpath -m "${3:?folder}")" "${4:?owner}" ;;
  "stop postgres" | "stop rabbitmq") stop_server "$2" "$(realpath "${3:?folder}")" ;;
  "kill postgres" | "kill rabbitmq") kill_server "$2" "$(realpath "${3:?folder}")" ;;
  "ctl "*)
    rabbitmq_environment "$(realpath "$2")"
    exec timeout 60 "$(rabbitmq_programs)/rabbitmqctl" -q "${@:3}"
    ;;
  *) sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  esac
fi
