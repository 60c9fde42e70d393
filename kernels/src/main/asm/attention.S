# Attention in f32 on the tile routines of f32.S: scores = q K^T by panels of 32 keys, softmax per row, out = p V by
# groups of 32 columns; 12 query rows at a time. The chain over keys runs from key 0 up and a row's softmax depends on
# its own keys alone, so neither the rows of a tile nor the threads change a bit.

.equ T_TILE, 0                          # 12 x 32 f32
.equ T_INVERSE, 1536                    # 12 f32: 1 / sum
.equ T_Q, 1600                          # at the head's columns
.equ T_OUT, 1608
.equ T_K, 1616
.equ T_V, 1624
.equ T_SCORES, 1632
.equ T_ROWS, 1640                       # rows left
.equ T_TILE_ROWS, 1648
.equ T_KEYS, 1656                       # keys that all rows of the tile see
.equ T_LIMIT, 1664                      # keys that the last row sees
.equ T_COLS, 1672                       # columns of the head left
.equ T_AT, 1680
.equ T_OUT_AT, 1688
.equ T_SCORE_AT, 1696
.equ T_LEFT, 1704
.equ T_FRAME, 1728

# attention_pack: one head of keys and values of a span into panels.
#   p0 k  p1 v  p2 key panels [keys/32][d][32]  p3 value panels [d/32][keys][32]
#   n0 first row of the span  n1 keys  n2 k stride  n3 v stride  n4 head's column  n5 d  n6 first key  n7 end key
#   n8 bytes from p2 to the head's key panels  n9 bytes from p3 to its value panels
FUNCTION attention_pack
    ENTER
    vmovdqa64 zmm31, [rip + embed_steps]
    add rdx, [rbp + N8]
    add rcx, [rbp + N9]
    mov r12, [rbp + N6]
    mov rax, [rbp + N0]
    add rax, r12
    mov r13, [rbp + N4]
    mov rbx, rax
    imul rbx, [rbp + N2]
    add rdi, rbx
    lea rdi, [rdi + 4 * r13]
    imul rax, [rbp + N3]
    add rsi, rax
    lea rsi, [rsi + 4 * r13]
    mov r13, [rbp + N1]
    shl r13, 7                          # bytes of a group of value columns
    mov rax, r12
    shl rax, 7
    add rcx, rax                        # value of the first key
.Lpack_key:
    cmp r12, [rbp + N7]
    jge .Lpack_done
    mov rax, r12
    shr rax, 5
    imul rax, [rbp + N5]
    shl rax, 7
    mov rbx, r12
    and ebx, 31
    lea r11, [rax + 4 * rbx]
    add r11, rdx                        # element 0 of the key
    mov r10, rdi
    mov r8, [rbp + N5]
1:  LANES k1, r8, r14
    vmovups zmm0{k1}{z}, [r10]
    vscatterdps [r11 + zmm31]{k1}, zmm0
    add r10, 64
    add r11, 2048
    sub r8, 16
    jg 1b
    mov r10, rsi
    mov r11, rcx
    mov r8, [rbp + N5]
2:  LANES k1, r8, r14
    vmovups zmm0{k1}{z}, [r10]
    sub r8, 16
    LANES k1, r8, r14
    vmovups zmm1{k1}{z}, [r10 + 64]
    vmovups [r11], zmm0
    vmovups [r11 + 64], zmm1
    add r10, 128
    add r11, r13
    sub r8, 16
    jg 2b
    add rdi, [rbp + N2]
    add rsi, [rbp + N3]
    add rcx, 128
    inc r12
    jmp .Lpack_key
.Lpack_done:
    LEAVE

# Scores of the tile's rows against panels of keys until T_LIMIT; pitch is the register with the bytes of a panel.
.macro SCORES pitch, d, q_stride, score_stride
    mov rax, [rsp + T_K]
    mov [rsp + T_AT], rax
    mov rax, [rsp + T_SCORES]
    mov [rsp + T_SCORE_AT], rax
    mov rax, [rsp + T_LIMIT]
    mov [rsp + T_LEFT], rax
    kxnorw k1, k1, k1
    kmovw k2, k1
31: mov r10, [rsp + T_Q]
    mov r14, [rbp + \q_stride]
    mov rbx, [rsp + T_AT]
    mov r9d, 128
    mov r15, [rbp + \d]
    mov r8d, 2048
    mov rax, [rsp + T_SCORE_AT]
    mov rcx, [rbp + \score_stride]
    mov rdx, [rsp + T_TILE_ROWS]
    ZERO_SUMS
    CALL_TILE f32_tiles, r11
    add [rsp + T_AT], \pitch
    add qword ptr [rsp + T_SCORE_AT], 128
    sub qword ptr [rsp + T_LEFT], 32
    jg 31b
.endm

