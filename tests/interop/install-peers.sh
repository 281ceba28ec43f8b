#!/usr/bin/env bash
# Installs the programs that interop tests talk to, each in a virtual environment of its own below WAYBILL_PEERS
# (default build/peers), once. Exit 1 when one could not be installed; its tests then say so.
set -u
cd "$(dirname "$0")/../.."
peers=${WAYBILL_PEERS:-$PWD/build/peers}
mkdir -p "$peers"
failed=0

# venv NAME PACKAGE…: installs once; a half-made environment is made anew
venv() {
  local name=$1
  shift
  [ -f "$peers/$name/.complete" ] && [ "$(cat "$peers/$name/.complete")" = "$*" ] && return 0
  echo "installing $*"
  rm -rf "${peers:?}/$name"
  if python3 -m venv "$peers/$name" && "$peers/$name/bin/pip" install -q --disable-pip-version-check "$@" >"$peers/$name.log" 2>&1; then
    echo "$*" >"$peers/$name/.complete"
  else
    echo "could not install $*:"
    tail -n 3 "$peers/$name.log"
    failed=1
  fi
}

venv quilt3 'quilt3==8.0.0'
venv clang-format 'clang-format==23.1.5'
exit $failed
