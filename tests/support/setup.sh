#!/usr/bin/env bash
# What `tests/run` and `tests/servers` share on top of servers.sh: install what is missing, and one
# PostgreSQL with one RabbitMQ in a temporary folder. Sourced, never run.

SERVERS= # the temporary folder

say() { printf '[%(%T)T +%ds] %s\n' -1 "$SECONDS" "$*"; }

# A Python that has pika, aiosmtpd and icalendar, for the tests in which a foreign program speaks with
# us: the first one in the path may be somebody's own, without Debian's packages.
find_python() {
  local python
  for python in "${TEST_PYTHON:-}" python3 /usr/bin/python3; do
    if [ -n "$python" ] && "$python" -c 'import pika, aiosmtpd, icalendar' 2>/dev/null; then
      command -v "$python"
      return
    fi
  done
}

install_missing() {
  local missing=()
  [ -n "${TEST_DATABASE_URL:-}" ] || [ -n "$(postgres_programs)" ] || missing+=(postgresql)
  [ -n "${TEST_AMQP_URL:-}" ] || [ -n "$(rabbitmq_programs)" ] || missing+=(rabbitmq-server)
  [ -n "$(find_python)" ] || missing+=(python3-pika python3-aiosmtpd python3-icalendar)
  command -v openssl >/dev/null || missing+=(openssl)
  if [ "${#missing[@]}" -gt 0 ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
      fail "Missing: ${missing[*]} (names of Debian packages). Install them, or give servers of your own \
by TEST_DATABASE_URL and TEST_AMQP_URL, and a Python that has pika, aiosmtpd and icalendar by TEST_PYTHON."
    fi
    say "apt-get installs ${missing[*]}"
    apt_get update -qq && apt_get install -qq --no-install-recommends "${missing[@]}" ||
      fail "apt-get could not install ${missing[*]}: $(tail -n 5 "$APT_LOG")"
  fi
  command -v cargo >/dev/null || fail "cargo is missing: install Rust from https://rustup.rs"
  export TEST_PYTHON
  TEST_PYTHON=$(find_python)
  [ -n "$TEST_PYTHON" ] || fail "No Python that has pika, aiosmtpd and icalendar; give one by TEST_PYTHON."
}

APT_LOG=${TMPDIR:-/tmp}/alongside-apt.$$
apt_get() {
  DEBIAN_FRONTEND=noninteractive timeout 600 apt-get -y -o DPkg::Lock::Timeout=300 "$@" \
    >>"$APT_LOG" 2>&1 </dev/null
}

# Databases and folders that tests make and throw away lie in memory, where there is room for them;
# all in the folder of the servers, so that they go with it even when a test cannot tidy up.
prefer_memory() {
  local free
  [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] || return 0
  free=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)
  [ "${free:-0}" -lt 4000000 ] || export TMPDIR=/dev/shm
}

temporary_folders_go_with_servers() {
  mkdir -m 711 "$SERVERS/tmp" && export TMPDIR=$SERVERS/tmp
}

# PostgreSQL works in it under another user, so others may pass through.
new_server_folder() {
  SERVERS=$(mktemp -d "${TMPDIR:-/tmp}/alongside-servers.XXXXXX") || exit 1
  chmod 711 "$SERVERS"
  export PORTS_TAKEN=$SERVERS/ports
  mkdir "$PORTS_TAKEN" || exit 1
}

launch_servers() {
  [ -n "${TEST_DATABASE_URL:-}" ] || launch postgres "$SERVERS/postgres" $$
  [ -n "${TEST_AMQP_URL:-}" ] || launch rabbitmq "$SERVERS/rabbitmq" $$
}

# Waits for them and exports their URLs.
await_servers() {
  local kind line
  for kind in postgres rabbitmq; do
    [ -d "$SERVERS/$kind" ] || continue
    wait_until_ready "$kind" "$SERVERS/$kind"
    while read -r line; do export "${line?}"; done < <("${kind}_urls" "$SERVERS/$kind")
  done
}

end_servers() {
  [ -n "$SERVERS" ] || return 0
  discard_server postgres "$SERVERS/postgres"
  discard_server rabbitmq "$SERVERS/rabbitmq"
  rm -rf "$SERVERS" "$APT_LOG"
}
