# amx_linear_bf16: out = act(A W^T + bias) + residual for a range of panels and of row tiles.
#
#   p0 A tiles as bf16_split makes them      p1 panels [n/32][k/32][16 pairs][32][2] bf16
#   p2 bias [n] f32 or 0    p3 residual [m, n] f32 or 0    p4 out [m, n] f32, or A tiles for the next product
#   n0 first panel  n1 end panel  n2 first row tile  n3 end row tile  n4 m  n5 n  n6 k steps (of 32)
#   n7 out stride  n8 residual stride  n9 flags: 1 ReLU, 2 two terms (hi, lo) per activation, 4 out
#      begins at the first panel's columns, 8 out as A tiles: then no residual, more than 16 rows, and n7 is a 16th
#      of a row tile's bytes; 16 and 32 the plain loops (see Memory)
#   n10 bytes from p1 to what the caller will want next: prefetched during the last panel; never read, so that any address will do
#
# Shape. A block is 32 rows x 32 columns: C in tmm0 to tmm3, one A tile (tmm4) and the two B tiles of a panel (tmm6,
# tmm7). Per k step of 32: B0 B1, then for each A tile (row tile 0 hi, 0 lo, 1 hi, 1 lo) one load and two products:
# 6 loads, 8 TDPBF16PS = 128 cycles of the tile unit against 48 of the load ports.
# tmm5 stays unused and every input is zeroed after its last use, on purpose. The core renames the eight tiles onto few
# physical ones, about ten while another hyper-thread runs beside: a load or a product waits until one is free. A zeroed
# tile needs none, an old one holds its own until the next load has retired. Measured, nanoseconds per k step of the block
# with operands in L1, quiet core / busy sibling: eight live tiles 59 / 190 to 205, seven 59 / 135 to 158, seven and
# zeroed 59 / 122 to 144; whole products beside a busy sibling take 6 to 8 % less with the zeroing. A block of 16 x 32
# (five live, 93 to 111) loses that again, because its operands come from the second-level cache twice as often.
#
# Sums. Every C element adds, for k steps in order, the hi term and then the lo term; nothing depends on m, on the
# tile's place or on the thread, so rows are the same bits in any batch. The one-tile loop (m <= 16, or a last odd
# tile) adds in the same order.
#
# Memory. Each k step's operands are prefetched into L1 one step ahead (the load's latency is what a busy core cannot
# hide), and the next panel into L2, spread over the row blocks of this one: weights come from memory once, under
# cover, the pages of a window side by side (stream.inc says why).
# With one row tile (m <= 16) memory is all there is: stream.inc.
# Plain loops prefetch nothing into L1: those are 96 of a step's 200 loads, and on a quiet core the tile loads' own way from L2
# hides behind the tile unit. Flag 32: 190 rows take 4 to 6 % less time, 523 rows 11 %, 64 rows 2 %. Flag 16, where a panel fits in L1
# (k <= 512) and several row blocks read it: A passes L1 by, too (tileloaddt1), so that the panel stays and a third of the lines
# that a step takes from L2 is saved, 12 to 25 %. Beside a busy sibling, which takes half of the core's load buffers, the
# loads' latency shows and the latter was up to 60 % slower. The caller finds out which holds (LoopChoice).
#
# Registers: rdi line of the next panel's first page, rsi panel, rdx bias, rcx residual, r8 out (at the panel's columns), r9 next line to prefetch
# into L2, r10/r11 A tiles, rbx B, r12 bytes of a row tile, r13 = 64, r14 = 128, r15 k steps left;
# k1, k2 columns, zmm30, zmm31 bias, zmm29 lower bound (0 or -infinity).

.equ TILE, 0                            # 32 x 32 f32
.equ CONFIG, 4096                       # 64 bytes
.equ PANELS_LEFT, 4160
.equ ROWS, 4168
.equ COLS_LEFT, 4176
.equ LINES, 4184                        # lines of the next panel per k step, at its end
.equ A_START, 4192
.equ PANEL_BYTES, 4200
.equ A_BLOCK, 4208
.equ OUT_BLOCK, 4216
.equ RESIDUAL_BLOCK, 4224
.equ ROWS_LEFT, 4232
.equ BLOCK_ROWS, 4240
.equ HINT, 4248
.equ PREFETCH_END, 4256
.equ WINDOW_STEPS, 4264
.equ OUT_ROW, 4272                      # next row of the block to fetch for the stores
.equ RESIDUAL_ROW, 4280
.equ FETCHES, 4288                      # rows to fetch per k step
.equ ROWS_TO_FETCH, 4296
.equ OUT_PANEL, 4304                    # bytes from a panel's place in out to the next one's
.equ WINDOW_LINES, 4312                 # lines of a page left in the window that is being fetched
.equ PANEL_END, 4320                    # of the panel that is being fetched
.equ EARLY_LINES, 4328                  # lines of the next panel per k step that are fetched in its middle already
.equ AMX_FRAME, 4352


