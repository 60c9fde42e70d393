# amx_gated_bf16: swiglu(A W^T), W = [gate | up], as A tiles for the next product; the two halves are never stored in f32.
#
#   p0 A tiles as bf16_split makes them      p1 panels of gate, as in amx_linear_bf16
#   p3 room for gate: 2048 bytes per row tile of this call    p4 out, A tiles of the next product
#   n0 first panel of gate  n1 end panel  n2 first row tile  n3 end row tile  n6 k steps (of 32)
#   n7 a 16th of a row tile's bytes in out  n8 bytes from a panel of gate to that of up  n9 flags: 2 two terms (hi, lo) per activation, 32 the plain loop
#   n10 bytes from p1 to what the caller will want next: prefetched during the last panel; never read
#
# A panel of gate goes through all row blocks and stays where it is, in tiles of f32; then the same panel of up, and each
# block of it becomes 32 columns of the result, which are a k step of the next product. Blocks, prefetching, registers and frame are those of
# amx_linear_bf16; sums, SwiGLU and rounding those of amx_linear_bf16, swiglu and bf16_split, so that the bits are the
# same as of one after the other. All rows of a tile are computed: rows past the last one hold what is there, which no
# other row sees.
#
# Registers beside those of amx_linear_bf16: rcx gate of this block, rdx its next row.

.equ G_UP, BLOCK_ROWS                   # 0 while the panel is gate's
.equ G_GATE, OUT_PANEL                  # room for gate
.equ G_NEXT, RESIDUAL_BLOCK             # panel after this one

# zmm0, zmm1 = 32 values of swiglu(gate at rdx, up at rbx), as the function swiglu computes them; both advance by a row.
.macro SWIGLU_32
    vpxord zmm6, zmm6, zmm6
    vsubps zmm4, zmm6, [rdx]
    vsubps zmm5, zmm6, [rdx + 64]
    EXP zmm4, zmm0, zmm1
    EXP zmm5, zmm2, zmm3
    vaddps zmm4, zmm4, zmm23
    vaddps zmm5, zmm5, zmm23
    vmovups zmm0, [rdx]
    vmovups zmm1, [rdx + 64]
    vdivps zmm0, zmm0, zmm4
    vdivps zmm1, zmm1, zmm5
    vmulps zmm0, zmm0, [rbx]
    vmulps zmm1, zmm1, [rbx + 64]
    add rdx, 128
    add rbx, 128
.endm

FUNCTION amx_gated_bf16
    ENTER AMX_FRAME
    mov r12, [rbp + N6]
    mov rax, r12
    shl rax, 11
    mov [rsp + PANEL_BYTES], rax
    mov r10, [rbp + N10]
    add r10, rsi
    mov [rsp + HINT], r10
    mov [rsp + G_GATE], rcx
    # A, and the columns of a panel as a k step of out.
    shl r12, 10
    mov r11d, 1024
    test qword ptr [rbp + N9], 2
    jz 1f
    add r12, r12
    add r11d, r11d
1:  mov r10, [rbp + N0]
    imul r11, r10
    add r8, r11
    imul rax, r10
    add rsi, rax
    mov rbx, [rbp + N2]
    mov rax, rbx
    imul rax, r12
    add rdi, rax
    mov [rsp + A_START], rdi
    mov rax, rbx
    shl rax, 4
    imul rax, [rbp + N7]
    add r8, rax
    mov rax, [rbp + N1]
    sub rax, r10
    add rax, rax
    mov [rsp + PANELS_LEFT], rax
    mov qword ptr [rsp + G_UP], 0
    mov rax, [rbp + N3]
    sub rax, rbx
    mov [rsp + ROWS], rax               # row tiles here
    # Lines of the next panel to fetch per k step: 32 over the number of row blocks, rounded up.
    lea rbx, [rax + 1]
    shr rbx, 1
    lea rax, [rbx + 31]
    xor edx, edx
    div rbx
    SHARE_LINES
    mov dword ptr [rsp + ROWS_TO_FETCH], 0
    mov eax, 16
    CONFIGURE_TILES
    mov r13d, 64
    mov r14d, 128

.Lgated_panel:
    mov rdi, rsi
    mov rax, [rbp + N8]
    cmp qword ptr [rsp + G_UP], 0
    je 1f
    neg rax
    add rax, [rsp + PANEL_BYTES]
1:  add rdi, rax
    mov [rsp + G_NEXT], rdi
    cmp qword ptr [rsp + PANELS_LEFT], 1
    cmove rdi, [rsp + HINT]
    mov rax, rdi
    add rax, [rsp + PANEL_BYTES]
    mov [rsp + PANEL_END], rax
    PREFETCH_WINDOW_AT_RDI
    mov rax, [rsp + A_START]
    mov [rsp + A_BLOCK], rax
    mov [rsp + OUT_BLOCK], r8
    mov rcx, [rsp + G_GATE]
    mov rax, [rsp + ROWS]
    mov [rsp + ROWS_LEFT], rax

