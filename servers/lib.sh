# Common functions of the server launchers; sourced by them, never run.
#
# A launcher NAME.sh defines
#   server_check                     returns non-zero, after a sentence on standard output, where NAME cannot run
#   server_start                     configures and spawns NAME below $DIR
# and ends with: launcher_main "$@"
set -euo pipefail

NAME=$(basename "$0" .sh)
PREFIX=${PIPEPOST_SERVERS:-/opt/pipepost-servers}/$NAME
HOST=127.0.0.1
DOMAIN=pipepost.test
USER_NAME=tester@$DOMAIN
PASSWORD=correct-horse-battery
START_SECONDS=${PIPEPOST_SERVERS_START_SECONDS:-30}

fail() {
  echo "$NAME.sh: $*" >&2
  exit 1
}

usage() {
  echo "usage: $NAME.sh check | start DIR PORT_PLAIN PORT_STARTTLS PORT_TLS | stop DIR" >&2
  exit 64
}

launcher_main() {
  case "${1:-} $#" in
    'check 1') server_check ;;
    'start 5') launch "${@:2}" ;;
    'stop 2') [ ! -d "$2" ] || { DIR=$(cd "$2" && pwd) && stop_processes; } ;;
    *) usage ;;
  esac
}

launch() {
  server_check >&2 || exit 1
  mkdir -p "$1"
  DIR=$(cd "$1" && pwd) PORT_PLAIN=$2 PORT_STARTTLS=$3 PORT_TLS=$4
  MAILDIR=$DIR/mail/new LOG=$DIR/server.log
  # The path goes into configuration files and into DIR/env, where nothing is quoted.
  [[ $DIR =~ ^[A-Za-z0-9/._-]+$ ]] || fail "the path of DIR may hold letters, digits and / . _ - only, found $DIR"
  stop_processes
  local port
  for port in "$PORT_PLAIN" "$PORT_STARTTLS" "$PORT_TLS"; do
    [[ $port =~ ^[0-9]+$ ]] || usage
    ! port_accepts "$port" || fail "port $port is in use"
  done
  rm -rf "$DIR/mail" "$DIR/env"
  mkdir -p "$DIR/mail/cur" "$DIR/mail/new" "$DIR/mail/tmp"
  : >"$LOG"
  chmod 755 "$DIR"
  make_certificate
  if ! { server_start && wait_until_ready; }; then
    tail -n 20 "$LOG" >&2
    stop_processes
    exit 1
  fi
  write_env
}

# spawn COMMAND...: runs it as the leader of a session of its own and records its id and its start time.
spawn() {
  setsid "$@" >>"$LOG" 2>&1 </dev/null &
  echo "$! $(started_at $!)" >>"$DIR/pids"
}

# started_at PID: when that process started, in clock ticks since the machine did; tells it from a later one with its id.
started_at() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# session_lives ID: whether the session that process ID led has a process that is not a zombie.
session_lives() { ps -o stat= -s "$1" | grep -q '^[^Z]'; }

# Ends the recorded processes and what remains of their sessions, and nothing else.
stop_processes() {
  [ -e "$DIR/pids" ] || return 0
  local pid started
  while read -r pid started; do
    [ "$(started_at "$pid")" != "$started" ] || end_session "$pid"
  done <"$DIR/pids"
  rm -f "$DIR/pids"
}

end_session() {
  local tries
  kill -TERM -- "-$1" 2>/dev/null || true
  for ((tries = 0; tries < 100; tries++)); do
    session_lives "$1" || return 0
    sleep 0.05
  done
  kill -KILL -- "-$1" 2>/dev/null || true
}

port_accepts() { (exec 3<>"/dev/tcp/$HOST/$1") 2>/dev/null; }

# greets PORT: whether it sends a greeting; the client says QUIT so that the log holds no lost connection.
greets() {
  local line
  { exec 3<>"/dev/tcp/$HOST/$1"; } 2>/dev/null || return 1
  IFS= read -r -t 5 line <&3 || line=
  printf 'QUIT\r\n' >&3
  exec 3>&-
  [[ $line == 220* ]]
}

greets_over_tls() {
  printf 'QUIT\r\n' | timeout 5 openssl s_client -quiet -verify_quiet -CAfile "$CA_PEM" -verify_return_error \
    -connect "$HOST:$1" 2>/dev/null | grep -q '^220'
}

wait_until_ready() {
  local end=$((SECONDS + START_SECONDS)) pid started
  until greets "$PORT_PLAIN" && greets "$PORT_STARTTLS" && greets_over_tls "$PORT_TLS"; do
    while read -r pid started; do
      session_lives "$pid" || { echo "$NAME.sh: process $pid ended at once" >&2; return 1; }
    done <"$DIR/pids"
    ((SECONDS < end)) || { echo "$NAME.sh: no answer within $START_SECONDS s" >&2; return 1; }
    sleep 0.05
  done
}

# A CA of this DIR's own and a certificate for localhost, 127.0.0.1 and mx.DOMAIN, valid for two days.
make_certificate() {
  local tls=$DIR/tls
  CA_PEM=$tls/ca.pem CERTIFICATE=$tls/server.pem KEY=$tls/server.key
  mkdir -p "$tls"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=Pipepost test CA' \
    -addext 'keyUsage=critical,keyCertSign,cRLSign' -keyout "$tls/ca.key" -out "$CA_PEM" 2>>"$LOG"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=mx.$DOMAIN" \
    -keyout "$KEY" -out "$tls/server.csr" 2>>"$LOG"
  openssl x509 -req -in "$tls/server.csr" -CA "$CA_PEM" -CAkey "$tls/ca.key" -CAcreateserial -days 2 \
    -extfile <(printf 'subjectAltName=DNS:localhost,DNS:mx.%s,IP:%s\nextendedKeyUsage=serverAuth\n' "$DOMAIN" "$HOST") \
    -out "$CERTIFICATE" 2>>"$LOG"
  chmod 755 "$tls"
  chmod 644 "$CA_PEM" "$CERTIFICATE"
}

# Shell syntax without quotes, so that it is a Java properties file too. Appears whole or not at all.
write_env() {
  cat >"$DIR/env.new" <<END
HOST=$HOST
PORT_PLAIN=$PORT_PLAIN
PORT_STARTTLS=$PORT_STARTTLS
PORT_TLS=$PORT_TLS
USER=$USER_NAME
PASS=$PASSWORD
DOMAIN=$DOMAIN
CA_PEM=$CA_PEM
MAILDIR=$MAILDIR
LOG=$LOG
END
  mv "$DIR/env.new" "$DIR/env"
}
