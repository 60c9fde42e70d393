# Attention on the matrix unit: full attention, and causal attention inside a prompt. Queries, keys, probabilities and values are split into two bf16 terms each; of the
# four products of terms the three that matter are added: hi hi, lo hi, hi lo. What is left out is 2^-16 of a product,
# the size of what bf16_split leaves out of an activation. Softmax is f32.
#
# Packed keys and values of a head (attention_pack_amx), both in tiles of 16 pairs x 32 columns x 2, 2048 bytes, the
# high terms and then the low terms:
#   keys    [keys/32][d/32][hi, lo][16 pairs of d][32 keys][2]
#   values  [d/32][keys/32][hi, lo][16 pairs of keys][32 of d][2]
# Keys past the last one and columns past d are zero: a probability of 0 would not hide a NaN there. (Keys of a cache that
# are past the last one may hold anything: their scores are not looked at, and only their values are zero.)

# 32 values by the bounds of SPLIT_BOUNDS; spoils zmm27 and zmm28 too.
.macro SPLIT_32 x0, x1, hi, lo
    SPLIT_TERMS \x0, \x1, \hi, \lo, 31, 30, 27, 28
.endm

.macro SPLIT_BOUNDS
    mov eax, 0x7f7f0000
    vpbroadcastd zmm31, eax
    mov eax, 0xff7f0000
    vpbroadcastd zmm30, eax
.endm

# Weights of the softmax, which leave as two bf16 terms: e^x for x <= 0 to 2^-22, with a short polynomial, rounding by
# adding 1.5 * 2^23, and 2^n added to the exponent. x is clamped to -86, so that the exponent stays in range: weights
# below 1e-37 do not count. NaN stays NaN.
    .balign 64, 0xCC
weight_constants:
    .long 0x3fb8aa3b                    # 1 / ln 2
    .long 0x4b400000                    # 1.5 * 2^23
    .long 0x3f317218                    # ln 2
    .long 0x3c083073                    # q3 .. q0: (e^r - 1 - r) / r^2
    .long 0x3d2b951e
    .long 0x3e2aabd9
    .long 0x3efffefe
    .long 0x3f800000                    # 1
    .long 0xc2ac0000                    # -86
    .long 0xffff0000                    # upper half of a lane
.macro WEIGHT_CONSTANTS
    vbroadcastss zmm31, dword ptr [rip + weight_constants]
    vbroadcastss zmm30, dword ptr [rip + weight_constants + 4]
    vbroadcastss zmm29, dword ptr [rip + weight_constants + 8]
    vbroadcastss zmm28, dword ptr [rip + weight_constants + 12]
    vbroadcastss zmm27, dword ptr [rip + weight_constants + 16]
    vbroadcastss zmm26, dword ptr [rip + weight_constants + 20]
    vbroadcastss zmm25, dword ptr [rip + weight_constants + 24]
    vbroadcastss zmm24, dword ptr [rip + weight_constants + 28]
    vbroadcastss zmm23, dword ptr [rip + weight_constants + 32]
    vbroadcastss zmm22, dword ptr [rip + weight_constants + 36]
.endm
.macro WEIGHT x, n, p
    vmaxps \x, zmm23, \x
    vmovaps \n, zmm30
    vfmadd231ps \n, \x, zmm31
    vsubps \p, \n, zmm30
    vfnmadd231ps \x, \p, zmm29
    vmovaps \p, zmm28
    vfmadd213ps \p, \x, zmm27
    vfmadd213ps \p, \x, zmm26
    vfmadd213ps \p, \x, zmm25
    vfmadd213ps \p, \x, zmm24
    vfmadd213ps \p, \x, zmm24
    vpslld \n, \n, 23
    vpaddd \x, \p, \n
.endm

