#!/usr/bin/env bash
# Plays the walkthrough of valohai/dataset-update-example with waybill-valohai on this machine: three versions of a dataset, of which
# each uploads only what changed, and a fourth run that finds nothing to do. A test server stands in the place of Valohai.
#   bash examples/valohai/run-local.sh [pipeline|update]…     (default: both flows)
# The binary is WAYBILL_VALOHAI, or one that a build left here, or is built. Ends with 0 when every version holds what it must.
set -euo pipefail
cd "$(dirname "$0")/../.."
. cmake/bootstrap.sh
servers=$PWD/tests/servers fetch=$PWD/examples/valohai/fetch.sh

flows=("$@")
[ $# -gt 0 ] || flows=(pipeline update)
for flow in "${flows[@]}"; do
  case $flow in pipeline | update) ;; *) sed -n '2,6s/^# //p' "$0" >&2; exit 2 ;; esac
done

command -v python3 >/dev/null || need_packages python3
waybill=${WAYBILL_VALOHAI:-}
for build in quickstart ci dev bench; do
  [ -n "$waybill" ] || [ ! -x "build/$build/bin/waybill-valohai" ] || waybill=$PWD/build/$build/bin/waybill-valohai
done
if [ -z "$waybill" ]; then
  need_packages "${build_packages[@]}"
  say "Building waybill-valohai (Release)"
  build_release waybill_valohai
  waybill=$PWD/build/quickstart/bin/waybill-valohai
fi

work=$(mktemp -d)
server=

# A server lives as long as this script holds the other end of its standard input. It fails when it saw the token in a wrong place.
end_server() {
  exec 3>&-
  local ending=$server
  server=
  [ -z "$ending" ] || wait "$ending"
}
trap 'end_server || true; rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache

# serve FLOW: a server with a project and an empty dataset named demo
serve() {
  rm -f "$work/port" "$work/life"
  mkfifo "$work/life"
  python3 "$servers/valohai_server.py" --state "$work/$1" --port-file "$work/port" <"$work/life" >/dev/null &
  server=$!
  exec 3>"$work/life"
  for _ in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.1; done
  VH_API_BASE_URL=http://127.0.0.1:$(cat "$work/port")/
  VH_API_TOKEN=$(cat "$work/$1/token")
  export VH_API_BASE_URL VH_API_TOKEN
  python3 - <<'PYTHON'
import os, urllib.request
headers = {"Authorization": "Token " + os.environ["VH_API_TOKEN"], "Content-Type": "application/json"}
urllib.request.urlopen(urllib.request.Request(os.environ["VH_API_BASE_URL"] + "api/v0/datasets/", b'{"name": "demo"}', headers))
PYTHON
}

# step NAME OPTION… -- COMMAND…: runs a command as Valohai runs a step; what the platform made of its outputs comes into $made
step() {
  local shown=${*:2}
  shown=${shown//$work/…}
  printf '\n[%s] %s\n' "$1" "${shown//$waybill/waybill-valohai}"
  python3 "$servers/valohai_agent.py" --server "$VH_API_BASE_URL" --step "$@" | tee "$work/said" | sed '$d'
  made=$(tail -n 1 "$work/said")
}

# datum NAME: the id of that output of the last step
datum() { python3 -c 'import json, sys; print(json.loads(sys.argv[1])["data"][sys.argv[2]])' "$made" "$1"; }

# content NAMES CONTENTS: what the source has today
content() {
  local options=() word
  for word in $1; do options+=("--new-file-names=$word"); done
  for word in $2; do options+=("--new-file-contents=$word"); done
  bash "$fetch" "$work/content" "${options[@]}"
}

pipeline() {
  step phase1 --parameter dataset-id=demo -- "$waybill" phase1 --content "$work/content" --extended
  local uploaded=$made manifest checks
  manifest=$(datum _dataset-manifest.json) checks=$(datum _waybill-manifest.json)
  step phase2 --input "manifest=datum://$manifest" --input "manifest=datum://$checks" -- "$waybill" phase2
  made=$uploaded
}

# One step. From the second version on the old state comes from the input `current`, and no token is needed.
update() {
  local current=(--on-demand current=dataset://demo/latest) token=
  [ "$1" != 1 ] || { current=() token=$VH_API_TOKEN; }
  VH_API_TOKEN=$token step update "${current[@]}" --parameter dataset=demo -- "$waybill" update --content "$work/content"
}

# expect FLOW VERSIONS CONTENT UPLOADED: how many versions there are, what the last one holds, and what the last step uploaded for it
expect() {
  python3 - "$work/$1" "$2" "$3" "$4" "$made" <<'PYTHON'
import json, pathlib, sys
state, versions, content, uploaded, made = sys.argv[1:]
known = json.loads(pathlib.Path(state, "state.json").read_text())
found = list(known["dataset-versions"].values())
held = {known["data"][f["datum"]]["name"]: pathlib.Path(state, "blobs", f["datum"]).read_text() for f in found[-1]["files"]}
new = sorted(name for name in json.loads(made)["data"] if not name.startswith("_"))
print(f"\nversion {len(found)}, {found[-1]['name']}:", *(f"{name}={held[name]}" for name in sorted(held)))
print("uploaded:", *new or ["nothing"])
wrong = [text for text, right in ((f"{len(found)} versions instead of {versions}", len(found) == int(versions)),
                                  (f"the version should hold {content}", " ".join(f"{n}={held[n]}" for n in sorted(held)) == content),
                                  (f"this should be uploaded: {uploaded or 'nothing'}", " ".join(new) == uploaded)) if not right]
sys.exit("\n".join(wrong) or None)
PYTHON
}

for flow in "${flows[@]}"; do
  serve "$flow"
  say "$flow: version 1"
  content "file1.csv file2.csv file3.csv" "foofoo barbar"
  "$flow" 1
  expect "$flow" 1 "file1.csv=foofoo file2.csv=barbar file3.csv=foofoo" "file1.csv file2.csv file3.csv"

  say "$flow: version 2, in which file2.csv is gone and file3.csv has changed"
  sleep 1  # versions are named by the second
  content "file1.csv file3.csv" "foofoo barbar"
  "$flow" 2
  expect "$flow" 2 "file1.csv=foofoo file3.csv=barbar" "file3.csv"

  say "$flow: version 3, in which file1.csv has changed"
  sleep 1
  content "file1.csv file3.csv" "barbar"
  "$flow" 3
  expect "$flow" 3 "file1.csv=barbar file3.csv=barbar" "file1.csv"

  say "$flow: again, and nothing has changed"
  sleep 1
  "$flow" 4
  expect "$flow" 3 "file1.csv=barbar file3.csv=barbar" ""

  end_server
done
say "Done: three versions by ${flows[*]}"