# The next LINES lines of the panel after this one, the pages of a window side by side (stream.inc). More pages at once are
# more than the hardware follows: with the 48 of k = 3072 a product of 64 rows took 1.4 times as long.
.macro PREFETCH_NEXT_PANEL lines=LINES
    mov eax, [rsp + \lines]
71: prefetcht1 [r9]
    add r9, PAGE
    cmp r9, [rsp + PREFETCH_END]
    jb 72f
    add rdi, 64
    mov r9, rdi
    dec dword ptr [rsp + WINDOW_LINES]
    jnz 72f
    add rdi, WINDOW - PAGE
    PREFETCH_WINDOW_AT_RDI
72: dec eax
    jnz 71b
.endm

# The first half of a step's lines, where they are so many that all at once would keep its loads waiting.
.macro PREFETCH_NEXT_PANEL_EARLY
    cmp dword ptr [rsp + EARLY_LINES], 0
    je 75f
    PREFETCH_NEXT_PANEL EARLY_LINES
75:
.endm

.macro PREFETCH_NEXT_PANEL_WHOLE
    PREFETCH_NEXT_PANEL_EARLY
    PREFETCH_NEXT_PANEL
.endm

# EARLY_LINES and LINES of eax lines per k step.
.macro SHARE_LINES
    mov [rsp + LINES], rax
    mov qword ptr [rsp + EARLY_LINES], 0
    cmp eax, 16
    jb 76f
    shr eax, 1
    mov [rsp + EARLY_LINES], rax
    sub [rsp + LINES], rax
76:
.endm

# Fetching goes on with the window at rdi. Spoils r9.
.macro PREFETCH_WINDOW_AT_RDI
    lea r9, [rdi + WINDOW]
    cmp r9, [rsp + PANEL_END]
    cmova r9, [rsp + PANEL_END]
    mov [rsp + PREFETCH_END], r9
    mov r9, rdi
    mov dword ptr [rsp + WINDOW_LINES], PAGE / 64
.endm

# The next rows that the block's results go to, and the residual's: each row is two lines of a page of its own, and often in the
# third-level cache, which the stores at the end would otherwise wait for one after the other.
.macro PREFETCH_ROWS
    cmp dword ptr [rsp + ROWS_TO_FETCH], 0
    jle 74f
    mov eax, [rsp + FETCHES]
    sub [rsp + ROWS_TO_FETCH], eax
    push rbx
    push r10
    mov rbx, [rsp + 16 + OUT_ROW]
    mov r10, [rsp + 16 + RESIDUAL_ROW]
73: prefetchw [rbx]
    prefetchw [rbx + 64]
    prefetcht0 [r10]
    prefetcht0 [r10 + 64]
    add rbx, [rbp + N7]
    add r10, [rbp + N8]
    dec eax
    jnz 73b
    mov [rsp + 16 + OUT_ROW], rbx
    mov [rsp + 16 + RESIDUAL_ROW], r10
    pop r10
    pop rbx
74:
.endm

# Lines that the next step needs first.
.macro PREFETCH_STEP base, from, lines
    .set .Lpf_line, 0
    .rept \lines
    prefetcht0 [\base + \from + 64 * .Lpf_line]
    .set .Lpf_line, .Lpf_line + 1
    .endr
.endm

# lines is 0 in a plain loop, where load_a may be tileloaddt1.
.macro BLOCK_32x32 terms, tdp, next, load_a=tileloadd, lines=16
    LOOP_ALIGN