# transpose_16: 16 rows of 16 dwords at [r10] (64 bytes apart) become columns at [r11] (128 bytes apart).
# Four rows at a time are interleaved so that a 128-bit lane holds four rows of one column; then lanes are exchanged.
# Spoils zmm0 to zmm23.
.macro FOUR_ROWS at, c0, c1, c2, c3
    vmovdqa64 zmm16, [r10 + \at]
    vmovdqa64 zmm17, [r10 + \at + 64]
    vmovdqa64 zmm18, [r10 + \at + 128]
    vmovdqa64 zmm19, [r10 + \at + 192]
    vpunpckldq zmm20, zmm16, zmm17
    vpunpckhdq zmm21, zmm16, zmm17
    vpunpckldq zmm22, zmm18, zmm19
    vpunpckhdq zmm23, zmm18, zmm19
    vpunpcklqdq \c0, zmm20, zmm22
    vpunpckhqdq \c1, zmm20, zmm22
    vpunpcklqdq \c2, zmm21, zmm23
    vpunpckhqdq \c3, zmm21, zmm23
.endm
.macro FOUR_COLUMNS at, g0, g1, g2, g3
    vshufi32x4 zmm16, \g0, \g1, 0x88
    vshufi32x4 zmm17, \g2, \g3, 0x88
    vshufi32x4 zmm18, \g0, \g1, 0xdd
    vshufi32x4 zmm19, \g2, \g3, 0xdd
    vshufi32x4 zmm20, zmm16, zmm17, 0x88
    vshufi32x4 zmm21, zmm18, zmm19, 0x88
    vshufi32x4 zmm22, zmm16, zmm17, 0xdd
    vshufi32x4 zmm23, zmm18, zmm19, 0xdd
    vmovups [r11 + \at], zmm20
    vmovups [r11 + \at + 512], zmm21
    vmovups [r11 + \at + 1024], zmm22
    vmovups [r11 + \at + 1536], zmm23
.endm
    .balign 64, 0xCC
transpose_16:
    FOUR_ROWS 0, zmm0, zmm1, zmm2, zmm3
    FOUR_ROWS 256, zmm4, zmm5, zmm6, zmm7
    FOUR_ROWS 512, zmm8, zmm9, zmm10, zmm11
    FOUR_ROWS 768, zmm12, zmm13, zmm14, zmm15
    FOUR_COLUMNS 0, zmm0, zmm4, zmm8, zmm12
    FOUR_COLUMNS 128, zmm1, zmm5, zmm9, zmm13
    FOUR_COLUMNS 256, zmm2, zmm6, zmm10, zmm14
    FOUR_COLUMNS 384, zmm3, zmm7, zmm11, zmm15
    ret

# Tile row at [rdx + r9 + offset]: in lane i column i of the bf16 row even in the lower half, of odd in the upper.
.macro PAIR_ROWS even, odd, offset
    vpmovzxwd zmm8, ymm\even
    vpmovzxwd zmm9, ymm\odd
    vpslld zmm9, zmm9, 16
    vpord zmm8, zmm8, zmm9
    vmovups [rdx + r9 + \offset], zmm8
    vextracti64x4 ymm8, zmm\even, 1
    vextracti64x4 ymm9, zmm\odd, 1
    vpmovzxwd zmm8, ymm8
    vpmovzxwd zmm9, ymm9
    vpslld zmm9, zmm9, 16
    vpord zmm8, zmm8, zmm9
    vmovups [rdx + r9 + \offset + 64], zmm8
.endm

