# zmm\x0, zmm\x1 = 32 values -> zmm\hi, zmm\lo = their two bf16 terms. zmm\most, zmm\least: largest finite bf16 and its
# negative. Spoils zmm\x0, zmm\x1, zmm\t0 and zmm\t1.
.macro SPLIT_TERMS x0, x1, hi, lo, most, least, t0, t1
    vminps zmm\t0, zmm\most, zmm\x0
    vminps zmm\t1, zmm\most, zmm\x1
    vmaxps zmm\t0, zmm\least, zmm\t0
    vmaxps zmm\t1, zmm\least, zmm\t1
    vcvtne2ps2bf16 zmm\hi, zmm\t1, zmm\t0
    vpmovzxwd zmm\t0, ymm\hi
    vextracti64x4 ymm\t1, zmm\hi, 1
    vpslld zmm\t0, zmm\t0, 16
    vpmovzxwd zmm\t1, ymm\t1
    vpslld zmm\t1, zmm\t1, 16
    vsubps zmm\x0, zmm\x0, zmm\t0
    vsubps zmm\x1, zmm\x1, zmm\t1
    vcvtne2ps2bf16 zmm\lo, zmm\x1, zmm\x0
.endm

# bf16_split: f32 activations become the A tiles of amx_linear_bf16.
#
#   p0 x [m, k] f32        p1 tiles [ceil(m/16)][ceil(k/32)][terms][16][32] bf16
#   n0 first row  n1 end row  n2 m  n3 k  n4 x stride  n5 terms (1 or 2)  n6 1: rows past m become zeros
#
# Rows are lines of their own in a tile, so that threads may share one.
#
# Two terms: hi = bf16(x), lo = bf16(x - hi); x - hi is exact, so hi + lo keeps 16 bits of mantissa and more. x is
# clamped to the largest finite bf16 before it is rounded to hi, so that no finite x turns infinite; for an infinite x
# lo is the infinite one. k is padded with zeros, which the zero padding of the weights must meet: 0 * NaN would not
# be 0. bf16 conversion takes denormals for 0 (floor 1.2e-38, lo terms of values below about 3e-36).
#
# Registers: rdi x row, rsi tile, rdx row in tile, rcx k left, r8 tile bytes, r9 bytes of a k step, r10 source,
# r11 destination, r12 row, r13 x base; zmm31, zmm30 clamp.
FUNCTION bf16_split
    ENTER
    mov r13, rdi
    mov r12, [rbp + N0]
    mov r9, [rbp + N5]
    shl r9, 10
    mov r8, [rbp + N3]
    add r8, 31
    shr r8, 5
    imul r8, r9
    mov rax, r12
    shr rax, 4
    imul rax, r8
    add rsi, rax
    mov edx, r12d
    and edx, 15
    mov eax, 0x7f7f0000
    vpbroadcastd zmm31, eax
    mov eax, 0xff7f0000
    vpbroadcastd zmm30, eax
    mov rbx, [rbp + N3]
    and rbx, 31
    LANES k1, rbx, r14
    sub rbx, 16
    LANES k2, rbx, r14
    vpxord zmm29, zmm29, zmm29
.Lsplit_row:
    cmp r12, [rbp + N1]
    jge .Lsplit_done
    mov r11, rdx
    shl r11, 6
    add r11, rsi
    mov rax, r12
    mov rcx, [rbp + N3]
    cmp rax, [rbp + N2]
    jge .Lsplit_zero_row
    imul rax, [rbp + N4]
    lea r10, [r13 + rax]
    cmp qword ptr [rbp + N5], 1
    je .Lsplit_one_term
    sub rcx, 32
    jl 2f
    LOOP_ALIGN
1:  vmovups zmm0, [r10]
    vmovups zmm1, [r10 + 64]
    call .Lsplit_two
    add r10, 128
    sub rcx, 32
    jge 1b
2:  add rcx, 32
    jz .Lsplit_next_row
    vmovups zmm0{k1}{z}, [r10]
    vmovups zmm1{k2}{z}, [r10 + 64]
    call .Lsplit_two
    jmp .Lsplit_next_row

.Lsplit_one_term:
    sub rcx, 32
    jl 2f
    LOOP_ALIGN
1:  vmovups zmm0, [r10]
    vmovups zmm1, [r10 + 64]
    vcvtne2ps2bf16 zmm0, zmm1, zmm0
    vmovups [r11], zmm0
    add r10, 128
    add r11, 1024
    sub rcx, 32
    jge 1b
2:  add rcx, 32
    jz .Lsplit_next_row
    vmovups zmm0{k1}{z}, [r10]
    vmovups zmm1{k2}{z}, [r10 + 64]
    vcvtne2ps2bf16 zmm0, zmm1, zmm0
    vmovups [r11], zmm0
    jmp .Lsplit_next_row

.Lsplit_zero_row:
    cmp qword ptr [rbp + N6], 0
    je .Lsplit_done
    mov rcx, r8
1:  vmovups [r11], zmm29
    add r11, 1024
    sub rcx, 1024
    jg 1b

.Lsplit_next_row:
    inc r12
    inc edx
    cmp edx, 16
    jl .Lsplit_row
    xor edx, edx
    add rsi, r8
    jmp .Lsplit_row
.Lsplit_done:
    LEAVE

# zmm0, zmm1 = 32 values -> [r11] hi, [r11 + 1024] lo; r11 advances by one k step.
.Lsplit_two:
    SPLIT_TERMS 0, 1, 4, 5, 31, 30, 2, 3
    vmovups [r11], zmm4
    vmovups [r11 + 1024], zmm5
    add r11, 2048
    ret
