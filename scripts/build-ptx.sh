#!/bin/sh
# Compiles kernels/src/main/cuda to PTX for every architecture, puts it beside the classes, and writes the table of registers
# and shared memory that PtxResourcesTest compares. Needs nvcc and ptxas of CUDA 13; nothing else of the build does.
#
# nvcc 13 writes PTX ISA 9.0, which drivers before CUDA 13 refuse; nothing in it is newer than 8.0, which drivers from CUDA
# 12.0 read. So the version is lowered, and ptxas, which refuses what an ISA version does not have, checks that.
set -eu
cd "$(dirname "$0")/.."
source=kernels/src/main/cuda
target=kernels/src/main/resources/io/github/funasrjava/kernels/cuda
table=kernels/src/test/resources/io/github/funasrjava/kernels/cuda/ptxas.table
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
mkdir -p "$target" "$(dirname "$table")"
echo "# architecture kernel registers static-shared-bytes; written by scripts/build-ptx.sh" > "$temporary/table"
for architecture in 75 80 90; do
    ptx="$temporary/kernels.sm_$architecture.ptx"
    nvcc -ptx -arch="compute_$architecture" -O3 -std=c++17 -o "$temporary/raw.ptx" "$source/kernels.cu"
    # Without comments, which hold the compiler's build number, and without indentation. Arithmetic with its rounding spelled
    # out: without it an assembler may fuse a product and a sum, each one as it likes, and equal sums would differ in a bit.
    sed -E -e 's/^([ \t]*(@!?%p[0-9]+ )?(add|sub|mul))\.f32/\1.rn.f32/' "$temporary/raw.ptx" > "$temporary/rounded.ptx"
    sed -e 's|//.*||' -e 's/^[ \t]*//' -e 's/[ \t]*$//' -e '/^$/d' -e 's/^\.version .*/.version 8.0/' "$temporary/rounded.ptx" > "$ptx"
    ptxas -arch="sm_$architecture" -v -o "$temporary/cubin" "$ptx" 2> "$temporary/log" || { cat "$temporary/log"; exit 1; }
    awk -v architecture="$architecture" '
        /Compiling entry function/ { split($0, quoted, "\047"); kernel = quoted[2] }
        /bytes spill stores/ && !/ 0 bytes spill stores, 0 bytes spill loads/ { print kernel " spills: " $0 > "/dev/stderr"; exit 1 }
        /Used [0-9]+ registers/ {
            match($0, /Used [0-9]+/); registers = substr($0, RSTART + 5, RLENGTH - 5)
            shared = 0
            if (match($0, /[0-9]+ bytes smem/)) shared = substr($0, RSTART, RLENGTH - 11)
            print architecture, kernel, registers, shared
        }' "$temporary/log" | sort >> "$temporary/table"
done
cp "$temporary"/kernels.sm_*.ptx "$target/"
cp "$temporary/table" "$table"
ls -l "$target"