# Softmax of the tile's rows in place without the division; row i sees T_KEYS + i * step keys. Inverse sums to
# T_INVERSE.
.macro SOFTMAX_MAX tail
    .if \tail
    vmovups zmm2{k1}{z}, [r10]
    vmulps zmm2, zmm2, zmm20
    vmaxps zmm0{k1}, zmm0, zmm2
    .else
    vmulps zmm2, zmm20, [r10]
    vmaxps zmm0, zmm0, zmm2
    .endif
.endm
.macro SOFTMAX_EXP tail
    .if \tail
    vmovups zmm2{k1}{z}, [r10]
    vmulps zmm2, zmm2, zmm20
    .else
    vmulps zmm2, zmm20, [r10]
    .endif
    vsubps zmm2, zmm2, zmm10
    EXP zmm2, zmm3, zmm4
    .if \tail
    vmovups [r10]{k1}, zmm2
    vaddps zmm0{k1}, zmm0, zmm2
    .else
    vmovups [r10], zmm2
    vaddps zmm0, zmm0, zmm2
    .endif
.endm
.macro SOFTMAX_ROWS step, scale, score_stride
    EXP_CONSTANTS
    vbroadcastss zmm20, dword ptr [rbp + \scale]
    mov r8, [rsp + T_SCORES]
    mov r9, [rsp + T_KEYS]
    xor r12d, r12d
41: mov rbx, r9
    and rbx, 15
    LANES k1, rbx, r14
    mov eax, 0xff800000                 # -infinity
    vpbroadcastd zmm0, eax
    mov r10, r8
    mov rcx, r9
    EACH_VECTOR SOFTMAX_MAX
    FOLD vmaxps
    vbroadcastss zmm10, xmm0
    vpxord zmm0, zmm0, zmm0
    mov r10, r8
    mov rcx, r9
    EACH_VECTOR SOFTMAX_EXP
    FOLD vaddps
    vdivss xmm0, xmm23, xmm0
    vmovss [rsp + T_INVERSE + 4 * r12], xmm0
    add r8, [rbp + \score_stride]
    add r9, \step
    inc r12
    cmp r12, [rsp + T_TILE_ROWS]
    jl 41b
.endm

# The tile's sums times the inverse sums to out: 32 columns, those that the head has.
.macro STORE_HEAD out_stride
    mov r8, [rsp + T_COLS]
    LANES k1, r8, r14
    sub r8, 16
    LANES k2, r8, r14
    mov r10, [rsp + T_OUT_AT]
    lea rbx, [rsp + T_TILE]
    xor r12d, r12d
51: vbroadcastss zmm2, dword ptr [rsp + T_INVERSE + 4 * r12]
    vmulps zmm0, zmm2, [rbx]
    vmulps zmm1, zmm2, [rbx + 64]
    vmovups [r10]{k1}, zmm0
    vmovups [r10 + 64]{k2}, zmm1
    add rbx, 128
    add r10, [rbp + \out_stride]
    inc r12
    cmp r12, [rsp + T_TILE_ROWS]
    jl 51b
    add qword ptr [rsp + T_OUT_AT], 128
    kxnorw k1, k1, k1
    kmovw k2, k1
.endm

# Common start: q and out at the head and the first row (n0, n1 rows), scores and keys noted.
.macro HEAD_SETUP q_stride, out_stride, q_column, out_column
    mov rax, [rbp + N0]
    mov rbx, [rbp + \q_column]
    mov r10, rax
    imul r10, [rbp + \q_stride]
    add r10, rdi
    lea r10, [r10 + 4 * rbx]
    mov [rsp + T_Q], r10
    mov rbx, [rbp + \out_column]
    mov r10, rax
    imul r10, [rbp + \out_stride]
    add r10, rcx
    lea r10, [r10 + 4 * rbx]
    mov [rsp + T_OUT], r10
    mov [rsp + T_K], rsi
    mov [rsp + T_V], rdx
    mov [rsp + T_SCORES], r8
    mov r10, [rbp + N1]
    sub r10, rax
    mov [rsp + T_ROWS], r10
.endm

.macro TILE_BEGIN
    mov eax, 12
    cmp [rsp + T_ROWS], rax
    cmovl rax, [rsp + T_ROWS]
    mov [rsp + T_TILE_ROWS], rax
.endm

.macro TILE_NEXT q_stride, out_stride, again
    mov rax, [rsp + T_TILE_ROWS]
    mov rbx, rax
    imul rbx, [rbp + \q_stride]
    add [rsp + T_Q], rbx
    mov rbx, rax
    imul rbx, [rbp + \out_stride]
    add [rsp + T_OUT], rbx
    sub [rsp + T_ROWS], rax
    jg \again
.endm

