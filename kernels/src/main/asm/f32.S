# Products in f32 with AVX-512: f32_linear for f32 panels, bf16_linear for bf16 panels on machines without AMX, and the
# tile routines that attention builds on.
#
# Every element is one chain of fused multiply-adds over k from 0 up, starting at 0: the same bits as the scalar
# reference, whatever the number of rows.

# --- tile routines ---------------------------------------------------------------------------------------------------
# R rows x 32 columns, R = 1 to 12: 2 R accumulators; per k two loads of B, R broadcasts of A, 2 R multiply-adds. At
# R = 12 the two multiply-add ports are the limit (12 cycles for 24), the loads take 7.
#
#   in   r10 A row 0, r14 A row stride, rbx B, r9 bytes from one k of B to the next, r15 k,
#        r8 bytes ahead of rbx to prefetch, rax destination, rcx destination row stride,
#        k1, k2 columns of B to load (the others count as 0), zmm0 .. zmm(2R-1) the sums so far
#   out  sums in the destination, all 32 columns
#   spoils rax, rbx, r10 to r13, r15, rdi, zmm0 to zmm31
#
# A rows 0, 3, 6, 9 have base registers r10 to r13; the two rows after each are one and two strides on.

.macro BROADCAST_A to, row, offset
    .if \row / 3 == 0
    .if \row % 3 == 0
    vbroadcastss \to, dword ptr [r10 + \offset]
    .elseif \row % 3 == 1
    vbroadcastss \to, dword ptr [r10 + r14 + \offset]
    .else
    vbroadcastss \to, dword ptr [r10 + 2 * r14 + \offset]
    .endif
    .elseif \row / 3 == 1
    .if \row % 3 == 0
    vbroadcastss \to, dword ptr [r11 + \offset]
    .elseif \row % 3 == 1
    vbroadcastss \to, dword ptr [r11 + r14 + \offset]
    .else
    vbroadcastss \to, dword ptr [r11 + 2 * r14 + \offset]
    .endif
    .elseif \row / 3 == 2
    .if \row % 3 == 0
    vbroadcastss \to, dword ptr [r12 + \offset]
    .elseif \row % 3 == 1
    vbroadcastss \to, dword ptr [r12 + r14 + \offset]
    .else
    vbroadcastss \to, dword ptr [r12 + 2 * r14 + \offset]
    .endif
    .else
    .if \row % 3 == 0
    vbroadcastss \to, dword ptr [r13 + \offset]
    .elseif \row % 3 == 1
    vbroadcastss \to, dword ptr [r13 + r14 + \offset]
    .else
    vbroadcastss \to, dword ptr [r13 + 2 * r14 + \offset]
    .endif
    .endif
.endm

.macro FMA_ROW left, right, from, b0, b1
    vfmadd231ps zmm\left, \from, \b0
    vfmadd231ps zmm\right, \from, \b1
.endm

# One k for all rows: A at the offset, B in b0 and b1; the broadcasts alternate between two registers.
.macro ROWS_K rows, offset, b0, b1
    .set .Lrow, 0
    .rept \rows
    .if .Lrow % 2 == 0
    BROADCAST_A zmm30, .Lrow, \offset
    ROWS_K_FMA %.Lrow * 2, %.Lrow * 2 + 1, zmm30, \b0, \b1
    .else
    BROADCAST_A zmm31, .Lrow, \offset
    ROWS_K_FMA %.Lrow * 2, %.Lrow * 2 + 1, zmm31, \b0, \b1
    .endif
    .set .Lrow, .Lrow + 1
    .endr
.endm

.altmacro
.macro ROWS_K_FMA left, right, from, b0, b1
    FMA_ROW \left, \right, \from, \b0, \b1
.endm

.macro STORE_PAIR left, right
    vmovups [rax], zmm\left
    vmovups [rax + 64], zmm\right
    add rax, rcx
.endm

.macro STORE_TILE rows
    .set .Lrow, 0
    .rept \rows
    STORE_PAIR %.Lrow * 2, %.Lrow * 2 + 1
    .set .Lrow, .Lrow + 1
    .endr
.endm

# Base registers of rows 3, 6, 9.
.macro A_BASES rows
    .if \rows > 3
    lea rdi, [r14 + 2 * r14]
    lea r11, [r10 + rdi]
    .endif
    .if \rows > 6
    lea r12, [r11 + rdi]
    .endif
    .if \rows > 9
    lea r13, [r12 + rdi]
    .endif
.endm

.macro A_ADVANCE rows, bytes
    add r10, \bytes
    .if \rows > 3
    add r11, \bytes
    .endif
    .if \rows > 6
    add r12, \bytes
    .endif
    .if \rows > 9
    add r13, \bytes
    .endif
.endm

