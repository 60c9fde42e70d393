# Products with int8 weights. Activations become two signed 8-bit digits per value, 15 bits, exactly as
# kernels.internal.RowDigits says; all sums are exact in int32, so AMX, VNNI and the scalar reference agree bit for bit.
#
# Packed activations, one block per tile of 16 rows:
#   16 f32 row scales, 16 int32 -128 * sum(high), 16 int32 -128 * sum(low), then [k/64][high, low][16][64] int8.

.equ DIGITS_HEAD, 192

# int8_split: p0 x [m, k] f32   p1 packed activations
#   n0 first row  n1 end row  n2 m  n3 k  n4 x stride  n5 k steps (of 64)  n6 1: rows past m become zeros
#
# Registers: rdi x, rsi tile block, r12 row, rdx row in tile, r8 block bytes, r10 source, r11 destination (high digits
# of the first step), rcx values left, r9 chunk of 16 in its step; zmm31 64, zmm30 |.| mask, zmm29 inverse scale.
FUNCTION int8_split
    ENTER
    mov r12, [rbp + N0]
    mov r8, [rbp + N5]
    shl r8, 11
    add r8, DIGITS_HEAD
    mov rax, r12
    shr rax, 4
    imul rax, r8
    add rsi, rax
    mov edx, r12d
    and edx, 15
    mov eax, 64
    vpbroadcastd zmm31, eax
    mov eax, 0x7fffffff
    vpbroadcastd zmm30, eax
    vpxord zmm28, zmm28, zmm28
    mov rbx, [rbp + N3]
    and rbx, 15
    LANES k1, rbx, r14
.Ldigits_row:
    cmp r12, [rbp + N1]
    jge .Ldigits_done
    mov r11, rdx
    shl r11, 6
    lea r11, [rsi + r11 + DIGITS_HEAD]
    mov rax, r12
    cmp rax, [rbp + N2]
    jge .Ldigits_past
    imul rax, [rbp + N4]
    lea r10, [rdi + rax]

    # Largest magnitude, compared as integers: NaN is above infinity.
    vpxord zmm0, zmm0, zmm0
    mov rcx, [rbp + N3]
    mov rbx, r10
    sub rcx, 16
    jl 2f
1:  vpandd zmm1, zmm30, [rbx]
    vpmaxud zmm0, zmm0, zmm1
    add rbx, 64
    sub rcx, 16
    jge 1b
2:  vmovups zmm1{k1}{z}, [rbx]
    vpandd zmm1, zmm1, zmm30
    vpmaxud zmm0, zmm0, zmm1
    vextracti64x4 ymm1, zmm0, 1
    vpmaxud ymm0, ymm0, ymm1
    vextracti128 xmm1, ymm0, 1
    vpmaxud xmm0, xmm0, xmm1
    vpshufd xmm1, xmm0, 0x4e
    vpmaxud xmm0, xmm0, xmm1
    vpshufd xmm1, xmm0, 0xb1
    vpmaxud xmm0, xmm0, xmm1
    vmovd eax, xmm0
    mov ebx, 0x7fc00000                 # scale NaN
    cmp eax, 0x7f800000
    jae .Ldigits_no_digits
    xor ebx, ebx                        # scale 0
    cmp eax, 0x0da24260                 # 1e-30
    jb .Ldigits_no_digits
    mov ebx, 0x467e0000                 # 16256
    vmovd xmm1, ebx
    vdivss xmm2, xmm0, xmm1
    vmovss [rsi + 4 * rdx], xmm2
    vdivss xmm2, xmm1, xmm0
    vbroadcastss zmm29, xmm2
    vpxord zmm26, zmm26, zmm26          # sum of high digits
    vpxord zmm27, zmm27, zmm27          # sum of low digits
    mov rcx, [rbp + N3]
    xor r9d, r9d
    sub rcx, 16
    jl 2f
    LOOP_ALIGN
1:  vmovups zmm0, [r10]
    call .Ldigits_16
    sub rcx, 16
    jge 1b