# attention_pack_amx: panels n6 to n7 - 1 (of 32 keys) of one head of a span.
#   p0 k  p1 v  p2 packed keys  p3 packed values
#   n0 first row of the span  n1 keys  n2 k stride  n3 v stride  n4 head's column  n5 d  n6 first panel  n7 end panel
#   n8 bytes from p2 to the head's keys  n9 bytes from p3 to its values
#
# Frame: 16 rows of high and of low pairs, to be transposed.
.equ K_HIGH, 0
.equ K_LOW, 1024
.equ K_FROM, 2048                       # k at the panel's first key
.equ K_TO, 2056
.equ V_FROM, 2064
.equ V_TO, 2072
.equ K_KEYS, 2080                       # keys left, from the panel's first on
.equ K_PANEL, 2088
.equ V_PITCH, 2096                      # bytes of a panel of 32 value columns
.equ K_COLS, 2104
.equ K_AT, 2112
.equ K_ROW_KEYS, 2120
FUNCTION attention_pack_amx
    ENTER 2176
    SPLIT_BOUNDS
    add rdx, [rbp + N8]
    add rcx, [rbp + N9]
    mov rax, [rbp + N6]
    mov [rsp + K_PANEL], rax
    shl rax, 5
    mov rbx, [rbp + N1]
    sub rbx, rax
    mov [rsp + K_KEYS], rbx
    add rax, [rbp + N0]
    mov r10, [rbp + N4]
    mov rbx, rax
    imul rbx, [rbp + N2]
    add rbx, rdi
    lea rbx, [rbx + 4 * r10]
    mov [rsp + K_FROM], rbx
    imul rax, [rbp + N3]
    add rax, rsi
    lea rax, [rax + 4 * r10]
    mov [rsp + V_FROM], rax
    mov r12, [rbp + N5]
    add r12, 31
    shr r12, 5                          # steps of d
    mov rax, [rbp + N6]
    mov rbx, rax
    imul rax, r12
    shl rax, 12
    add rdx, rax
    mov [rsp + K_TO], rdx
    shl rbx, 12
    add rcx, rbx
    mov [rsp + V_TO], rcx
    mov rax, [rbp + N1]
    add rax, 31
    shr rax, 5
    shl rax, 12
    mov [rsp + V_PITCH], rax

.Lpack_amx_panel:
    mov rax, [rsp + K_PANEL]
    cmp rax, [rbp + N7]
    jge .Lpack_amx_done
    # Keys: per step of d, two halves of 16 keys.
    mov rax, [rsp + K_FROM]
    mov [rsp + K_AT], rax
    mov rax, [rbp + N5]
    mov [rsp + K_COLS], rax
    mov rdx, [rsp + K_TO]
.Lpack_amx_step:
    mov rbx, [rsp + K_COLS]
    LANES k1, rbx, r14
    sub rbx, 16
    LANES k2, rbx, r14
    mov rax, [rsp + K_KEYS]
    mov [rsp + K_ROW_KEYS], rax
    mov rdi, [rsp + K_AT]
    mov r13, [rbp + N2]
    shl r13, 5
    xor r8d, r8d                        # half: 0 or 64 bytes into the tile
.Lpack_amx_half:
    xor r9d, r9d
1:  vpxord zmm0, zmm0, zmm0
    vpxord zmm1, zmm1, zmm1
    cmp qword ptr [rsp + K_ROW_KEYS], 0
    jle 2f
    vmovups zmm0{k1}{z}, [rdi]
    vmovups zmm1{k2}{z}, [rdi + 64]
2:  prefetcht0 [rdi + r13]               # the same key of the next panel
    prefetcht0 [rdi + r13 + 64]
    SPLIT_32 0, 1, 2, 3
    vmovdqa64 [rsp + r9 + K_HIGH], zmm2
    vmovdqa64 [rsp + r9 + K_LOW], zmm3
    add rdi, [rbp + N2]
    dec qword ptr [rsp + K_ROW_KEYS]
    add r9d, 64
    cmp r9d, 1024
    jl 1b
    lea r10, [rsp + K_HIGH]
    lea r11, [rdx + r8]
    call transpose_16
    lea r10, [rsp + K_LOW]
    lea r11, [rdx + r8 + 2048]
    call transpose_16
    xor r8d, 64
    jnz .Lpack_amx_half
    add rdx, 4096
    add qword ptr [rsp + K_AT], 128
    sub qword ptr [rsp + K_COLS], 32
    jg .Lpack_amx_step
    mov [rsp + K_TO], rdx

    # Values: pairs of keys, 32 columns at a time.
    mov rax, [rsp + V_FROM]
    mov [rsp + K_AT], rax
    mov rax, [rbp + N5]
    mov [rsp + K_COLS], rax
    mov rdx, [rsp + V_TO]
.Lpack_amx_columns:
    mov rbx, [rsp + K_COLS]
    LANES k1, rbx, r14
    sub rbx, 16
    LANES k2, rbx, r14
    mov r15, [rsp + K_KEYS]
    mov rdi, [rsp + K_AT]
    mov rsi, [rbp + N3]
    mov r13, rsi
    shl r13, 5
    xor r9d, r9d