.macro F32_K rows, offset
    vmovups zmm24{k1}{z}, [rbx]
    vmovups zmm25{k2}{z}, [rbx + 64]
    prefetcht0 [rbx + r8]
    prefetcht0 [rbx + r8 + 64]
    add rbx, r9
    ROWS_K \rows, \offset, zmm24, zmm25
.endm

.macro F32_TILE rows
    LOCAL four, one, none, end
    .balign 64, 0xCC
f32_tile_\rows:
    A_BASES \rows
    sub r15, 4
    jl none
    LOOP_ALIGN
four:
    F32_K \rows, 0
    F32_K \rows, 4
    F32_K \rows, 8
    F32_K \rows, 12
    A_ADVANCE \rows, 16
    sub r15, 4
    jge four
none:
    add r15, 4
    jz end
one:
    F32_K \rows, 0
    A_ADVANCE \rows, 4
    dec r15
    jnz one
end:
    STORE_TILE \rows
    ret
.endm

# bf16 panels: 128 bytes hold 32 columns of a pair of k, the even one in the lower half of each lane.
.macro BF16_TILE rows
    LOCAL pair, none, end
    .balign 64, 0xCC
bf16_tile_\rows:
    A_BASES \rows
    mov edi, 0xffff0000
    vpbroadcastd zmm29, edi
    sub r15, 2
    jl none
    LOOP_ALIGN
pair:
    vmovups zmm24, [rbx]
    vmovups zmm25, [rbx + 64]
    prefetcht0 [rbx + r8]
    prefetcht0 [rbx + r8 + 64]
    add rbx, r9
    vpslld zmm26, zmm24, 16
    vpslld zmm27, zmm25, 16
    ROWS_K \rows, 0, zmm26, zmm27
    vpandd zmm24, zmm24, zmm29
    vpandd zmm25, zmm25, zmm29
    ROWS_K \rows, 4, zmm24, zmm25
    A_ADVANCE \rows, 8
    sub r15, 2
    jge pair
none:
    add r15, 2
    jz end
    vmovups zmm24, [rbx]
    vmovups zmm25, [rbx + 64]
    vpslld zmm26, zmm24, 16
    vpslld zmm27, zmm25, 16
    ROWS_K \rows, 0, zmm26, zmm27
end:
    STORE_TILE \rows
    ret
.endm

.irp rows, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
    F32_TILE \rows
    BF16_TILE \rows
.endr

# The same for one to three rows of linear, where the panel is a stream from memory: steps of 2 KiB with a window
# ahead. Here r9 is the line to prefetch and r11d the steps before its window ends, both kept for the next panel; the
# slots are those of linear's frame, one return address away.
.macro STREAM_K offset_b, offset_a, rows
    vmovups zmm24, [rbx + \offset_b]
    vmovups zmm25, [rbx + \offset_b + 64]
    ROWS_K \rows, \offset_a, zmm24, zmm25
.endm
.macro F32_STREAM rows
    LOCAL step, rest, one, end
    .balign 64, 0xCC
f32_stream_\rows:
    sub r15, 16
    jl rest
    LOOP_ALIGN
step:
    PREFETCH_WINDOW r11d, L_END+8, L_HINT+8
    .set .Lk, 0
    .rept 16
    STREAM_K %.Lk*128, %.Lk*4, \rows
    .set .Lk, .Lk + 1
    .endr
    add rbx, 2048
    add r10, 64
    sub r15, 16
    jge step
rest:
    add r15, 16
    jz end
one:
    STREAM_K 0, 0, \rows
    add rbx, 128
    add r10, 4
    dec r15
    jnz one
end:
    STORE_TILE \rows
    ret
.endm
.macro STREAM_PAIR offset_b, offset_a, rows
    vmovups zmm24, [rbx + \offset_b]
    vmovups zmm25, [rbx + \offset_b + 64]
    vpslld zmm26, zmm24, 16
    vpslld zmm27, zmm25, 16
    ROWS_K \rows, \offset_a, zmm26, zmm27
    vpandd zmm24, zmm24, zmm29
    vpandd zmm25, zmm25, zmm29
    ROWS_K \rows, \offset_a+4, zmm24, zmm25
.endm
.macro BF16_STREAM rows
    LOCAL step, rest, pair, odd, end
    .balign 64, 0xCC
bf16_stream_\rows:
    mov edi, 0xffff0000
    vpbroadcastd zmm29, edi
    sub r15, 32
    jl rest
    LOOP_ALIGN
step:
    PREFETCH_WINDOW r11d, L_END+8, L_HINT+8
    .set .Lk, 0
    .rept 16
    STREAM_PAIR %.Lk*128, %.Lk*8, \rows
    .set .Lk, .Lk + 1
    .endr
    add rbx, 2048
    add r10, 128
    sub r15, 32
    jge step
rest:
    add r15, 32