2:  add rcx, 16
    jz 3f
    vmovups zmm0{k1}{z}, [r10]
    call .Ldigits_16
3:  test r9d, r9d                       # zeros to the end of the last step
    jz 4f
    vpxord zmm0, zmm0, zmm0
    call .Ldigits_16
    jmp 3b
4:  # A whole step of padding follows when k is padded to 64 from 0 only; k > 0, so none does.
    .irp sum, 26, 27
    vextracti64x4 ymm1, zmm\sum, 1
    vpaddd ymm0, ymm\sum, ymm1
    vextracti128 xmm1, ymm0, 1
    vpaddd xmm0, xmm0, xmm1
    vpshufd xmm1, xmm0, 0x4e
    vpaddd xmm0, xmm0, xmm1
    vpshufd xmm1, xmm0, 0xb1
    vpaddd xmm0, xmm0, xmm1
    vmovd eax, xmm0
    shl eax, 7
    neg eax
    mov [rsi + 4 * rdx + 64 * (\sum - 25)], eax
    .endr
.Ldigits_next_row:
    inc r12
    inc edx
    cmp edx, 16
    jl .Ldigits_row
    xor edx, edx
    add rsi, r8
    jmp .Ldigits_row
.Ldigits_past:
    cmp qword ptr [rbp + N6], 0
    je .Ldigits_done
    xor ebx, ebx
.Ldigits_no_digits:
    mov [rsi + 4 * rdx], ebx
    mov dword ptr [rsi + 4 * rdx + 64], 0
    mov dword ptr [rsi + 4 * rdx + 128], 0
    mov rcx, [rbp + N5]
1:  vmovups [r11], zmm28
    vmovups [r11 + 1024], zmm28
    add r11, 2048
    dec rcx
    jnz 1b
    jmp .Ldigits_next_row
.Ldigits_done:
    LEAVE

# zmm0 = 16 values -> high digits to [r11], low digits to [r11 + 1024]; r10 and r11 advance, r9 counts to 4.
.Ldigits_16:
    vmulps zmm0, zmm0, zmm29
    vcvtps2dq zmm0, zmm0                # to nearest even
    vpaddd zmm1, zmm0, zmm31
    vpsrad zmm1, zmm1, 7
    vpaddd zmm26, zmm26, zmm1
    vpmovdb [r11], zmm1
    vpslld zmm1, zmm1, 7
    vpsubd zmm0, zmm0, zmm1
    vpaddd zmm27, zmm27, zmm0
    vpmovdb [r11 + 1024], zmm0
    add r10, 64
    add r11, 16
    inc r9d
    cmp r9d, 4
    jl 1f
    xor r9d, r9d
    add r11, 2048 - 64
1:  ret

# amx_linear_int8: out = act(A W^T + bias) + residual.
#   p0 packed activations  p1 panels [n/32][k/64][16 quads][32][4] int8  p2 bias or 0  p3 residual or 0  p4 out
#   p5 f32 scales of the weights, one per padded row
#   n0 .. n10 as amx_linear_bf16, k steps of 64; flags 2 and 32 unused, 16 the plain loop
#
# A block is 16 rows x 32 columns: sums of high digits in tmm0, tmm1, of low digits in tmm2, tmm3; per k step two B
# tiles (tmm6, tmm7), and per digit one A tile (tmm4) and two products. tmm5 and the zeroing are explained at amx_linear_bf16.
# The next step's operands are prefetched into L1 also where the weights come from memory (up to 16 rows): the digits of 16
# rows fill two thirds of L1, and the weights wash them out. 16 rows take 11 to 13 % less for it, 8 rows 7 to 9 %.
.equ D_CONFIG, 4096
.equ D_PANELS, 4160
.equ D_ROWS, 4168
.equ D_COLS, 4176
.equ D_LINES, LINES
.equ D_A, 4192
.equ D_PANEL_BYTES, 4200
.equ D_BLOCK, 4208
.equ D_OUT, 4216
.equ D_RESIDUAL, 4224
.equ D_LEFT, 4232
.equ D_SCALES, 4240
.equ D_HINT, HINT                       # this and the next two as in amx_linear_bf16, for the prefetch macros
.equ D_END, PREFETCH_END
.equ D_STEPS, WINDOW_STEPS
.equ D_TILE_BYTES, 4272
.equ D_FRAME, 4352