3:  lea rax, [rdi + r13]
    prefetcht0 [rax]
    prefetcht0 [rax + 64]
    prefetcht0 [rax + rsi]
    prefetcht0 [rax + rsi + 64]
     vpxord zmm0, zmm0, zmm0
    vpxord zmm1, zmm1, zmm1
    vpxord zmm2, zmm2, zmm2
    vpxord zmm3, zmm3, zmm3
    cmp r15, 1
    jl 5f
    je 4f
    vmovups zmm2{k1}{z}, [rdi + rsi]
    vmovups zmm3{k2}{z}, [rdi + rsi + 64]
4:  vmovups zmm0{k1}{z}, [rdi]
    vmovups zmm1{k2}{z}, [rdi + 64]
5:  SPLIT_32 0, 1, 4, 5
    SPLIT_32 2, 3, 6, 7
    # Lane i of the tile row: column i of the even key below, of the odd key above.
    PAIR_ROWS 4, 6, 0
    PAIR_ROWS 5, 7, 2048
    lea rdi, [rdi + 2 * rsi]
    sub r15, 2
    add r9d, 128
    cmp r9d, 2048
    jl 3b
    add rdx, [rsp + V_PITCH]
    add qword ptr [rsp + K_AT], 128
    sub qword ptr [rsp + K_COLS], 32
    jg .Lpack_amx_columns

    add qword ptr [rsp + V_TO], 4096
    mov rax, [rbp + N2]
    shl rax, 5
    add [rsp + K_FROM], rax
    mov rax, [rbp + N3]
    shl rax, 5
    add [rsp + V_FROM], rax
    sub qword ptr [rsp + K_KEYS], 32
    inc qword ptr [rsp + K_PANEL]
    jmp .Lpack_amx_panel
.Lpack_amx_done:
    LEAVE

# attention_pack_cache_amx: panels of 32 columns in f32, as a cache holds keys (rows are elements of the head) and values
# (rows are positions), into tiles as above. Rows past the last one become zero.
#   p0 first panel  p1 packed
#   n0 panels  n1 rows  n2 bytes of a panel  n3 bytes of a packed panel  n4 bytes from p1 to the first packed panel
FUNCTION attention_pack_cache_amx
    ENTER
    SPLIT_BOUNDS
    add rsi, [rbp + N4]
    mov r12, [rbp + N0]
.Lpack_cache_panel:
    mov r10, rdi
    mov rdx, rsi
    mov r15, [rbp + N1]
.Lpack_cache_block:
    xor r9d, r9d
1:  vpxord zmm0, zmm0, zmm0
    vpxord zmm1, zmm1, zmm1
    vpxord zmm2, zmm2, zmm2
    vpxord zmm3, zmm3, zmm3
    cmp r15, 1
    jl 3f
    je 2f
    vmovups zmm2, [r10 + 128]
    vmovups zmm3, [r10 + 192]
2:  vmovups zmm0, [r10]
    vmovups zmm1, [r10 + 64]
3:  SPLIT_32 0, 1, 4, 5
    SPLIT_32 2, 3, 6, 7
    PAIR_ROWS 4, 6, 0
    PAIR_ROWS 5, 7, 2048
    add r10, 256
    sub r15, 2
    add r9d, 128
    cmp r9d, 2048
    jl 1b
    add rdx, 4096
    test r15, r15
    jg .Lpack_cache_block
    add rdi, [rbp + N2]
    add rsi, [rbp + N3]
    dec r12
    jnz .Lpack_cache_panel
    LEAVE

