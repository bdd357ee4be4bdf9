#!/usr/bin/env bash
# install.sh NAME...: installs the servers that the launchers NAME.sh run, and python3. Debian or Ubuntu, root. Does nothing
# where NAME is installed already.
#
# Servers are unpacked below $PIPEPOST_SERVERS (default /opt/pipepost-servers) and never configured as packages: the
# machine's own sendmail, its ports and its services stay as they are. Only libraries and small tools are installed.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

PREFIX=${PIPEPOST_SERVERS:-/opt/pipepost-servers}
APT=(apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
WORK=$(mktemp -d)
chmod 755 "$WORK" # apt downloads as a user of its own
trap 'rm -rf "$WORK"' EXIT

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

# run COMMAND...: quiet, but shows all its output when it fails.
run() {
  "$@" >"$WORK/output" 2>&1 </dev/null || { cat "$WORK/output" >&2; fail "failed: $*"; }
}

install_packages() {
  run "${APT[@]}" install -y --no-install-recommends "$@"
}

# unpack NAME PACKAGE...: the packages' files below PREFIX/NAME, and the libraries that they need on the machine.
unpack() {
  local name=$1 libraries deb
  shift
  (cd "$WORK" && run "${APT[@]}" download "$@")
  libraries=$(for deb in "$WORK"/*.deb; do dpkg-deb -f "$deb" Depends Pre-Depends; done \
    | sed 's/^[A-Za-z-]*: //' | tr ',' '\n' | sed 's/^ *//; s/[ (|].*//' | grep '^lib' | sort -u)
  # shellcheck disable=SC2086 # one word for each library
  install_packages $libraries
  rm -rf "${PREFIX:?}/$name"
  mkdir -p "$PREFIX/$name"
  for deb in "$WORK"/*.deb; do run dpkg-deb -x "$deb" "$PREFIX/$name"; done
  rm -f "$WORK"/*.deb
}

system_user() {
  getent group "$1" >/dev/null || run groupadd --system "$1"
  getent passwd "$1" >/dev/null || run useradd --system --gid "$1" --home-dir /nonexistent --shell /usr/sbin/nologin "$1"
}

install_postfix() {
  install_packages openssl procps util-linux libsasl2-modules libsasl2-modules-db
  unpack postfix postfix sasl2-bin
  system_user postfix
  getent group postdrop >/dev/null || run groupadd --system postdrop
}

# A reader of messages and a verifier of DKIM signatures, with nothing to launch; a package comes with python3 itself.
install_python3() {
  install_packages python3-dkim
  mkdir -p "$PREFIX/python3"
}

[ $# -gt 0 ] || { echo "usage: install.sh NAME... (known: postfix, python3)" >&2; exit 64; }
[ "$(id -u)" = 0 ] || fail "needs root"
for name; do
  declare -F "install_$name" >/dev/null || fail "no such server: $name (known: postfix, python3)"
  if [ -e "$PREFIX/$name/installed" ]; then
    echo "$name is installed in $PREFIX/$name"
    continue
  fi
  run "${APT[@]}" update
  "install_$name"
  touch "$PREFIX/$name/installed"
  echo "installed $name in $PREFIX/$name"
done