.macro INT8_PANEL_SETUP
    # Common to both int8 kernels: everything at the first row and panel. Tile block bytes in r12, panel bytes in rax.
    mov r12, [rbp + N6]
    shl r12, 11
    mov [rsp + D_PANEL_BYTES], r12
    mov rax, r12
    add r12, DIGITS_HEAD
    mov [rsp + D_TILE_BYTES], r12
    mov r10, [rbp + N10]
    add r10, rsi
    mov [rsp + D_HINT], r10
    mov rbx, [rbp + N2]
    mov r10, rbx
    imul r10, r12
    add rdi, r10
    mov [rsp + D_A], rdi
    mov r10, [rbp + N0]
    imul rax, r10
    add rsi, rax
    mov rax, [rbp + N3]
    sub rax, rbx
    shl rax, 4
    shl rbx, 4
    mov r11, [rbp + N4]
    sub r11, rbx
    cmp rax, r11
    cmovg rax, r11
    mov [rsp + D_ROWS], rax
    mov r11, r10
    shl r11, 7
    mov rax, rbx
    imul rax, [rbp + N7]
    add r8, rax
    test qword ptr [rbp + N9], 4
    jnz 1f
    add r8, r11
1:
    test rcx, rcx
    jz 1f
    mov rax, rbx
    imul rax, [rbp + N8]
    add rcx, rax
    add rcx, r11
1:  test rdx, rdx
    jz 1f
    add rdx, r11
1:  add r9, r11
    mov [rsp + D_SCALES], r9
    mov rax, [rbp + N1]
    sub rax, r10
    mov [rsp + D_PANELS], rax
    shl r10, 5
    mov rax, [rbp + N5]
    sub rax, r10
    mov [rsp + D_COLS], rax
    mov eax, 0xff800000                 # -infinity
    xor ebx, ebx
    test qword ptr [rbp + N9], 1
    cmovnz eax, ebx
    vpbroadcastd zmm29, eax
.endm

.macro INT8_PANEL_COLUMNS
    mov r10, [rsp + D_COLS]
    LANES k1, r10, r11
    sub r10, 16
    LANES k2, r10, r11
    vpxord zmm30, zmm30, zmm30
    vpxord zmm31, zmm31, zmm31
    test rdx, rdx
    jz 1f
    vmovups zmm30{k1}, [rdx]
    vmovups zmm31{k2}, [rdx + 64]
    add rdx, 128
1:  mov rax, [rsp + D_SCALES]
    vmovups zmm27, [rax]
    vmovups zmm28, [rax + 64]
    add qword ptr [rsp + D_SCALES], 128
    mov [rsp + D_OUT], r8
    mov [rsp + D_RESIDUAL], rcx
    mov rax, [rsp + D_A]
    mov [rsp + D_BLOCK], rax
    mov rax, [rsp + D_ROWS]
    mov [rsp + D_LEFT], rax
.endm

# t = fma(H, 128, L); value = (t * row scale) * weight scale. H in h0, h1, L in l0, l1; the values end in h0, h1.
.macro COMBINE_DIGITS h0, h1, l0, l1, row_scale
    vcvtdq2ps \h0, \h0
    vcvtdq2ps \h1, \h1
    vcvtdq2ps \l0, \l0
    vcvtdq2ps \l1, \l1
    vfmadd132ps \h0, \l0, zmm26
    vfmadd132ps \h1, \l1, zmm26
    vmulps \h0, \h0, \row_scale
    vmulps \h1, \h1, \row_scale
    vmulps \h0, \h0, zmm27
    vmulps \h1, \h1, zmm28
.endm

.macro INT8_NEXT_PANEL again
    add rsi, [rsp + D_PANEL_BYTES]
    add r8, 128
    test rcx, rcx
    jz 1f
    add rcx, 128