pair:
    sub r15, 2
    jl odd
    STREAM_PAIR 0, 0, \rows
    add rbx, 128
    add r10, 8
    jmp pair
odd:
    add r15, 2
    jz end
    vmovups zmm24, [rbx]
    vmovups zmm25, [rbx + 64]
    vpslld zmm26, zmm24, 16
    vpslld zmm27, zmm25, 16
    ROWS_K \rows, 0, zmm26, zmm27
end:
    STORE_TILE \rows
    ret
.endm
.irp rows, 1, 2, 3
    F32_STREAM \rows
    BF16_STREAM \rows
.endr
.equ STREAM_ROWS, 3

# Offsets of the routines by rows, 0 unused.
    .balign 64, 0xCC
f32_tiles:
    .long 0
.irp rows, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
    .long f32_tile_\rows - f32_tiles
.endr
bf16_tiles:
    .long 0
.irp rows, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
    .long bf16_tile_\rows - bf16_tiles
.endr
f32_streams:
    .long 0
.irp rows, 1, 2, 3
    .long f32_stream_\rows - f32_streams
.endr
bf16_streams:
    .long 0
.irp rows, 1, 2, 3
    .long bf16_stream_\rows - bf16_streams
.endr

# The products of causal attention that not all rows of a tile have: k = j belongs to the rows after row j.
#   in   r10, r14, rbx, rax, rcx, the sums as above; rdx number of k, 1 to 11; k of B lie 128 bytes apart
#   out  all 12 rows of sums in the destination. Rows after rdx are written, but mean nothing.
.macro TRIANGLE_K k, end
    vmovups zmm24, [rbx + 128 * \k]
    vmovups zmm25, [rbx + 128 * \k + 64]
    .set .Lrow, \k + 1
    .rept 11 - \k
    BROADCAST_A zmm30, .Lrow, 4*\k
    ROWS_K_FMA %.Lrow * 2, %.Lrow * 2 + 1, zmm30, zmm24, zmm25
    .set .Lrow, .Lrow + 1
    .endr
    dec edx
    jz \end
.endm
    .balign 64, 0xCC
f32_triangle:
    A_BASES 12
.irp k, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    TRIANGLE_K \k, .Ltriangle_end
.endr
.Ltriangle_end:
    STORE_TILE 12
    ret

.macro ZERO_SUMS
    .irp sum, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23
    vpxord zmm\sum, zmm\sum, zmm\sum
    .endr
.endm

# Calls the routine for rdx rows; to is spoiled.
.macro CALL_TILE table, to
    lea \to, [rip + \table]
    movsxd rdi, dword ptr [\to + 4 * rdx]
    add rdi, \to
    call rdi
.endm
.noaltmacro

# --- linear ----------------------------------------------------------------------------------------------------------
# f32_linear, bf16_linear: out = act(x W^T + bias) + residual for a range of panels and of rows.
#
#   p0 x [m, k] f32    p1 panels [n/32][k padded][32] f32, or [n/32][k padded / 2][32][2] bf16
#   p2 bias [n] or 0    p3 residual [m, n] or 0    p4 out [m, n]
#   n0 first panel  n1 end panel  n2 first row  n3 end row  n4 k padded  n5 n  n6 k  n7 out stride
#   n8 residual stride  n9 flags: 1 ReLU, 4 out begins at the first panel's columns
#   n10 bytes from p1 to what the caller will want next  n11 x stride
#
# Panels outside, row tiles of 12 inside: a panel comes from memory with the first row tile and from the second-level
# cache for the others. Up to three rows are a stream (stream.inc).

.equ LINEAR_TILE, 0                     # 12 x 32 f32
.equ L_PANEL, 1536
.equ L_PANELS, 1544
.equ L_X, 1552
.equ L_OUT, 1560
.equ L_RESIDUAL, 1568
.equ L_BIAS, 1576
.equ L_COLS, 1584
.equ L_ROWS, 1592                       # rows left
.equ L_X_ROW, 1600
.equ L_OUT_ROW, 1608
.equ L_RESIDUAL_ROW, 1616
.equ L_WINDOW, 1624                     # line to prefetch, its window's steps, the end of the panels, what comes after
.equ L_STEPS, 1632
.equ L_END, 1640
.equ L_HINT, 1648
.equ L_PANEL_BYTES, 1656
.equ L_FRAME, 1664

.macro LINEAR_AVX512 name, panel_shift, table, streams
FUNCTION \name
    ENTER L_FRAME
    mov rax, [rbp + N2]
    mov rbx, rax
    imul rbx, [rbp + N11]
    add rdi, rbx
    mov [rsp + L_X], rdi
    mov r10, [rbp + N0]
    mov r11, r10
    shl r11, 7
    mov rbx, rax
    imul rbx, [rbp + N7]
    add r8, rbx
    test qword ptr [rbp + N9], 4
    jnz 1f
    add r8, r11