# attention_rows_amx: rows n0 to n1 - 1 of one head, 32 at a time.
#   p0 q  p1 packed keys  p2 packed values  p3 out  p4 scratch of the worker: query tiles, scores, probability tiles
#   n0 first row  n1 end row  n2 keys  n3 d  n4 q stride  n5 out stride  n6 scale  n7 score stride
#   n8 head's column  n9 bytes from p1 to the head's keys  n10 bytes from p2 to its values
#   n11 terms per value: 2, or 1 for the product of the high terms alone
# causal_rows_amx: the same against a packed cache; row n0 sees n2 positions, each next one more, and the value panels of a
# head lie (n7 - 64) * 32 bytes apart.
# Scratch: query tiles [2][d/32][hi, lo][1 KiB], 32 rows of scores, probability tiles [2][keys/32][hi, lo][1 KiB].
#
# Per block of 32 rows: queries times scale are split into A tiles; scores are stored as they come; softmax turns them
# into A tiles again; the sums of p V are divided at the end. A block of products is 32 x 32, C in tmm0 to tmm3, B in
# tmm6 and tmm7, A in tmm4, tmm5 unused and inputs zeroed as in amx_linear_bf16. Per step: 10 loads, 12 products.
.equ R_TILE, 0                          # 32 x 32 f32
.equ R_CONFIG, 4096                     # = CONFIG, for CONFIGURE_TILES
.equ R_INVERSE, 4160                    # 32 f32
.equ R_Q, 4288
.equ R_OUT, 4296
.equ R_K, 4304
.equ R_V, 4312
.equ R_QUERIES, 4320
.equ R_SCORES, 4328
.equ R_PROBABILITIES, 4336
.equ R_ROWS, 4344
.equ R_BLOCK_ROWS, 4352
.equ R_STEPS, 4360                      # of d
.equ R_KEY_STEPS, 4368                  # panels of 32 keys
.equ R_LEFT, 4376
.equ R_AT, 4384
.equ R_OUT_AT, 4392
.equ R_COLS, 4400
.equ R_KEYS, 4408                       # that the block's first row sees
.equ R_FRAME, 4480

# r15 steps of a block: A tiles at r10 (row tile 0) and r11 (row tile 1), 2048 bytes a step; B at rbx, 4096 a step.
.macro SPLIT_PRODUCTS
    LOOP_ALIGN
61: tileloadd tmm6, [rbx + r14]
    tileloadd tmm7, [rbx + r14 + 64]
    tileloadd tmm4, [r10 + r13]
    tdpbf16ps tmm0, tmm4, tmm6
    PREFETCH_STEP rbx, 4096, 16
    tdpbf16ps tmm1, tmm4, tmm7
    tilezero tmm4
    PREFETCH_STEP rbx, 5120, 16
    tileloadd tmm4, [r10 + r13 + 1024]
    tdpbf16ps tmm0, tmm4, tmm6
    PREFETCH_STEP rbx, 6144, 16
    tdpbf16ps tmm1, tmm4, tmm7
    tilezero tmm4
    PREFETCH_STEP rbx, 7168, 16
    tileloadd tmm4, [r11 + r13]
    tdpbf16ps tmm2, tmm4, tmm6
    PREFETCH_STEP r10, 2048, 16
    tdpbf16ps tmm3, tmm4, tmm7
    tilezero tmm4
    PREFETCH_STEP r10, 3072, 16
    tileloadd tmm4, [r11 + r13 + 1024]
    tdpbf16ps tmm2, tmm4, tmm6
    tilezero tmm6
    PREFETCH_STEP r11, 2048, 16
    tdpbf16ps tmm3, tmm4, tmm7
    tilezero tmm4
    tilezero tmm7
    PREFETCH_STEP r11, 3072, 16
    tileloadd tmm6, [rbx + r14 + 2048]
    tileloadd tmm7, [rbx + r14 + 2112]
    tileloadd tmm4, [r10 + r13]
    tdpbf16ps tmm0, tmm4, tmm6
    tdpbf16ps tmm1, tmm4, tmm7
    tilezero tmm4
    tileloadd tmm4, [r11 + r13]
    tdpbf16ps tmm2, tmm4, tmm6
    tilezero tmm6
    tdpbf16ps tmm3, tmm4, tmm7
    tilezero tmm4
    tilezero tmm7
    KEEP_FLOATS_ON
    add r10, 2048
    add r11, 2048
    add rbx, 4096
    dec r15
    jnz 61b
.endm

