# The machine-code kernels, one translation unit: every reference is relative, so the blob runs wherever it is copied.
# GNU assembler, Intel syntax. assemble.sh turns this into the two resources that the Java side loads.

.intel_syntax noprefix
.text

# The blob's first bytes name its format, so that a wrong resource is noticed before anything is called.
.ascii "FASRX86\001"

.include "abi.inc"
.include "exp.inc"
.include "stream.inc"
.include "cpu.S"
.include "split.S"
.include "amx.S"
.include "amx-gated.S"
.include "f32.S"
.include "int8.S"
.include "rows.S"
.include "attention.S"
.include "attention-amx.S"
.include "ceilings.S"
