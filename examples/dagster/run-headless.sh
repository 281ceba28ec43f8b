#!/usr/bin/env bash
# Sensor, runs and uploads with a live dagster-daemon on this machine: three datasets become three runs, a file that changes becomes
# exactly one more. A test server stands in the place of Clowder.
#   bash examples/dagster/run-headless.sh [v1|v2|registry]     (default: v1)
# The programs are those in WAYBILL_BIN, or what a build left here, or are built. Python with dagster is WAYBILL_PYTHON, or that of the
# tests' peers, or is installed into build/. Ends with 0 when everything was loaded, and once.
set -euo pipefail
cd "$(dirname "$0")/../.."
. cmake/bootstrap.sh
kind=${1:-v1}
case $kind in v1 | v2 | registry) ;; *) sed -n '2,6s/^# //p' "$0" >&2; exit 2 ;; esac

command -v python3 >/dev/null || need_packages python3
programs=${WAYBILL_BIN:-}
for build in quickstart ci dev bench; do
  [ -n "$programs" ] || [ ! -x "build/$build/bin/waybill-dagster" ] || programs=$PWD/build/$build/bin
done
if [ -z "$programs" ]; then
  need_packages "${build_packages[@]}"
  say "Building waybill-dagster (Release)"
  build_release waybill_dagster
  programs=$PWD/build/quickstart/bin
fi
python=${WAYBILL_PYTHON:-${WAYBILL_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/waybill-peers}/dagster/bin/python}
if [ ! -x "$python" ]; then
  need_packages python3-venv
  say "Installing dagster into build/dagster"
  python3 -m venv build/dagster && build/dagster/bin/pip install -q dagster
  python=$PWD/build/dagster/bin/python
fi

work=$(mktemp -d)
daemon=
# The daemon's server of the code location would wait for its heartbeat for a while: it is ended with it. The test server lives as long as
# this script holds the other end of its standard input.
finish() {
  if [ -n "$daemon" ]; then
    local pid below
    below=$(cat /proc/"$daemon"/task/*/children 2>/dev/null || true)
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
    for pid in $below; do kill "$pid" 2>/dev/null || true; done
    for pid in $below; do for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done; done
  fi
  exec 3>&-
  [ -z "${server:-}" ] || wait "$server"
  rm -rf "$work"
}
trap finish EXIT
export PATH=$programs:$PATH DAGSTER_HOME=$work/home DATASET_DIRECTORY=$work/volume XDG_CACHE_HOME=$work/cache SENSOR_INTERVAL=2 DATASET_SETTLE=0
export PYTHONWARNINGS=ignore DAGSTER_DISABLE_TELEMETRY=1
unset CLOWDER_URL SPACE_ID
mkdir -p "$DAGSTER_HOME" "$DATASET_DIRECTORY"/{images/first,images/second,tables/only}
printf 'telemetry:\n  enabled: false\n' >"$DAGSTER_HOME/dagster.yaml"
echo one >"$DATASET_DIRECTORY/images/first/a.txt"
echo two >"$DATASET_DIRECTORY/images/second/b \"ä\".txt"
printf 'x,y\n1,2\n' >"$DATASET_DIRECTORY/tables/only/t.csv"

if [ "$kind" = registry ]; then
  export WAYBILL_REGISTRY=$work/registry
else
  mkfifo "$work/life"
  python3 tests/servers/clowder_server.py --api "$kind" --state "$work/clowder" --port-file "$work/port" --log "$work/requests" \
    <"$work/life" >/dev/null &
  server=$!
  exec 3>"$work/life"
  for _ in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.1; done
  CLOWDER_URL=http://127.0.0.1:$(cat "$work/port")/
  CLOWDER_TOKEN=$(cat "$work/clowder/key")
  export CLOWDER_URL CLOWDER_TOKEN
fi

# loaded N: so many uploads in all, and no file twice
loaded() {
  if [ "$kind" = registry ]; then "$programs/waybill" list; else
    python3 - "$work/requests" "$1" <<'PYTHON'
import json, sys
names = [part[1] for line in open(sys.argv[1], encoding="utf-8") for part in json.loads(line).get("parts", []) if part[1]]
print("uploads:", ", ".join(names))
sys.exit(0 if len(names) == int(sys.argv[2]) else 1)
PYTHON
  fi
}

# The daemon and its server of the code location would both begin by making the instance's databases.
"$python" -c 'from dagster import DagsterInstance; DagsterInstance.get().dispose()'
say "Three datasets, and a dagster-daemon"
"$python" -m dagster._daemon run -f examples/dagster/definitions.py >"$work/log" 2>&1 3>&- &
daemon=$!
"$python" examples/dagster/watch.py 3 || { cat "$work/log" >&2; exit 1; }
loaded 3
say "One file changes"
echo "one, again" >"$DATASET_DIRECTORY/images/first/a.txt"
"$python" examples/dagster/watch.py 4 || { cat "$work/log" >&2; exit 1; }
loaded 4
echo
echo "four runs, nothing loaded twice"