# attention_rows: rows n0 to n1 - 1 of one head against the packed keys and values of their span.
#   p0 q  p1 key panels  p2 value panels  p3 out  p4 scores (12 rows)
#   n0 first row  n1 end row  n2 keys  n3 d  n4 q stride  n5 out stride  n6 scale  n7 score stride  n8 head's column
#   n9 bytes from p1 to the head's key panels  n10 bytes from p2 to its value panels
FUNCTION attention_rows
    ENTER T_FRAME
    add rsi, [rbp + N9]
    add rdx, [rbp + N10]
    HEAD_SETUP N4, N5, N8, N8
    mov rax, [rbp + N2]
    mov [rsp + T_KEYS], rax
    mov [rsp + T_LIMIT], rax
.Lattention_tile:
    TILE_BEGIN
    mov rsi, [rbp + N3]
    shl rsi, 7
    SCORES rsi, N3, N4, N7
    SOFTMAX_ROWS 0, N6, N7
    mov rax, [rsp + T_V]
    mov [rsp + T_AT], rax
    mov rax, [rsp + T_OUT]
    mov [rsp + T_OUT_AT], rax
    mov rax, [rbp + N3]
    mov [rsp + T_COLS], rax
    kxnorw k1, k1, k1
    kmovw k2, k1
1:  mov r10, [rsp + T_SCORES]
    mov r14, [rbp + N7]
    mov rbx, [rsp + T_AT]
    mov r9d, 128
    mov r15, [rbp + N2]
    mov r8d, 2048
    lea rax, [rsp + T_TILE]
    mov ecx, 128
    mov rdx, [rsp + T_TILE_ROWS]
    ZERO_SUMS
    CALL_TILE f32_tiles, r11
    STORE_HEAD N5
    mov rax, [rbp + N2]
    shl rax, 7
    add [rsp + T_AT], rax
    sub qword ptr [rsp + T_COLS], 32
    jg 1b
    TILE_NEXT N4, N5, .Lattention_tile
    LEAVE

# causal_attention_rows: rows n0 to n1 - 1 of one head against a cache; row n0 sees n2 positions, each next one more.
#   p0 q  p1 key panels [capacity/32][d padded to 32][32]  p2 value panels [d/32][capacity][32]  p3 out  p4 scores (12 rows)
#   n0 first row  n1 end row  n2 positions  n3 d  n4 q stride  n5 out stride  n6 scale  n7 score stride
#   n8 column of q  n9 bytes of a value panel  n11 column of out  n10 step: row i of the tile sees i * step positions more than row 0
# Step 1: rows are consecutive positions. Positions that all rows of a tile see go through the tile routine; the few last ones of each
# row come after them. Step 0: "rows" are query heads of one position that share this key/value head.
FUNCTION causal_attention_rows
    ENTER T_FRAME
    HEAD_SETUP N4, N5, N8, N11
    mov rax, [rbp + N2]
    mov [rsp + T_KEYS], rax
.Lcausal_tile:
    TILE_BEGIN
    mov rax, [rsp + T_TILE_ROWS]
    dec rax
    imul rax, [rbp + N10]
    add rax, [rsp + T_KEYS]
    mov [rsp + T_LIMIT], rax
    mov rsi, [rbp + N3]
    add rsi, 31
    and rsi, -32
    shl rsi, 7
    SCORES rsi, N3, N4, N7
    mov r15, [rbp + N10]
    SOFTMAX_ROWS r15, N6, N7
    mov rax, [rsp + T_V]
    mov [rsp + T_AT], rax
    mov rax, [rsp + T_OUT]
    mov [rsp + T_OUT_AT], rax
    mov rax, [rbp + N3]
    mov [rsp + T_COLS], rax
    kxnorw k1, k1, k1
    kmovw k2, k1
1:  mov r10, [rsp + T_SCORES]
    mov r14, [rbp + N7]
    mov rbx, [rsp + T_AT]
    mov r9d, 128
    mov r15, [rsp + T_KEYS]
    mov r8d, 2048
    lea rax, [rsp + T_TILE]
    mov ecx, 128
    mov rdx, [rsp + T_TILE_ROWS]
    ZERO_SUMS
    CALL_TILE f32_tiles, r11
    # Row i: positions T_KEYS to T_KEYS + i - 1, on top of the sums that the tile routine has left in its registers.
    cmp qword ptr [rbp + N10], 0
    je 3f
    mov rdx, [rsp + T_TILE_ROWS]
    dec rdx
    jz 3f
    mov r10, [rsp + T_SCORES]
    mov r14, [rbp + N7]
    mov rbx, [rsp + T_KEYS]
    lea r10, [r10 + 4 * rbx]
    shl rbx, 7
    add rbx, [rsp + T_AT]
    lea rax, [rsp + T_TILE]
    mov ecx, 128
    call f32_triangle
3:  STORE_HEAD N5
    mov rax, [rbp + N9]
    add [rsp + T_AT], rax
    sub qword ptr [rsp + T_COLS], 32
    jg 1b
    mov rax, [rsp + T_TILE_ROWS]
    imul rax, [rbp + N10]
    add [rsp + T_KEYS], rax
    TILE_NEXT N4, N5, .Lcausal_tile
    LEAVE
