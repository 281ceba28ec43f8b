#!/usr/bin/env bash
# Stands for the source your data comes from, as in valohai/dataset-update-example: files of given names, with the given contents in turn.
#   fetch.sh DIRECTORY --new-file-names=NAME… --new-file-contents=TEXT…
set -euo pipefail

directory=$1
shift
names=() contents=()
for option in "$@"; do
  case $option in
    --new-file-names=*) names+=("${option#*=}") ;;
    --new-file-contents=*) contents+=("${option#*=}") ;;
    *) echo "fetch.sh: unknown option: $option" >&2; exit 2 ;;
  esac
done
[ ${#contents[@]} -gt 0 ] || { echo "fetch.sh: no --new-file-contents" >&2; exit 2; }

rm -rf "$directory"
mkdir -p "$directory"
for i in "${!names[@]}"; do
  mkdir -p "$(dirname "$directory/${names[i]}")"
  printf %s "${contents[i % ${#contents[@]}]}" >"$directory/${names[i]}"
done