# The same with the high terms alone.
.macro HIGH_PRODUCTS
    LOOP_ALIGN
62: tileloadd tmm6, [rbx + r14]
    tileloadd tmm7, [rbx + r14 + 64]
    tileloadd tmm4, [r10 + r13]
    tdpbf16ps tmm0, tmm4, tmm6
    PREFETCH_STEP rbx, 4096, 32
    tdpbf16ps tmm1, tmm4, tmm7
    tilezero tmm4
    PREFETCH_STEP r10, 2048, 16
    tileloadd tmm4, [r11 + r13]
    tdpbf16ps tmm2, tmm4, tmm6
    tilezero tmm6
    PREFETCH_STEP r11, 2048, 16
    tdpbf16ps tmm3, tmm4, tmm7
    tilezero tmm4
    tilezero tmm7
    KEEP_FLOATS_ON
    add r10, 2048
    add r11, 2048
    add rbx, 4096
    dec r15
    jnz 62b
.endm

# What n11 asks for.
.macro PRODUCTS
    cmp qword ptr [rbp + N11], 1
    je 63f
    SPLIT_PRODUCTS
    jmp 64f
63: HIGH_PRODUCTS
64:
.endm

.macro ZERO_TILES
    tilezero tmm0
    tilezero tmm1
    tilezero tmm2
    tilezero tmm3
.endm

.macro ROWS_AMX name, causal
FUNCTION \name
    ENTER R_FRAME
    add rsi, [rbp + N9]
    mov [rsp + R_K], rsi
    add rdx, [rbp + N10]
    mov [rsp + R_V], rdx
    mov [rsp + R_QUERIES], r8
    mov rax, [rbp + N3]
    add rax, 31
    shr rax, 5
    mov [rsp + R_STEPS], rax
    shl rax, 12
    add r8, rax
    mov [rsp + R_SCORES], r8
    mov rax, [rbp + N7]
    shl rax, 5
    add r8, rax
    mov [rsp + R_PROBABILITIES], r8
    mov rax, [rbp + N0]
    mov rbx, [rbp + N8]
    mov r10, rax
    imul r10, [rbp + N4]
    add r10, rdi
    lea r10, [r10 + 4 * rbx]
    mov [rsp + R_Q], r10
    mov r10, rax
    imul r10, [rbp + N5]
    add r10, rcx
    lea r10, [r10 + 4 * rbx]
    mov [rsp + R_OUT], r10
    mov r10, [rbp + N1]
    sub r10, rax
    mov [rsp + R_ROWS], r10
    mov rax, [rbp + N2]
    mov [rsp + R_KEYS], rax
    add rax, 31
    shr rax, 5
    mov [rsp + R_KEY_STEPS], rax
    mov eax, 16
    CONFIGURE_TILES
    mov r13d, 64

.L\name\()_block:
    mov eax, 32
    cmp [rsp + R_ROWS], rax
    cmovl rax, [rsp + R_ROWS]
    mov [rsp + R_BLOCK_ROWS], rax
    .if \causal
    add rax, [rsp + R_KEYS]
    add rax, 30                         # the last row sees as many, less one
    shr rax, 5
    mov [rsp + R_KEY_STEPS], rax
    .endif

    # Queries: row i to tile i / 16, row i % 16 of every step. Rows past the last one stay what they are: rows of A
    # do not touch each other.
    SPLIT_BOUNDS
    vbroadcastss zmm20, dword ptr [rbp + N6]
    mov rdi, [rsp + R_Q]
    xor r12d, r12d
1:  mov rax, r12
    shr rax, 4
    imul rax, [rsp + R_STEPS]
    shl rax, 11
    mov rbx, r12
    and ebx, 15
    shl rbx, 6
    lea r11, [rax + rbx]
    add r11, [rsp + R_QUERIES]
    mov r10, rdi
    mov rcx, [rbp + N3]
