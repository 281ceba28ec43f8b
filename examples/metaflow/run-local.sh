#!/usr/bin/env bash
# A flow that reads a table, trains a model for each region and writes the models, run three times; the prices change before the second
# run. Then three questions: which rows did a run read, did two runs read the same, and what did each of them write?
#   bash examples/metaflow/run-local.sh [tables|dolt]      (default: tables, which waybill keeps in its registry)
# The programs are those in WAYBILL_BIN, or what a build left here, or are built. Python with metaflow and pandas is WAYBILL_PYTHON, or that
# of the tests' peers, or is installed into build/. Ends with 0 when the three answers are right.
set -euo pipefail
cd "$(dirname "$0")/../.."
. cmake/bootstrap.sh
kind=${1:-tables}
case $kind in tables | dolt) ;; *) sed -n '2,6s/^# //p' "$0" >&2; exit 2 ;; esac

command -v python3 >/dev/null || need_packages python3
programs=${WAYBILL_BIN:-}
for build in quickstart ci dev bench; do
  [ -n "$programs" ] || [ ! -x "build/$build/bin/waybill-metaflow" ] || programs=$PWD/build/$build/bin
done
if [ -z "$programs" ]; then
  need_packages "${build_packages[@]}"
  say "Building waybill-metaflow (Release)"
  build_release waybill_metaflow
  programs=$PWD/build/quickstart/bin
fi
peers=${WAYBILL_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/waybill-peers}
python=${WAYBILL_PYTHON:-$peers/metaflow/bin/python}
if [ ! -x "$python" ]; then
  need_packages python3-venv
  say "Installing metaflow and pandas into build/metaflow"
  python3 -m venv build/metaflow && build/metaflow/bin/pip install -q metaflow pandas
  python=$PWD/build/metaflow/bin/python
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flow=$PWD/examples/metaflow/train_flow.py
export PATH=$programs:$PATH PYTHONPATH=$PWD/adapters/metaflow HOME=$work XDG_CACHE_HOME=$work/cache WAYBILL_REGISTRY=$work/registry
export METAFLOW_DATASTORE_SYSROOT_LOCAL=$work METAFLOW_DEFAULT_DATASTORE=local METAFLOW_DEFAULT_METADATA=local METAFLOW_USER=example
export METAFLOW_HOME=$work/config DB=$kind
unset WAYBILL_LINEAGE
cd "$work"
if [ "$kind" = dolt ]; then
  command -v dolt >/dev/null || PATH=$peers/dolt/bin:$PATH
  command -v dolt >/dev/null || { echo "there is no dolt; tests/interop/install-peers.sh dolt builds it" >&2; exit 1; }
  export DOLT_ROOT_PATH=$work/dolt-home
  mkdir -p "$DOLT_ROOT_PATH" dolt
  for setting in "user.name example" "user.email example@example.com" "metrics.disabled true" "versioncheck.disabled true"; do
    dolt config --global --add $setting >/dev/null
  done
  (cd dolt && dolt init >/dev/null)
fi

# load N: rows of prices.csv become the table, by a task that is no Metaflow's
load() {
  waybill-metaflow write --table prices --db "$DB" --pk id --in prices.csv --run "Import/$1/load/1"
  waybill-metaflow commit --db "$DB" --run "Import/$1/load/1"
}

# train: runs the flow and says which run it was
train() {
  "$python" "$flow" --quiet run --run-id-file id >log 2>&1 || { cat log >&2; exit 1; }
  echo "TrainFlow/$(cat id)"
}

say "Prices of 60 flats"
python3 - <<'PYTHON'
with open("prices.csv", "w", encoding="utf-8") as out:
    print("id,region,area,price", file=out)
    for i in range(60):
        area = 30 + 7 * i % 90
        print(f"{i},{('north', 'south', 'west')[i % 3]},{area},{1000 + 40 * area + 90 * (i % 3) + i % 7}", file=out)
PYTHON
load 1
first=$(train)
echo "first run: $first"
say "One price changes, and the flow runs again, twice"
sed 's/^17,\(.*\),.*/17,\1,9999/' prices.csv >changed.csv
cp prices.csv first.csv
mv changed.csv prices.csv
load 2
second=$(train)
third=$(train)
echo "second and third run: $second $third"

say "1. Which rows did the first run read?"
waybill-metaflow reads --run "$first" --step train --data read >reads.json
file=read/${first#*/}/train/0.prices.csv
head -n 4 "$file"
cmp "$file" first.csv && echo "all of them are the rows before the change: $(wc -l <"$file") lines"

say "2. Did the runs read the same?"
waybill-metaflow same-inputs "$second" "$third"
if waybill-metaflow same-inputs "$first" "$second"; then exit 1; fi

say "3. What did each run write?"
for run in "$first" "$second" "$third"; do
  waybill-metaflow writes --run "$run" --data written >writes.json
  echo "$run"
  python3 - <<'PYTHON'
import json
for step, writes in json.load(open("writes.json", encoding="utf-8")).items():
    for w in writes if "/" in step else []:
        rows = open(w["file"], encoding="utf-8").read().splitlines()
        print(f"  {w['step']} {w['index']} wrote {w['table']}@{w['commit'][:9]}: {len(rows) - 1} rows" +
              (f", committed by {w['committed_by']['step']}" if "committed_by" in w else ""))
PYTHON
done
python3 - "$first" "$second" "$third" <<'PYTHON'
import json, pathlib, sys
def rows(run):
    return {p.name.split(".", 1)[1]: p.read_text() for p in sorted(pathlib.Path("written", run.split("/")[1]).glob("*/*.csv"))}
first, second, third = map(rows, sys.argv[1:])
assert set(first) == {"models.csv", "summary.csv"}, first.keys()
assert first["summary.csv"] != second["summary.csv"] == third["summary.csv"], (first, second, third)
PYTHON
echo
echo "three questions, three answers"