1:  tileloadd tmm6, [rbx + r14]
    tileloadd tmm7, [rbx + r14 + 64]
    \load_a tmm4, [r10 + r13]
    \tdp tmm0, tmm4, tmm6
    PREFETCH_STEP rbx, 2048, \lines
    \tdp tmm1, tmm4, tmm7
    tilezero tmm4
    PREFETCH_STEP rbx, 3072, \lines
    PREFETCH_NEXT_PANEL_EARLY
    .if \terms == 2
    \load_a tmm4, [r10 + r13 + 1024]
    \tdp tmm0, tmm4, tmm6
    PREFETCH_STEP r10, 2048, \lines
    \tdp tmm1, tmm4, tmm7
    tilezero tmm4
    PREFETCH_STEP r10, 3072, \lines
    \load_a tmm4, [r11 + r13]
    \tdp tmm2, tmm4, tmm6
    PREFETCH_STEP r11, 2048, \lines
    \tdp tmm3, tmm4, tmm7
    tilezero tmm4
    PREFETCH_STEP r11, 3072, \lines
    \load_a tmm4, [r11 + r13 + 1024]
    .else
    PREFETCH_STEP r10, 1024, \lines
    \load_a tmm4, [r11 + r13]
    PREFETCH_STEP r11, 1024, \lines
    .endif
    \tdp tmm2, tmm4, tmm6
    tilezero tmm6
    PREFETCH_NEXT_PANEL
    \tdp tmm3, tmm4, tmm7
    tilezero tmm4
    tilezero tmm7
    PREFETCH_ROWS
    KEEP_FLOATS_ON
    add r10, 1024 * \terms
    add r11, 1024 * \terms
    add rbx, 2048
    dec r15
    jnz 1b
    jmp \next
.endm

# One row tile; prefetch is what comes from memory meanwhile.
.macro BLOCK_16x32 terms, tdp, prefetch, next
    LOOP_ALIGN
1:  \prefetch
    tileloadd tmm6, [rbx + r14]
    tileloadd tmm7, [rbx + r14 + 64]
    tileloadd tmm4, [r10 + r13]
    \tdp tmm0, tmm4, tmm6
    PREFETCH_STEP rbx, 2048, 16
    \tdp tmm1, tmm4, tmm7
    PREFETCH_STEP rbx, 3072, 16
    .if \terms == 2
    tilezero tmm4
    tileloadd tmm4, [r10 + r13 + 1024]
    \tdp tmm0, tmm4, tmm6
    \tdp tmm1, tmm4, tmm7
    .endif
    tilezero tmm4
    tilezero tmm6
    tilezero tmm7
    KEEP_FLOATS_ON
    add r10, 1024 * \terms
    add rbx, 2048
    dec r15
    jnz 1b
    jmp \next
.endm

# Writes a tile configuration to [rsp + CONFIG]: tmm0 to tmm5 have eax rows (A and C), tmm6 and tmm7 16 (B); all rows
# have 64 bytes. Loads it.
.macro CONFIGURE_TILES
    vpxord zmm0, zmm0, zmm0
    vmovups [rsp + CONFIG], zmm0
    mov byte ptr [rsp + CONFIG], 1
    .irp tile, 0, 1, 2, 3, 4, 5
    mov word ptr [rsp + CONFIG + 16 + 2 * \tile], 64
    mov byte ptr [rsp + CONFIG + 48 + \tile], al
    .endr
    .irp tile, 6, 7
    mov word ptr [rsp + CONFIG + 16 + 2 * \tile], 64
    mov byte ptr [rsp + CONFIG + 48 + \tile], 16
    .endr
    ldtilecfg [rsp + CONFIG]
    KEEP_FLOATS_ON_SETUP
.endm

FUNCTION amx_linear_bf16
    ENTER AMX_FRAME
    mov r12, [rbp + N6]
    mov rax, r12
    shl rax, 11
    mov [rsp + PANEL_BYTES], rax
    mov rax, [rbp + N10]
    add rax, rsi
    mov [rsp + HINT], rax
    shl r12, 10
    test qword ptr [rbp + N9], 2
    jz 1f
    add r12, r12
1:  mov rbx, [rbp + N2]
    mov rax, rbx
    imul rax, r12
    add rdi, rax
    mov [rsp + A_START], rdi
    # Rows of this call, and the tiles' rows: fewer than 16 only when there is a single tile.
    mov rax, [rbp + N3]
    sub rax, rbx
    shl rax, 4
    shl rbx, 4
    mov r10, [rbp + N4]
    sub r10, rbx
    cmp rax, r10
    cmovg rax, r10
    mov [rsp + ROWS], rax
    mov r10d, 16
    cmp rax, r10
    cmovg rax, r10
    CONFIGURE_TILES
    # Out, residual, bias and panels at the first row and panel. A panel of 32 columns is a k step of the next product.
    mov eax, 128
    test qword ptr [rbp + N9], 8
    jz 1f
    mov eax, 1024
    test qword ptr [rbp + N9], 2
    jz 1f
    add eax, eax
1:  mov [rsp + OUT_PANEL], rax
    mov r10, [rbp + N0]
    imul rax, r10
    test qword ptr [rbp + N9], 4
    jnz 1f
    add r8, rax