2:  LANES k1, rcx, r14
    sub rcx, 16
    LANES k2, rcx, r14
    vmovups zmm0{k1}{z}, [r10]
    vmovups zmm1{k2}{z}, [r10 + 64]
    vmulps zmm0, zmm0, zmm20
    vmulps zmm1, zmm1, zmm20
    SPLIT_32 0, 1, 2, 3
    vmovups [r11], zmm2
    vmovups [r11 + 1024], zmm3
    add r10, 128
    add r11, 2048
    sub rcx, 16
    jg 2b
    add rdi, [rbp + N4]
    inc r12d
    cmp r12, [rsp + R_BLOCK_ROWS]
    jl 1b

    # Scores.
    mov rbx, [rsp + R_K]
    mov r8, [rsp + R_SCORES]
    mov rdi, [rbp + N7]
    mov r9, rdi
    shl r9, 4                           # bytes of 16 rows of scores
    mov rax, [rsp + R_KEY_STEPS]
    mov [rsp + R_LEFT], rax
    mov r14d, 128
3:  ZERO_TILES
    mov r10, [rsp + R_QUERIES]
    mov r15, [rsp + R_STEPS]
    mov r11, r15
    shl r11, 11
    add r11, r10
    PRODUCTS
    tilestored [r8 + rdi], tmm0
    tilestored [r8 + rdi + 64], tmm1
    lea rax, [r8 + r9]
    tilestored [rax + rdi], tmm2
    tilestored [rax + rdi + 64], tmm3
    add r8, 128
    dec qword ptr [rsp + R_LEFT]
    jnz 3b

    # Softmax of each row; the exponentials go to the probability tiles.
    WEIGHT_CONSTANTS
    mov r9, [rsp + R_KEYS]
    xor r12d, r12d
    mov rdi, [rsp + R_SCORES]
.L\name\()_softmax_row:
    mov rbx, r9
    and ebx, 31
    LANES k1, rbx, r14                  # the rest of a step of 32: low and high vector
    sub rbx, 16
    LANES k2, rbx, r14
    mov eax, 0xff800000                 # -infinity
    vpbroadcastd zmm0, eax
    vmovaps zmm5, zmm0
    mov r10, rdi
    mov rcx, r9
    sub rcx, 32
    jl 5f
    LOOP_ALIGN
4:  vmaxps zmm0, zmm0, [r10]
    vmaxps zmm5, zmm5, [r10 + 64]
    add r10, 128
    sub rcx, 32
    jge 4b
5:  vmovaps zmm2, zmm0
    vmovups zmm2{k1}, [r10]
    vmaxps zmm0, zmm0, zmm2
    vmovaps zmm2, zmm5
    vmovups zmm2{k2}, [r10 + 64]
    vmaxps zmm5, zmm5, zmm2
    vmaxps zmm0, zmm0, zmm5
    FOLD vmaxps
    vbroadcastss zmm10, xmm0
    mov rax, r12
    shr rax, 4
    imul rax, [rsp + R_KEY_STEPS]
    shl rax, 11
    mov rbx, r12
    and ebx, 15
    shl rbx, 6
    lea r11, [rax + rbx]
    add r11, [rsp + R_PROBABILITIES]
    vpxord zmm11, zmm11, zmm11
    vpxord zmm12, zmm12, zmm12
    mov r10, rdi
    mov rcx, r9
    sub rcx, 32
    jl 7f
    LOOP_ALIGN
6:  vmovups zmm0, [r10]
    vmovups zmm1, [r10 + 64]
    vsubps zmm0, zmm0, zmm10
    vsubps zmm1, zmm1, zmm10
    WEIGHT zmm0, zmm2, zmm3
    WEIGHT zmm1, zmm4, zmm5
    vaddps zmm11, zmm11, zmm0
    vaddps zmm12, zmm12, zmm1
    call .Lsplit_probabilities
    add r10, 128
    sub rcx, 32
    jge 6b
7:  add rcx, 32
    jz 8f
    vmovups zmm0{k1}{z}, [r10]
    vmovups zmm1{k2}{z}, [r10 + 64]
    vsubps zmm0, zmm0, zmm10
    vsubps zmm1, zmm1, zmm10
    WEIGHT zmm0, zmm2, zmm3
    WEIGHT zmm1, zmm4, zmm5
    vmovaps zmm0{k1}{z}, zmm0
    vmovaps zmm1{k2}{z}, zmm1
    vaddps zmm11, zmm11, zmm0
    vaddps zmm12, zmm12, zmm1
    call .Lsplit_probabilities
