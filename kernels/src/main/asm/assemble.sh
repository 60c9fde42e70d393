#!/usr/bin/env bash
# Assembles kernels.S into the two resources of the x86 tier: the flat code and a table of "name offset" lines.
#   assemble.sh [OUTPUT_DIRECTORY]
# Needs GNU binutils (as, objcopy, nm, readelf). A test compares the result with what is checked in.
set -euo pipefail
cd "$(dirname "$0")"
out="${1:-../resources/io/github/funasrjava/kernels/x86}"
mkdir -p "$out"
object="$(mktemp)"
trap 'rm -f "$object"' EXIT
as --64 --fatal-warnings -o "$object" kernels.S
if [ -n "$(readelf -r "$object" | grep R_X86 || true)" ]; then
  echo "kernels.S refers to something outside of itself" >&2
  exit 1
fi
objcopy -O binary -j .text "$object" "$out/kernels.bin"
nm --defined-only "$object" | while read -r value kind name; do
  if [ "$kind" = T ]; then
    echo "$name $((16#$value))"
  fi
done | LC_ALL=C sort > "$out/kernels.symbols"