1:  mov r11, r10
    shl r11, 7
    mov rax, rbx
    imul rax, [rbp + N7]
    add r8, rax
    test rcx, rcx
    jz 1f
    mov rax, rbx
    imul rax, [rbp + N8]
    add rcx, rax
    add rcx, r11
1:  test rdx, rdx
    jz 1f
    add rdx, r11
1:  mov rax, r10
    imul rax, [rsp + PANEL_BYTES]
    add rsi, rax
    mov rax, [rbp + N1]
    sub rax, r10
    mov [rsp + PANELS_LEFT], rax
    shl r10, 5
    mov rax, [rbp + N5]
    sub rax, r10
    mov [rsp + COLS_LEFT], rax
    # Lines of the next panel to fetch per k step: 32 over the number of row blocks, rounded up.
    push rdx
    mov rbx, [rsp + 8 + ROWS]
    add rbx, 31
    shr rbx, 5
    lea rax, [rbx + 31]
    xor edx, edx
    div rbx
    pop rdx
    SHARE_LINES
    push rdx
    mov rbx, [rbp + N6]
    lea rax, [rbx + 31]
    xor edx, edx
    div rbx
    pop rdx
    mov [rsp + FETCHES], rax
    mov eax, 0xff800000                 # -infinity
    xor ebx, ebx
    test qword ptr [rbp + N9], 1
    cmovnz eax, ebx
    vpbroadcastd zmm29, eax
    mov r13d, 64
    mov r14d, 128
    # The first window is read as it is needed, unless the call before has fetched it.
    lea r9, [rsi + WINDOW]
    mov rax, [rsp + PANELS_LEFT]
    imul rax, [rsp + PANEL_BYTES]
    add rax, rsi
    mov [rsp + PREFETCH_END], rax
    mov dword ptr [rsp + WINDOW_STEPS], WINDOW / STEP
    cmp r9, rax
    cmovae r9, [rsp + HINT]

.Lamx_panel:
    mov r10, [rsp + COLS_LEFT]
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
    # What to prefetch meanwhile: the next panel; during the last one the caller's next.
1:  cmp qword ptr [rsp + ROWS], 16
    jle 1f
    mov rdi, rsi
    add rdi, [rsp + PANEL_BYTES]
    cmp qword ptr [rsp + PANELS_LEFT], 1
    cmove rdi, [rsp + HINT]
    mov rax, rdi
    add rax, [rsp + PANEL_BYTES]
    mov [rsp + PANEL_END], rax
    PREFETCH_WINDOW_AT_RDI
1:  mov rax, [rsp + A_START]
    mov [rsp + A_BLOCK], rax
    mov [rsp + OUT_BLOCK], r8
    mov [rsp + RESIDUAL_BLOCK], rcx
    mov rax, [rsp + ROWS]
    mov [rsp + ROWS_LEFT], rax

.Lamx_block:
    mov r10, [rsp + A_BLOCK]
    mov rbx, rsi
    mov r15, [rbp + N6]
    mov rax, [rsp + ROWS_LEFT]
    cmp rax, 16
    jle .Lamx_one_tile
    mov r11d, 32
    cmp rax, r11
    cmovg rax, r11
    mov [rsp + BLOCK_ROWS], rax
    xor r11d, r11d
    test qword ptr [rbp + N9], 8
    cmovnz eax, r11d
    mov [rsp + ROWS_TO_FETCH], rax
    mov rax, [rsp + OUT_BLOCK]
    mov [rsp + OUT_ROW], rax
    mov rax, [rsp + RESIDUAL_BLOCK]
    mov [rsp + RESIDUAL_ROW], rax
    lea r11, [r10 + r12]
    tilezero tmm0
    tilezero tmm1
    tilezero tmm2
    tilezero tmm3
    test qword ptr [rbp + N9], 48
    jnz .Lamx_block_plain
    test qword ptr [rbp + N9], 2
    jz .Lamx_block_one_term
    BLOCK_32x32 2, tdpbf16ps, .Lamx_store_32
.Lamx_block_one_term:
    BLOCK_32x32 1, tdpbf16ps, .Lamx_store_32
.Lamx_block_plain:
    test qword ptr [rbp + N9], 16
    jnz .Lamx_block_staying
    test qword ptr [rbp + N9], 2
    jz .Lamx_block_plain_one_term
    BLOCK_32x32 2, tdpbf16ps, .Lamx_store_32, tileloadd, 0
.Lamx_block_plain_one_term:
    BLOCK_32x32 1, tdpbf16ps, .Lamx_store_32, tileloadd, 0