8:
    .if \causal
    # A later row of the block may see a step more: this one's weights there are zero.
    lea rax, [r9 + 31]
    shr rax, 5
    cmp rax, [rsp + R_KEY_STEPS]
    jge 10f
    vpxord zmm0, zmm0, zmm0
    vmovups [r11], zmm0
    vmovups [r11 + 1024], zmm0
10: inc r9
    .endif
    vaddps zmm0, zmm11, zmm12
    FOLD vaddps
    vdivss xmm0, xmm24, xmm0
    vmovss [rsp + R_INVERSE + 4 * r12], xmm0
    add rdi, [rbp + N7]
    inc r12d
    cmp r12, [rsp + R_BLOCK_ROWS]
    jl .L\name\()_softmax_row

    # Values.
    mov rax, [rsp + R_V]
    mov [rsp + R_AT], rax
    mov rax, [rsp + R_OUT]
    mov [rsp + R_OUT_AT], rax
    mov rax, [rbp + N3]
    mov [rsp + R_COLS], rax
.L\name\()_values:
    ZERO_TILES
    mov r14d, 128
    mov r10, [rsp + R_PROBABILITIES]
    mov r15, [rsp + R_KEY_STEPS]
    mov r11, r15
    shl r11, 11
    add r11, r10
    mov rbx, [rsp + R_AT]
    PRODUCTS
    .if \causal
    mov rbx, [rbp + N7]
    sub rbx, 64
    shl rbx, 5
    add [rsp + R_AT], rbx
    .else
    mov [rsp + R_AT], rbx               # the next panel of columns follows
    .endif
    tilestored [rsp + r14], tmm0
    tilestored [rsp + r14 + 64], tmm1
    tilestored [rsp + r14 + 2048], tmm2
    tilestored [rsp + r14 + 2112], tmm3
    mov r8, [rsp + R_COLS]
    LANES k1, r8, r14
    sub r8, 16
    LANES k2, r8, r14
    mov r10, [rsp + R_OUT_AT]
    mov rbx, rsp
    xor r12d, r12d
9:  vbroadcastss zmm2, dword ptr [rsp + R_INVERSE + 4 * r12]
    vmulps zmm0, zmm2, [rbx]
    vmulps zmm1, zmm2, [rbx + 64]
    vmovups [r10]{k1}, zmm0
    vmovups [r10 + 64]{k2}, zmm1
    add rbx, 128
    add r10, [rbp + N5]
    inc r12d
    cmp r12, [rsp + R_BLOCK_ROWS]
    jl 9b
    add qword ptr [rsp + R_OUT_AT], 128
    sub qword ptr [rsp + R_COLS], 32
    jg .L\name\()_values

    mov rax, [rbp + N4]
    shl rax, 5
    add [rsp + R_Q], rax
    mov rax, [rbp + N5]
    shl rax, 5
    add [rsp + R_OUT], rax
    .if \causal
    add qword ptr [rsp + R_KEYS], 32
    .endif
    sub qword ptr [rsp + R_ROWS], 32
    jg .L\name\()_block
    tilerelease
    LEAVE
.endm
ROWS_AMX attention_rows_amx, 0
ROWS_AMX causal_rows_amx, 1

# zmm0, zmm1 = 32 weights (0 to 1) -> [r11] high, [r11 + 1024] low; r11 to the next step. The high term is cut off,
# not rounded, which saves the way back from bf16.
.Lsplit_probabilities:
    vpandd zmm2, zmm0, zmm22
    vpandd zmm3, zmm1, zmm22
    vcvtne2ps2bf16 zmm4, zmm3, zmm2
    vsubps zmm0, zmm0, zmm2
    vsubps zmm1, zmm1, zmm3
    vcvtne2ps2bf16 zmm0, zmm1, zmm0
    vmovups [r11], zmm4
    vmovups [r11 + 1024], zmm0
    add r11, 2048
    ret