1:  sub qword ptr [rsp + D_COLS], 32
    dec qword ptr [rsp + D_PANELS]
    jnz \again
.endm

# One step of k after another for 16 rows and a panel, several row tiles to come; the plain loop has no lines to prefetch into L1 (amx.S,
# Memory) and takes A past it, so that panels of k up to 1024 stay.
.macro INT8_BLOCK_16x32 load_a, b_lines, a_lines
    LOOP_ALIGN
1:  tileloadd tmm6, [rbx + r14]
    tileloadd tmm7, [rbx + r14 + 64]
    \load_a tmm4, [r10 + r13]
    tdpbssd tmm0, tmm4, tmm6
    PREFETCH_STEP rbx, 2048, \b_lines
    tdpbssd tmm1, tmm4, tmm7
    tilezero tmm4
    PREFETCH_STEP r10, 2048, \a_lines
    \load_a tmm4, [r10 + r13 + 1024]
    tdpbssd tmm2, tmm4, tmm6
    tilezero tmm6
    PREFETCH_STEP r10, 3072, \a_lines
    PREFETCH_NEXT_PANEL
    tdpbssd tmm3, tmm4, tmm7
    tilezero tmm4
    tilezero tmm7
    KEEP_FLOATS_ON
    add r10, 2048
    add rbx, 2048
    dec r15
    jnz 1b
    jmp .Lamx8_store
.endm

FUNCTION amx_linear_int8
    ENTER D_FRAME
    INT8_PANEL_SETUP
    mov eax, 0x43000000                 # 128
    vpbroadcastd zmm26, eax
    mov rax, [rsp + D_ROWS]
    mov r10d, 16
    cmp rax, r10
    cmovg rax, r10
    CONFIGURE_TILES
    push rdx
    mov rbx, [rsp + 8 + D_ROWS]
    add rbx, 15
    shr rbx, 4
    lea rax, [rbx + 31]
    xor edx, edx
    div rbx
    pop rdx
    mov [rsp + D_LINES], rax
    mov r13d, 64
    mov r14d, 128
    lea r9, [rsi + WINDOW]
    mov rax, [rsp + D_PANELS]
    imul rax, [rsp + D_PANEL_BYTES]
    add rax, rsi
    mov [rsp + D_END], rax
    mov dword ptr [rsp + D_STEPS], WINDOW / STEP
    cmp r9, rax
    cmovae r9, [rsp + D_HINT]

.Lamx8_panel:
    INT8_PANEL_COLUMNS
    cmp qword ptr [rsp + D_ROWS], 16
    jle .Lamx8_block
    mov rdi, rsi
    add rdi, [rsp + D_PANEL_BYTES]
    cmp qword ptr [rsp + D_PANELS], 1
    cmove rdi, [rsp + D_HINT]
    mov rax, rdi
    add rax, [rsp + D_PANEL_BYTES]
    mov [rsp + PANEL_END], rax
    PREFETCH_WINDOW_AT_RDI
.Lamx8_block:
    mov r10, [rsp + D_BLOCK]
    add r10, DIGITS_HEAD
    mov rbx, rsi
    mov r15, [rbp + N6]
    tilezero tmm0
    tilezero tmm1
    tilezero tmm2
    tilezero tmm3
    cmp qword ptr [rsp + D_ROWS], 16
    jle .Lamx8_stream
    test qword ptr [rbp + N9], 16
    jnz .Lamx8_plain
    INT8_BLOCK_16x32 tileloadd, 32, 16
.Lamx8_plain:
    INT8_BLOCK_16x32 tileloaddt1, 0, 0
.Lamx8_stream:
    mov r11d, [rsp + D_STEPS]
    LOOP_ALIGN
