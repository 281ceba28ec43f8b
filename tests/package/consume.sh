#!/usr/bin/env bash
# consume.sh SOURCE BUILD WORK: installs BUILD's project below WORK and uses it in three ways.
set -euo pipefail
source=$1 build=$2 work=$3
rm -rf "$work"
mkdir -p "$work"
launcher=()
command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)

cmake --install "$build" --prefix "$work/prefix" >/dev/null

build_and_run() {
  cmake -G Ninja -B "$work/$1" -S "$source/tests/package/$1" "${launcher[@]}" "${@:2}" >"$work/$1.log" 2>&1 &&
    cmake --build "$work/$1" >>"$work/$1.log" 2>&1 || { cat "$work/$1.log"; exit 1; }
  "$work/$1/consumer"
}
build_and_run find_package -DCMAKE_PREFIX_PATH="$work/prefix"
"$work/find_package/transport_consumer"
build_and_run add_subdirectory -DWAYBILL_SOURCE="$source"

if command -v pkg-config >/dev/null; then
  export PKG_CONFIG_PATH
  PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name waybill.pc)")
  # shellcheck disable=SC2046
  c++ "$source/tests/package/consumer.cpp" -o "$work/with_pkg_config" $(pkg-config --cflags --libs waybill)
  "$work/with_pkg_config"
  # shellcheck disable=SC2046
  c++ "$source/tests/package/transport_consumer.cpp" -o "$work/transport_with_pkg_config" \
    $(pkg-config --cflags --libs waybill-transport)
  "$work/transport_with_pkg_config"
fi

# The installed command line runs.
"$work/prefix/bin/waybill" --version