1:
    mov [rsp + L_OUT], r8
    test rcx, rcx
    jz 1f
    imul rax, [rbp + N8]
    add rcx, rax
    add rcx, r11
1:  mov [rsp + L_RESIDUAL], rcx
    test rdx, rdx
    jz 1f
    add rdx, r11
1:  mov [rsp + L_BIAS], rdx
    mov rbx, [rbp + N4]
    shl rbx, \panel_shift
    mov [rsp + L_PANEL_BYTES], rbx
    mov rax, [rbp + N10]
    add rax, rsi
    mov [rsp + L_HINT], rax
    mov rax, rbx
    imul rax, r10
    add rsi, rax
    mov [rsp + L_PANEL], rsi
    mov rax, [rbp + N1]
    sub rax, r10
    mov [rsp + L_PANELS], rax
    imul rax, rbx
    add rax, rsi
    mov [rsp + L_END], rax
    lea rbx, [rsi + WINDOW]
    cmp rbx, rax
    cmovae rbx, [rsp + L_HINT]
    mov [rsp + L_WINDOW], rbx
    mov dword ptr [rsp + L_STEPS], WINDOW / STEP
    shl r10, 5
    mov rax, [rbp + N5]
    sub rax, r10
    mov [rsp + L_COLS], rax

.L\name\()_panel:
    mov rax, [rsp + L_X]
    mov [rsp + L_X_ROW], rax
    mov rax, [rsp + L_OUT]
    mov [rsp + L_OUT_ROW], rax
    mov rax, [rsp + L_RESIDUAL]
    mov [rsp + L_RESIDUAL_ROW], rax
    mov rax, [rbp + N3]
    sub rax, [rbp + N2]
    mov [rsp + L_ROWS], rax

.L\name\()_rows:
    mov edx, 12
    cmp [rsp + L_ROWS], rdx
    cmovl rdx, [rsp + L_ROWS]
    kxnorw k1, k1, k1
    kmovw k2, k1
    mov r10, [rsp + L_X_ROW]
    mov r14, [rbp + N11]
    mov rbx, [rsp + L_PANEL]
    mov r9d, 128
    mov r15, [rbp + N6]
    mov r8d, 4096
    lea rax, [rsp + LINEAR_TILE]
    mov ecx, 128
    ZERO_SUMS
    mov rdi, [rbp + N3]
    sub rdi, [rbp + N2]
    cmp rdi, STREAM_ROWS
    jle .L\name\()_stream
    CALL_TILE \table, r11
    jmp .L\name\()_store
.L\name\()_stream:
    mov r9, [rsp + L_WINDOW]
    mov r11d, [rsp + L_STEPS]
    CALL_TILE \streams, r12
    mov [rsp + L_WINDOW], r9
    mov [rsp + L_STEPS], r11d
.L\name\()_store:
    mov r10, [rsp + L_COLS]
    LANES k1, r10, r11
    sub r10, 16
    LANES k2, r10, r11
    vpxord zmm30, zmm30, zmm30
    vpxord zmm31, zmm31, zmm31
    mov rax, [rsp + L_BIAS]
    test rax, rax
    jz 1f
    vmovups zmm30{k1}, [rax]
    vmovups zmm31{k2}, [rax + 64]
1:  mov eax, 0xff800000                 # -infinity
    xor ebx, ebx
    test qword ptr [rbp + N9], 1
    cmovnz eax, ebx
    vpbroadcastd zmm29, eax
    lea rbx, [rsp + LINEAR_TILE]
    mov r10, [rsp + L_OUT_ROW]
    mov r11, [rsp + L_RESIDUAL_ROW]
    mov r15, [rbp + N7]
    mov r14, [rbp + N8]
    mov eax, edx
    STORE_ROWS
    mov [rsp + L_OUT_ROW], r10
    mov [rsp + L_RESIDUAL_ROW], r11
    mov rax, [rbp + N11]
    imul rax, rdx
    add [rsp + L_X_ROW], rax
    sub [rsp + L_ROWS], rdx
    jg .L\name\()_rows

    mov rax, [rsp + L_PANEL_BYTES]
    add [rsp + L_PANEL], rax
    add qword ptr [rsp + L_OUT], 128
    cmp qword ptr [rsp + L_RESIDUAL], 0
    je 1f
    add qword ptr [rsp + L_RESIDUAL], 128
1:  cmp qword ptr [rsp + L_BIAS], 0
    je 1f
    add qword ptr [rsp + L_BIAS], 128
1:  sub qword ptr [rsp + L_COLS], 32
    dec qword ptr [rsp + L_PANELS]
    jnz .L\name\()_panel
    LEAVE
.endm

LINEAR_AVX512 f32_linear, 7, f32_tiles, f32_streams
LINEAR_AVX512 bf16_linear, 6, bf16_tiles, bf16_streams