1:  PREFETCH_WINDOW
    tileloadd tmm6, [rbx + r14]
    tileloadd tmm7, [rbx + r14 + 64]
    tileloadd tmm4, [r10 + r13]
    tdpbssd tmm0, tmm4, tmm6
    PREFETCH_STEP rbx, 2048, 16
    tdpbssd tmm1, tmm4, tmm7
    tilezero tmm4
    PREFETCH_STEP rbx, 3072, 16
    tileloadd tmm4, [r10 + r13 + 1024]
    tdpbssd tmm2, tmm4, tmm6
    tilezero tmm6
    tdpbssd tmm3, tmm4, tmm7
    PREFETCH_STEP r10, 2048, 32
    tilezero tmm4
    tilezero tmm7
    KEEP_FLOATS_ON
    add r10, 2048
    add rbx, 2048
    dec r15
    jnz 1b
    mov [rsp + D_STEPS], r11d
.Lamx8_store:
    tilestored [rsp + r14], tmm0
    tilestored [rsp + r14 + 64], tmm1
    tilestored [rsp + r14 + 2048], tmm2
    tilestored [rsp + r14 + 2112], tmm3
    mov rax, [rsp + D_LEFT]
    mov r10d, 16
    cmp rax, r10
    cmovg rax, r10
    mov r10, [rsp + D_BLOCK]
    mov rbx, rsp
    mov r11, rax
3:  vmovdqa64 zmm0, [rbx]
    vmovdqa64 zmm1, [rbx + 64]
    vmovdqa64 zmm2, [rbx + 2048]
    vmovdqa64 zmm3, [rbx + 2112]
    vbroadcastss zmm4, dword ptr [r10]
    COMBINE_DIGITS zmm0, zmm1, zmm2, zmm3, zmm4
    vmovaps [rbx], zmm0
    vmovaps [rbx + 64], zmm1
    add rbx, 128
    add r10, 4
    dec r11
    jnz 3b
    mov rbx, rsp
    mov r10, [rsp + D_OUT]
    mov r11, [rsp + D_RESIDUAL]
    mov r15, [rbp + N7]
    mov r14, [rbp + N8]
    STORE_ROWS
    mov r14d, 128
    mov [rsp + D_OUT], r10
    mov [rsp + D_RESIDUAL], r11
    mov rax, [rsp + D_TILE_BYTES]
    add [rsp + D_BLOCK], rax
    sub qword ptr [rsp + D_LEFT], 16
    jg .Lamx8_block
    INT8_NEXT_PANEL .Lamx8_panel
    tilerelease
    LEAVE

# vnni_linear_int8: the same without AMX. VPDPBUSD multiplies unsigned by signed bytes, so weights enter as w + 128
# (one exclusive or) and the sums start at -128 * sum(digits), which int8_split has left in the head.
#
# Rows go two at a time, a last one by itself: per quad of k 128 bytes of weights, per row two broadcasts and four VPDPBUSD.
# Registers: r10 digits of the block's first row, r11 of its second (the first again when there is none),
# zmm0 to zmm3 sums of row 0 (H0 H1 L0 L1), zmm4 to zmm7 of row 1; zmm25 0x80 bytes.
.macro VNNI_STEP rows
    .set .Lquad, 0
    .rept 16
    vpxord zmm8, zmm25, [rbx + 128 * .Lquad]
    vpxord zmm9, zmm25, [rbx + 128 * .Lquad + 64]
    vpbroadcastd zmm10, dword ptr [r10 + 4 * .Lquad]
    vpbroadcastd zmm11, dword ptr [r10 + 4 * .Lquad + 1024]
    .if \rows == 2
    vpbroadcastd zmm12, dword ptr [r11 + 4 * .Lquad]
    vpbroadcastd zmm13, dword ptr [r11 + 4 * .Lquad + 1024]
    .endif
    vpdpbusd zmm0, zmm8, zmm10
    vpdpbusd zmm1, zmm9, zmm10
    vpdpbusd zmm2, zmm8, zmm11
    vpdpbusd zmm3, zmm9, zmm11
    .if \rows == 2
    vpdpbusd zmm4, zmm8, zmm12
    vpdpbusd zmm5, zmm9, zmm12
    vpdpbusd zmm6, zmm8, zmm13
    vpdpbusd zmm7, zmm9, zmm13
    .endif
    .set .Lquad, .Lquad + 1
    .endr
    add rbx, 2048
    add r10, 2048
    .if \rows == 2
    add r11, 2048
    .endif
