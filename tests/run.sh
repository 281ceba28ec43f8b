#!/usr/bin/env bash
# Builds everything and runs all tests: Debug with AddressSanitizer and UBSan, and Release; installs what is missing.
#   bash tests/run.sh [asan|ci|dev|header-only …]     (default: asan ci)
# The last line is `N passed, N failed, N skipped`. With CI set, a peer that is missing is a failure, not a skip.
set -uo pipefail
cd "$(dirname "$0")/.."
. cmake/bootstrap.sh

presets=("$@")
[ ${#presets[@]} -gt 0 ] || presets=(asan ci)
need_packages "${build_packages[@]}" catch2 python3 python3-venv git pkg-config strace || exit 1
(need_packages chromium-headless-shell) || echo "no browser could be installed; its test will say so"
say "Preparing the peers that tests talk to"
tests/interop/install-peers.sh || echo "some peers are missing; their tests will say so"

export WAYBILL_TEST_DATA=${WAYBILL_TEST_DATA:-$(realpath -m ../shared/data)}
export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$(nproc)}
passed=0 failed=0 skipped=0
mkdir -p build

# tally LOG: adds ctest's own figures to the totals
tally() {
  local summary not_passed skips
  summary=$(grep -E '^[0-9]+% tests passed' "$1" | tail -n 1)
  if [ -z "$summary" ]; then failed=$((failed + 1)); return; fi
  not_passed=$(sed -E 's/.*, ([0-9]+) tests failed out of ([0-9]+)/\1 \2/' <<<"$summary")
  skips=$(grep -cE '^ *[0-9]+/[0-9]+ Test.*\*\*\*Skipped' "$1")
  failed=$((failed + ${not_passed% *}))
  skipped=$((skipped + skips))
  passed=$((passed + ${not_passed#* } - ${not_passed% *} - skips))
}

for preset in "${presets[@]}"; do
  say "$preset: configure and build"
  log=build/$preset.log
  if ! { cmake --preset "$preset" >"$log" 2>&1 && cmake --build --preset "$preset" >>"$log" 2>&1; }; then
    grep -E 'error|Error|FAILED' "$log" | head -n 40
    echo "the build of preset $preset failed; all of it is in $log"
    failed=$((failed + 1))
    continue
  fi
  say "$preset: test"
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error >"build/$preset.test.log" 2>&1
  grep -E 'SKIPPED:|\*\*\*|tests passed|^The following|^[[:space:]]+[0-9]+ - ' "build/$preset.test.log" | head -n 60
  grep -q '100% tests passed' "build/$preset.test.log" || sed -n '/\*\*\*Failed/,/^ *Start/p' "build/$preset.test.log" | head -n 200
  tally "build/$preset.test.log"
done

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
