#!/usr/bin/env bash
# Builds waybill and shows its main job on two directories: version 1, then version 2 of a dataset, with only what changed copied.
#   bash examples/quickstart.sh [DIRECTORY-1 DIRECTORY-2]
# Without arguments: two released versions of the npm package vega-datasets, or examples/data where npm is not there.
set -euo pipefail
cd "$(dirname "$0")/.."
. cmake/bootstrap.sh

case $# in 0 | 2) ;; *) sed -n '2,4s/^# //p' "$0" >&2; exit 2 ;; esac
[ $# = 2 ] && first=$(realpath "$1") second=$(realpath "$2")

need_packages "${build_packages[@]}"
say "Building waybill (Release)"
build_release waybill_cli
waybill=$PWD/build/quickstart/bin/waybill

demo=$PWD/build/quickstart/demo
rm -rf "$demo"
mkdir -p "$demo"

# fetch VERSION: unpacks that release of vega-datasets below $demo, prints its data directory
fetch() {
  mkdir -p "$demo/$1"
  (cd "$demo/$1" && npm pack --silent "vega-datasets@$1" >/dev/null 2>&1 && tar xzf "vega-datasets-$1.tgz") || return 1
  echo "$demo/$1/package/data"
}
if [ $# = 0 ]; then
  if command -v npm >/dev/null && first=$(fetch 2.7.0) && second=$(fetch 3.2.1); then
    say "Data: vega-datasets 2.7.0 and 3.2.1 from npm"
  else
    first=$PWD/examples/data/v1 second=$PWD/examples/data/v2
    say "Data: the small set in examples/data (npm is not at hand)"
  fi
fi

export WAYBILL_REGISTRY=$demo/registry XDG_CACHE_HOME=$demo/cache
work=$demo/dataset
run() { printf '\n$ waybill %s\n' "$*"; "$waybill" "$@"; }

say "Version 1: the whole directory"
cp -r "$first" "$work"
run push "$work" --name demo/dataset -t v1 -m "first version"

say "Version 2: the directory has changed; only what is new is copied"
rm -rf "$work/"*
cp -r "$second/." "$work/"
run push "$work" -t v2 -m "second version"

say "What changed"
run diff demo/dataset:v1 demo/dataset:v2 --renames || [ $? = 1 ]

say "All versions are kept"
run versions demo/dataset

say "Install version 1 elsewhere, verify it, then move that copy on to version 2"
run install demo/dataset:v1 --location "$demo/copy"
run verify "$demo/copy" demo/dataset:v1
run sync "$demo/copy" demo/dataset:v2
run verify "$demo/copy" demo/dataset:v2
run hash "$demo/copy"

say "Done. The registry is $WAYBILL_REGISTRY; the binary is $waybill"