.endm
FUNCTION vnni_linear_int8
    ENTER D_FRAME
    INT8_PANEL_SETUP
    mov eax, 0x43000000                 # 128
    vpbroadcastd zmm26, eax
    mov eax, 0x80808080
    vpbroadcastd zmm25, eax
    lea r9, [rsi + WINDOW]
    mov rax, [rsp + D_PANELS]
    imul rax, [rsp + D_PANEL_BYTES]
    add rax, rsi
    mov [rsp + D_END], rax
    mov dword ptr [rsp + D_STEPS], WINDOW / STEP
    cmp r9, rax
    cmovae r9, [rsp + D_HINT]
.Lvnni_panel:
    INT8_PANEL_COLUMNS
    xor r12d, r12d                      # row
.Lvnni_rows:
    # Block and row in block.
    mov rax, r12
    shr rax, 4
    imul rax, [rsp + D_TILE_BYTES]
    add rax, [rsp + D_A]
    mov r13, r12
    and r13d, 15
    lea r14, [rax + 4 * r13]            # heads of the row
    shl r13, 6
    lea r10, [rax + r13 + DIGITS_HEAD]
    mov eax, 64
    xor r13d, r13d
    mov r15d, 4
    cmp qword ptr [rsp + D_LEFT], 1
    cmove rax, r13
    cmove r15, r13
    lea r11, [r10 + rax]
    lea r13, [r14 + r15]
    vpbroadcastd zmm0, dword ptr [r14 + 64]
    vmovdqa64 zmm1, zmm0
    vpbroadcastd zmm2, dword ptr [r14 + 128]
    vmovdqa64 zmm3, zmm2
    vpbroadcastd zmm4, dword ptr [r13 + 64]
    vmovdqa64 zmm5, zmm4
    vpbroadcastd zmm6, dword ptr [r13 + 128]
    vmovdqa64 zmm7, zmm6
    mov rbx, rsi
    mov r15, [rbp + N6]
    test r12d, r12d
    jnz .Lvnni_again
    # The first rows bring the panel from memory, the others find it in the cache.
    mov edi, [rsp + D_STEPS]
    cmp qword ptr [rsp + D_LEFT], 1
    je .Lvnni_row
    LOOP_ALIGN
1:  PREFETCH_WINDOW edi, D_END, D_HINT
    VNNI_STEP 2
    dec r15
    jnz 1b
    mov [rsp + D_STEPS], edi
    jmp .Lvnni_combine
.Lvnni_row:
    LOOP_ALIGN
1:  PREFETCH_WINDOW edi, D_END, D_HINT
    VNNI_STEP 1
    dec r15
    jnz 1b
    mov [rsp + D_STEPS], edi
    jmp .Lvnni_combine
.Lvnni_again:
    LOOP_ALIGN
2:  VNNI_STEP 2
    dec r15
    jnz 2b
.Lvnni_combine:
    vbroadcastss zmm10, dword ptr [r14]
    vbroadcastss zmm11, dword ptr [r13]
    COMBINE_DIGITS zmm0, zmm1, zmm2, zmm3, zmm10
    COMBINE_DIGITS zmm4, zmm5, zmm6, zmm7, zmm11
    vmovaps [rsp], zmm0
    vmovaps [rsp + 64], zmm1
    vmovaps [rsp + 128], zmm4
    vmovaps [rsp + 192], zmm5
    mov eax, 2
    mov r10d, 1
    cmp qword ptr [rsp + D_LEFT], 1
    cmove eax, r10d
    mov rbx, rsp
    mov r10, [rsp + D_OUT]
    mov r11, [rsp + D_RESIDUAL]
    mov r15, [rbp + N7]
    mov r14, [rbp + N8]
    STORE_ROWS
    mov [rsp + D_OUT], r10
    mov [rsp + D_RESIDUAL], r11
    add r12d, 2
    sub qword ptr [rsp + D_LEFT], 2
    jg .Lvnni_rows
    INT8_NEXT_PANEL .Lvnni_panel
    LEAVE
