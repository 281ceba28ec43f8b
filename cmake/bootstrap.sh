# Sourced by examples/quickstart.sh, examples/valohai/run-local.sh and tests/run.sh: installs missing system packages, and says which.
# shellcheck shell=bash

say() { printf '\n== %s\n' "$*"; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
    echo "These packages are missing and there is neither root nor sudo to install them: ${missing[*]}" >&2
    exit 69
  fi
}

# need_packages NAME…: installs those that are not there. A name may hold alternatives, best first: a|b.
need_packages() {
  missing=()
  command -v apt-get >/dev/null || { echo "No apt-get here: install what README.md lists under Requirements yourself" >&2; return 0; }
  local choice name found updated=${apt_updated:-}
  for choice in "$@"; do
    found=
    for name in ${choice//|/ }; do
      dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' && found=1 && break
    done
    [ -n "$found" ] || missing+=("$choice")
  done
  [ ${#missing[@]} = 0 ] && return 0
  if [ -z "$updated" ]; then
    say "Reading the package lists"
    as_root apt-get update -q >/dev/null
    apt_updated=1
  fi
  local install=()
  for choice in "${missing[@]}"; do
    for name in ${choice//|/ }; do
      if apt-cache show "$name" >/dev/null 2>&1; then install+=("$name"); break; fi
    done
  done
  say "Installing system packages: ${install[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${install[@]}" >/dev/null
}

# build_release TARGET: builds that program, Release, below build/quickstart.
build_release() {
  mkdir -p build
  cmake -S . -B build/quickstart -G Ninja -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_COMPILER_LAUNCHER=env;CCACHE_BASEDIR=$PWD;CCACHE_NOHASHDIR=1;ccache" \
    -DWAYBILL_BUILD_TESTS=OFF -DWAYBILL_BUILD_EXAMPLES=OFF >build/quickstart.log 2>&1 || { cat build/quickstart.log >&2; exit 1; }
  cmake --build build/quickstart --target "$1"
}

# What building the kit and its adapters takes.
build_packages=(
  g++ cmake ninja-build ccache
  'libboost1.81-dev|libboost1.83-dev|libboost-dev' 'libboost-json1.81-dev|libboost-json1.83-dev|libboost-json-dev'
  libssl-dev libcurl4-openssl-dev librange-v3-dev libutf8proc-dev libvalijson-dev libcli11-dev
)