.Lgated_block:
    mov r10, [rsp + A_BLOCK]
    mov rbx, rsi
    mov r15, [rbp + N6]
    tilezero tmm0
    tilezero tmm1
    cmp qword ptr [rsp + ROWS_LEFT], 1
    je .Lgated_one_tile
    lea r11, [r10 + r12]
    tilezero tmm2
    tilezero tmm3
    test qword ptr [rbp + N9], 32
    jnz .Lgated_block_plain
    test qword ptr [rbp + N9], 2
    jz .Lgated_block_one_term
    BLOCK_32x32 2, tdpbf16ps, .Lgated_store_32
.Lgated_block_one_term:
    BLOCK_32x32 1, tdpbf16ps, .Lgated_store_32
.Lgated_block_plain:
    test qword ptr [rbp + N9], 2
    jz .Lgated_block_plain_one_term
    BLOCK_32x32 2, tdpbf16ps, .Lgated_store_32, tileloadd, 0
.Lgated_block_plain_one_term:
    BLOCK_32x32 1, tdpbf16ps, .Lgated_store_32, tileloadd, 0
.Lgated_one_tile:
    test qword ptr [rbp + N9], 2
    jz .Lgated_one_tile_one_term
    BLOCK_16x32 2, tdpbf16ps, PREFETCH_NEXT_PANEL_WHOLE, .Lgated_store_16
.Lgated_one_tile_one_term:
    BLOCK_16x32 1, tdpbf16ps, PREFETCH_NEXT_PANEL_WHOLE, .Lgated_store_16

.Lgated_store_32:
    cmp qword ptr [rsp + G_UP], 0
    jne 1f
    tilestored [rcx + r14], tmm0
    tilestored [rcx + r14 + 64], tmm1
    tilestored [rcx + r14 + 2048], tmm2
    tilestored [rcx + r14 + 2112], tmm3
    jmp .Lgated_stored
1:  tilestored [rsp + r14 + 2048], tmm2
    tilestored [rsp + r14 + 2112], tmm3
    tilestored [rsp + r14], tmm0
    tilestored [rsp + r14 + 64], tmm1
    mov eax, 32
    jmp .Lgated_up
.Lgated_store_16:
    cmp qword ptr [rsp + G_UP], 0
    jne 1f
    tilestored [rcx + r14], tmm0
    tilestored [rcx + r14 + 64], tmm1
    jmp .Lgated_stored
1:  tilestored [rsp + r14], tmm0
    tilestored [rsp + r14 + 64], tmm1
    mov eax, 16

# eax rows of gate at rcx and of up at rsp.
.Lgated_up:
    EXP_CONSTANTS
    mov r11d, 0x7f7f0000
    vpbroadcastd zmm20, r11d
    mov r11d, 0xff7f0000
    vpbroadcastd zmm19, r11d
    mov rbx, rsp
    mov rdx, rcx
    mov r10, [rsp + OUT_BLOCK]
.Lgated_tile:
    mov r11, r10
    mov r15d, 16
    test qword ptr [rbp + N9], 2
    jz 2f
    LOOP_ALIGN
1:  SWIGLU_32
    SPLIT_TERMS 0, 1, 4, 5, 20, 19, 2, 3
    vmovups [r11], zmm4
    vmovups [r11 + 1024], zmm5
    add r11, 64
    dec r15d
    jnz 1b
    jmp 3f
    LOOP_ALIGN
2:  SWIGLU_32
    vcvtne2ps2bf16 zmm0, zmm1, zmm0
    vmovups [r11], zmm0
    add r11, 64
    dec r15d
    jnz 2b
3:  mov r11, [rbp + N7]
    shl r11, 4
    add r10, r11
    sub eax, 16
    jg .Lgated_tile

.Lgated_stored:
    add rcx, 4096
    mov rax, [rbp + N7]
    shl rax, 5
    add [rsp + OUT_BLOCK], rax
    lea rax, [2 * r12]
    add [rsp + A_BLOCK], rax
    sub qword ptr [rsp + ROWS_LEFT], 2
    jg .Lgated_block

    mov rsi, [rsp + G_NEXT]
    xor qword ptr [rsp + G_UP], 1
    jnz 1f
    mov eax, 1024
    test qword ptr [rbp + N9], 2
    jz 2f
    add eax, eax
2:  add r8, rax
1:  dec qword ptr [rsp + PANELS_LEFT]
    jnz .Lgated_panel
    tilerelease
    LEAVE
