# Loops that do one thing as fast as the core allows: what the kernels' speed is compared with. No results; operands are
# zeros or whatever lies there, which does not change the time.
#
#   ceiling_fma       n0 iterations of 16 VFMADD on 16 lanes of f32           512 operations
#   ceiling_vnni      n0 iterations of 16 VPDPBUSD on 64 bytes                2048 operations
#   ceiling_amx_bf16  n0 iterations of 8 TDPBF16PS of 16 x 16 x 32           131072 operations
#   ceiling_amx_int8  n0 iterations of 8 TDPBSSD of 16 x 16 x 64             262144 operations
#   ceiling_read      p0 memory, n0 bytes of it (a multiple of 512), n1 bytes to prefetch ahead, 0 for none

# Sixteen independent sums, so that the latency of one is covered by the others.
.macro CEILING_VECTOR op
    ENTER
    mov rax, [rbp + N0]
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
    vpxord zmm\i, zmm\i, zmm\i
    .endr
    LOOP_ALIGN
1:  .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    \op zmm\i, zmm16, zmm16
    .endr
    dec rax
    jnz 1b
    LEAVE
.endm

FUNCTION ceiling_fma
    CEILING_VECTOR vfmadd231ps

FUNCTION ceiling_vnni
    CEILING_VECTOR vpdpbusd

.macro CEILING_AMX tdp
    ENTER AMX_FRAME
    mov eax, 16
    CONFIGURE_TILES
    .irp i, 0, 1, 2, 3, 4, 6, 7
    tilezero tmm\i
    .endr
    mov rax, [rbp + N0]
    LOOP_ALIGN
1:  .rept 2
    \tdp tmm0, tmm4, tmm6
    \tdp tmm1, tmm4, tmm7
    \tdp tmm2, tmm4, tmm6
    \tdp tmm3, tmm4, tmm7
    .endr
    dec rax
    jnz 1b
    tilerelease
    LEAVE
.endm

FUNCTION ceiling_amx_bf16
    CEILING_AMX tdpbf16ps

FUNCTION ceiling_amx_int8
    CEILING_AMX tdpbssd

# Eight streams side by side, as one alone does not fill the core's line buffers.
FUNCTION ceiling_read
    ENTER
    mov rcx, [rbp + N0]
    shr rcx, 3                          # bytes of a stream
    mov rsi, [rbp + N1]
    lea r8, [rdi + rcx]
    lea r9, [r8 + rcx]
    lea r10, [r9 + rcx]
    lea r11, [r10 + rcx]
    lea r12, [r11 + rcx]
    lea r13, [r12 + rcx]
    lea r14, [r13 + rcx]
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7
    vpxord zmm\i, zmm\i, zmm\i
    .endr
    xor eax, eax
    test rsi, rsi
    jz 2f
    LOOP_ALIGN
1:  lea rbx, [rax + rsi]
    .irp stream, rdi, r8, r9, r10, r11, r12, r13, r14
    prefetcht0 [\stream + rbx]
    .endr
    vpaddd zmm0, zmm0, [rdi + rax]
    vpaddd zmm1, zmm1, [r8 + rax]
    vpaddd zmm2, zmm2, [r9 + rax]
    vpaddd zmm3, zmm3, [r10 + rax]
    vpaddd zmm4, zmm4, [r11 + rax]
    vpaddd zmm5, zmm5, [r12 + rax]
    vpaddd zmm6, zmm6, [r13 + rax]
    vpaddd zmm7, zmm7, [r14 + rax]
    add rax, 64
    cmp rax, rcx
    jb 1b
    jmp 3f
    LOOP_ALIGN
2:  vpaddd zmm0, zmm0, [rdi + rax]
    vpaddd zmm1, zmm1, [r8 + rax]
    vpaddd zmm2, zmm2, [r9 + rax]
    vpaddd zmm3, zmm3, [r10 + rax]
    vpaddd zmm4, zmm4, [r11 + rax]
    vpaddd zmm5, zmm5, [r12 + rax]
    vpaddd zmm6, zmm6, [r13 + rax]
    vpaddd zmm7, zmm7, [r14 + rax]
    add rax, 64
    cmp rax, rcx
    jb 2b
3:  LEAVE