.Lamx_block_staying:
    test qword ptr [rbp + N9], 2
    jz .Lamx_block_staying_one_term
    BLOCK_32x32 2, tdpbf16ps, .Lamx_store_32, tileloaddt1, 0
.Lamx_block_staying_one_term:
    BLOCK_32x32 1, tdpbf16ps, .Lamx_store_32, tileloaddt1, 0
.Lamx_one_tile:
    mov [rsp + BLOCK_ROWS], rax
    tilezero tmm0
    tilezero tmm1
    cmp qword ptr [rsp + ROWS], 16
    jle .Lamx_stream
    test qword ptr [rbp + N9], 2
    jz .Lamx_one_tile_one_term
    BLOCK_16x32 2, tdpbf16ps, PREFETCH_NEXT_PANEL_WHOLE, .Lamx_store_16
.Lamx_one_tile_one_term:
    BLOCK_16x32 1, tdpbf16ps, PREFETCH_NEXT_PANEL_WHOLE, .Lamx_store_16
.Lamx_stream:
    mov r11d, [rsp + WINDOW_STEPS]
    test qword ptr [rbp + N9], 2
    jz .Lamx_stream_one_term
    BLOCK_16x32 2, tdpbf16ps, PREFETCH_WINDOW, .Lamx_store_16
.Lamx_stream_one_term:
    BLOCK_16x32 1, tdpbf16ps, PREFETCH_WINDOW, .Lamx_store_16

.Lamx_store_32:
    tilestored [rsp + r14 + 2048], tmm2
    tilestored [rsp + r14 + 2112], tmm3
.Lamx_store_16:
    mov [rsp + WINDOW_STEPS], r11d
    tilestored [rsp + r14], tmm0
    tilestored [rsp + r14 + 64], tmm1
    mov rbx, rsp
    mov r10, [rsp + OUT_BLOCK]
    mov r11, [rsp + RESIDUAL_BLOCK]
    mov r15, [rbp + N7]
    mov rax, [rsp + BLOCK_ROWS]
    test qword ptr [rbp + N9], 8
    jnz .Lamx_store_tiles
    mov r14, [rbp + N8]
    STORE_ROWS
.Lamx_stored:
    mov r14d, 128
    # Next 32 rows: r10 and r11 stand on them already.
    mov [rsp + OUT_BLOCK], r10
    mov [rsp + RESIDUAL_BLOCK], r11
    lea rax, [2 * r12]
    add [rsp + A_BLOCK], rax
    sub qword ptr [rsp + ROWS_LEFT], 32
    jg .Lamx_block

    # Next panel.
    add rsi, [rsp + PANEL_BYTES]
    add r8, [rsp + OUT_PANEL]
    test rcx, rcx
    jz 1f
    add rcx, 128
1:  sub qword ptr [rsp + COLS_LEFT], 32
    dec qword ptr [rsp + PANELS_LEFT]
    jnz .Lamx_panel
    tilerelease
    LEAVE

# act(tile + bias) as A tiles, split as bf16_split does: rbx and r10 as STORE_ROWS has them, eax rows, r15 a 16th of a row tile.
# Rows past the last one are written too: rows of A do not touch each other.
.Lamx_store_tiles:
    shl r15, 4
    mov r14d, 0x7f7f0000
    vpbroadcastd zmm28, r14d
    mov r14d, 0xff7f0000
    vpbroadcastd zmm27, r14d
.Lamx_store_tile:
    mov r11, r10
    mov r14d, 16
    test qword ptr [rbp + N9], 2
    jz 2f
    LOOP_ALIGN
1:  vaddps zmm0, zmm30, [rbx]
    vaddps zmm1, zmm31, [rbx + 64]
    vmaxps zmm0{k1}{z}, zmm29, zmm0
    vmaxps zmm1{k2}{z}, zmm29, zmm1
    SPLIT_TERMS 0, 1, 4, 5, 28, 27, 2, 3
    vmovups [r11], zmm4
    vmovups [r11 + 1024], zmm5
    add rbx, 128
    add r11, 64
    dec r14d
    jnz 1b
    jmp 3f
    LOOP_ALIGN
2:  vaddps zmm0, zmm30, [rbx]
    vaddps zmm1, zmm31, [rbx + 64]
    vmaxps zmm0{k1}{z}, zmm29, zmm0
    vmaxps zmm1{k2}{z}, zmm29, zmm1
    vcvtne2ps2bf16 zmm0, zmm1, zmm0
    vmovups [r11], zmm0
    add rbx, 128
    add r11, 64
    dec r14d
    jnz 2b
3:  add r10, r15
    sub eax, 16
    jg .Lamx_store_tile
    jmp .Lamx_stored
