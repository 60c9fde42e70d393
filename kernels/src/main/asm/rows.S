# Operations on single rows: norms, SwiGLU, log-softmax, embedding look-up, FSMN, query/key preparation, argmax.
# Rows of n values go in vectors of 16, the rest under the mask k1. Sums have a fixed order that depends on n alone.

# Loads the k1 tail mask for n values (n in the stack slot).
.macro TAIL_MASK slot
    mov rbx, [rbp + \slot]
    and rbx, 15
    LANES k1, rbx, r14
.endm

# --- layer_norm ------------------------------------------------------------------------------------------------------
#   p0 x  p1 weight  p2 bias  p3 out   n0 first row  n1 end row  n2 n  n3 x stride  n4 out stride  n5 eps
# Three passes over a row that is in the first-level cache: mean, variance of the centred values, result.
.macro NORM_SUM tail
    .if \tail
    vmovups zmm2{k1}{z}, [r10]
    vaddps zmm0, zmm0, zmm2
    .else
    vaddps zmm0, zmm0, [r10]
    .endif
.endm
.macro NORM_SQUARES tail
    .if \tail
    vmovups zmm2{k1}{z}, [r10]
    vsubps zmm2{k1}{z}, zmm2, zmm10
    .else
    vmovups zmm2, [r10]
    vsubps zmm2, zmm2, zmm10
    .endif
    vfmadd231ps zmm0, zmm2, zmm2
.endm
.macro LAYER_NORM_STORE tail
    .if \tail
    vmovups zmm2{k1}{z}, [r10]
    vmovups zmm3{k1}{z}, [rsi + r11]
    vmovups zmm4{k1}{z}, [rdx + r11]
    .else
    vmovups zmm2, [r10]
    vmovups zmm3, [rsi + r11]
    vmovups zmm4, [rdx + r11]
    .endif
    vsubps zmm2, zmm2, zmm10
    vmulps zmm2, zmm2, zmm11
    vfmadd132ps zmm2, zmm4, zmm3
    .if \tail
    vmovups [r13 + r11]{k1}, zmm2
    .else
    vmovups [r13 + r11], zmm2
    .endif
    add r11, 64
.endm
FUNCTION layer_norm
    ENTER
    mov r12, [rbp + N0]
    mov rax, r12
    imul rax, [rbp + N3]
    add rdi, rax
    mov r13, r12
    imul r13, [rbp + N4]
    add r13, rcx
    TAIL_MASK N2
    vcvtsi2ss xmm12, xmm12, qword ptr [rbp + N2]
.Llayer_norm_row:
    cmp r12, [rbp + N1]
    jge .Llayer_norm_done
    vpxord zmm0, zmm0, zmm0
    mov r10, rdi
    mov rcx, [rbp + N2]
    EACH_VECTOR NORM_SUM
    FOLD vaddps
    vdivss xmm0, xmm0, xmm12
    vbroadcastss zmm10, xmm0
    vpxord zmm0, zmm0, zmm0
    mov r10, rdi
    mov rcx, [rbp + N2]
    EACH_VECTOR NORM_SQUARES
    FOLD vaddps
    vdivss xmm0, xmm0, xmm12
    vaddss xmm0, xmm0, dword ptr [rbp + N5]
    vsqrtss xmm0, xmm0, xmm0
    mov eax, 0x3f800000
    vmovd xmm1, eax
    vdivss xmm0, xmm1, xmm0
    vbroadcastss zmm11, xmm0
    mov r10, rdi
    xor r11d, r11d
    mov rcx, [rbp + N2]
    EACH_VECTOR LAYER_NORM_STORE
    add rdi, [rbp + N3]
    add r13, [rbp + N4]
    inc r12
    jmp .Llayer_norm_row
.Llayer_norm_done:
    LEAVE

# --- rms_norm --------------------------------------------------------------------------------------------------------
#   p0 x  p1 weight  p2 out   n0 first row  n1 end row  n2 n  n3 x stride  n4 out stride  n5 eps
.macro SUM_OF_SQUARES tail
    .if \tail
    vmovups zmm2{k1}{z}, [r10]
    .else
    vmovups zmm2, [r10]
    .endif
    vfmadd231ps zmm0, zmm2, zmm2
.endm
.macro RMS_NORM_STORE tail
    .if \tail
    vmovups zmm2{k1}{z}, [r10]
    vmovups zmm3{k1}{z}, [rsi + r11]
    .else
    vmovups zmm2, [r10]
    vmovups zmm3, [rsi + r11]
    .endif
    vmulps zmm2, zmm2, zmm11
    vmulps zmm2, zmm2, zmm3
    .if \tail
    vmovups [r13 + r11]{k1}, zmm2
    .else
    vmovups [r13 + r11], zmm2
    .endif
    add r11, 64
.endm
# zmm11 = 1 / sqrt(xmm0 / xmm12 + eps), eps at the slot. Spoils eax, xmm0, xmm1.
.macro INVERSE_RMS eps
    vdivss xmm0, xmm0, xmm12
    vaddss xmm0, xmm0, dword ptr [rbp + \eps]
    vsqrtss xmm0, xmm0, xmm0
    mov eax, 0x3f800000
    vmovd xmm1, eax
    vdivss xmm0, xmm1, xmm0
    vbroadcastss zmm11, xmm0
.endm
FUNCTION rms_norm
    ENTER
    mov r12, [rbp + N0]
    mov rax, r12
    imul rax, [rbp + N3]
    add rdi, rax
    mov r13, r12
    imul r13, [rbp + N4]
    add r13, rdx
    TAIL_MASK N2
    vcvtsi2ss xmm12, xmm12, qword ptr [rbp + N2]
.Lrms_norm_row:
    cmp r12, [rbp + N1]
    jge .Lrms_norm_done
    vpxord zmm0, zmm0, zmm0
    mov r10, rdi
    mov rcx, [rbp + N2]
    EACH_VECTOR SUM_OF_SQUARES
    FOLD vaddps
    INVERSE_RMS N5
    mov r10, rdi
    xor r11d, r11d
    mov rcx, [rbp + N2]
    EACH_VECTOR RMS_NORM_STORE
    add rdi, [rbp + N3]
    add r13, [rbp + N4]
    inc r12
    jmp .Lrms_norm_row
.Lrms_norm_done:
    LEAVE

# --- swiglu ----------------------------------------------------------------------------------------------------------
#   p0 gate|up [m, 2n]  p1 out [m, n]   n0 first row  n1 end row  n2 n  n3 x stride  n4 out stride
.macro SWIGLU_VECTOR tail
    .if \tail
    vmovups zmm0{k1}{z}, [r10]
    vmovups zmm1{k1}{z}, [r10 + r15]
    .else
    vmovups zmm0, [r10]
    vmovups zmm1, [r10 + r15]
    .endif
    vpxord zmm2, zmm2, zmm2
    vsubps zmm2, zmm2, zmm0
    EXP zmm2, zmm3, zmm4
    vaddps zmm2, zmm2, zmm23
    vdivps zmm0, zmm0, zmm2
    vmulps zmm0, zmm0, zmm1
    .if \tail
    vmovups [r13 + r11]{k1}, zmm0
    .else
    vmovups [r13 + r11], zmm0
    .endif
    add r11, 64
.endm
FUNCTION swiglu
    ENTER
    EXP_CONSTANTS
    mov r12, [rbp + N0]
    mov rax, r12
    imul rax, [rbp + N3]
    add rdi, rax
    mov r13, r12
    imul r13, [rbp + N4]
    add r13, rsi
    TAIL_MASK N2
    mov r15, [rbp + N2]
    shl r15, 2
.Lswiglu_row:
    cmp r12, [rbp + N1]
    jge .Lswiglu_done
    mov r10, rdi
    xor r11d, r11d
    mov rcx, [rbp + N2]
    EACH_VECTOR SWIGLU_VECTOR
    add rdi, [rbp + N3]
    add r13, [rbp + N4]
    inc r12
    jmp .Lswiglu_row
.Lswiglu_done:
    LEAVE

# --- log_softmax -----------------------------------------------------------------------------------------------------
#   p0 x  p1 out   n0 first row  n1 end row  n2 n  n3 x stride  n4 out stride
# A NaN may get lost in the maximum, but not in the sum.
.macro MAX_VECTOR tail
    .if \tail
    vmovaps zmm2, zmm0
    vmovups zmm2{k1}, [r10]
    vmaxps zmm0, zmm0, zmm2
    .else
    vmaxps zmm0, zmm0, [r10]
    .endif
.endm
.macro SUM_OF_EXP tail
    .if \tail
    vmovups zmm2{k1}{z}, [r10]
    .else
    vmovups zmm2, [r10]
    .endif
    vsubps zmm2, zmm2, zmm10
    EXP zmm2, zmm3, zmm4
    .if \tail
    vaddps zmm0{k1}, zmm0, zmm2
    .else
    vaddps zmm0, zmm0, zmm2
    .endif
.endm
.macro SUBTRACT_STORE tail
    .if \tail
    vmovups zmm2{k1}{z}, [r10]
    vsubps zmm2, zmm2, zmm10
    vmovups [r13 + r11]{k1}, zmm2
    .else
    vmovups zmm2, [r10]
    vsubps zmm2, zmm2, zmm10
    vmovups [r13 + r11], zmm2
    .endif
    add r11, 64
.endm
FUNCTION log_softmax
    ENTER 64
    EXP_CONSTANTS
    mov r12, [rbp + N0]
    mov rax, r12
    imul rax, [rbp + N3]
    add rdi, rax
    mov r13, r12
    imul r13, [rbp + N4]
    add r13, rsi
    TAIL_MASK N2
.Llog_softmax_row:
    cmp r12, [rbp + N1]
    jge .Llog_softmax_done
    mov eax, 0xff800000                 # -infinity
    vpbroadcastd zmm0, eax
    mov r10, rdi
    mov rcx, [rbp + N2]
    EACH_VECTOR MAX_VECTOR
    FOLD vmaxps
    vbroadcastss zmm10, xmm0
    vpxord zmm0, zmm0, zmm0
    mov r10, rdi
    mov rcx, [rbp + N2]
    EACH_VECTOR SUM_OF_EXP
    FOLD vaddps
    # max + ln(sum); the x87 logarithm is exact to more than f64 and one per row is cheap.
    vmovss [rsp], xmm0
    vmovss [rsp + 4], xmm10
    fldln2
    fld dword ptr [rsp]
    fyl2x
    fadd dword ptr [rsp + 4]
    fstp dword ptr [rsp]
    vbroadcastss zmm10, dword ptr [rsp]
    mov r10, rdi
    xor r11d, r11d
    mov rcx, [rbp + N2]
    EACH_VECTOR SUBTRACT_STORE
    add rdi, [rbp + N3]
    add r13, [rbp + N4]
    inc r12
    jmp .Llog_softmax_row
.Llog_softmax_done:
    LEAVE

# --- embed_row -------------------------------------------------------------------------------------------------------
#   p0 panels  p1 out  p2 scales (int8)
#   n0 id  n1 k  n2 bytes of a panel  n3 0: f32, 1: bf16, 2: int8  n4 out offset in bytes
# A row of the table is a column of a panel: dwords 128 bytes apart, each one value, a pair or a quad of k.
    .balign 64, 0xCC
embed_steps:
    .long 0, 128, 256, 384, 512, 640, 768, 896, 1024, 1152, 1280, 1408, 1536, 1664, 1792, 1920
embed_pairs:                            # lane i takes dword i / 2 ...
    .long 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7
embed_pair_shifts:                      # ... and its lower or upper half
    .long 16, 0, 16, 0, 16, 0, 16, 0, 16, 0, 16, 0, 16, 0, 16, 0
embed_quads:
    .long 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3
embed_quad_shifts:
    .long 24, 16, 8, 0, 24, 16, 8, 0, 24, 16, 8, 0, 24, 16, 8, 0

# The next 16 values, as many as there are, to out.
.macro EMBED_STORE from
    LANES k2, rcx, r14
    vmovups [rsi]{k2}, \from
    add rsi, 64
    sub rcx, 16
.endm
FUNCTION embed_row
    ENTER
    mov rax, [rbp + N0]
    mov rbx, rax
    shr rax, 5
    imul rax, [rbp + N2]
    and ebx, 31
    lea rax, [rax + 4 * rbx]
    add rdi, rax
    add rsi, [rbp + N4]
    mov rcx, [rbp + N1]
    vmovdqa64 zmm31, [rip + embed_steps]
    mov r10, [rbp + N3]
    cmp r10, 1
    je .Lembed_bf16
    jg .Lembed_int8
1:  LANES k2, rcx, r14
    kmovw k1, k2
    vpxord zmm0, zmm0, zmm0
    vgatherdps zmm0{k1}, [rdi + zmm31]
    vmovups [rsi]{k2}, zmm0
    add rdi, 2048
    add rsi, 64
    sub rcx, 16
    jg 1b
    LEAVE
.Lembed_bf16:
    vmovdqa64 zmm30, [rip + embed_pairs]
    vmovdqa64 zmm29, [rip + embed_pair_shifts]
    mov eax, 8
    vpbroadcastd zmm28, eax
    vpaddd zmm28, zmm28, zmm30
    mov eax, 0xffff0000
    vpbroadcastd zmm27, eax
1:  lea rbx, [rcx + 1]
    shr rbx, 1
    LANES k1, rbx, r14
    vpxord zmm0, zmm0, zmm0
    vpgatherdd zmm0{k1}, [rdi + zmm31]
    add rdi, 2048
    vpermd zmm1, zmm30, zmm0
    vpsllvd zmm1, zmm1, zmm29
    vpandd zmm1, zmm1, zmm27
    EMBED_STORE zmm1
    vpermd zmm1, zmm28, zmm0
    vpsllvd zmm1, zmm1, zmm29
    vpandd zmm1, zmm1, zmm27
    EMBED_STORE zmm1
    test rcx, rcx
    jg 1b
    LEAVE
.Lembed_int8:
    vmovdqa64 zmm30, [rip + embed_quads]
    vmovdqa64 zmm29, [rip + embed_quad_shifts]
    mov eax, 4
    vpbroadcastd zmm28, eax
    mov rax, [rbp + N0]
    vbroadcastss zmm27, dword ptr [rdx + 4 * rax]
1:  lea rbx, [rcx + 3]
    shr rbx, 2
    LANES k1, rbx, r14
    vpxord zmm0, zmm0, zmm0
    vpgatherdd zmm0{k1}, [rdi + zmm31]
    add rdi, 2048
    vmovdqa64 zmm26, zmm30
    .rept 4
    vpermd zmm1, zmm26, zmm0
    vpsllvd zmm1, zmm1, zmm29
    vpsrad zmm1, zmm1, 24
    vcvtdq2ps zmm1, zmm1
    vmulps zmm1, zmm1, zmm27
    EMBED_STORE zmm1
    vpaddd zmm26, zmm26, zmm28
    .endr
    test rcx, rcx
    jg 1b
    LEAVE

# --- fsmn ------------------------------------------------------------------------------------------------------------
# fsmn_taps: w [n, kernel] becomes taps [kernel][n padded to 16], so that a tap of 16 channels is one load.
#   p0 w  p1 taps   n0 n  n1 kernel  n2 w stride
FUNCTION fsmn_taps
    ENTER
    mov eax, [rbp + N2]
    vpbroadcastd zmm31, eax
    vmovdqa64 zmm30, [rip + embed_steps]
    vpsrld zmm30, zmm30, 7
    vpmulld zmm31, zmm31, zmm30
    mov r8, [rbp + N0]
    mov rbx, r8
    add rbx, 15
    and rbx, -16
    shl rbx, 2                          # bytes of a tap
1:  mov r10, rdi
    mov r11, rsi
    mov rcx, [rbp + N1]
2:  LANES k1, r8, r14
    vpxord zmm0, zmm0, zmm0
    vgatherdps zmm0{k1}, [r10 + zmm31]
    vmovups [r11], zmm0
    add r10, 4
    add r11, rbx
    dec rcx
    jnz 2b
    mov rax, [rbp + N2]
    shl rax, 4
    add rdi, rax
    add rsi, 64
    sub r8, 16
    jg 1b
    LEAVE

# fsmn: out[t] = v[t] + sum over j of tap[j] v[t + j - left] (+ residual[t]), v = 0 outside the span.
#   p0 v  p1 taps  p2 residual or 0  p3 out   (all at row 0 of the batch)
#   n0 first row of the span  n1 rows of the span  n2 first t  n3 end t  n4 n  n5 kernel  n6 left
#   n7 v stride  n8 out stride  n9 residual stride
#
# Registers: r12 t, r8 taps to skip at the front, r9 taps to take, rbx bytes of a tap, r15 v stride, r10 v at the first
# tap's row, r13 out row, r11 residual row, rdx byte offset of the channels, rcx channels left.
FUNCTION fsmn
    ENTER 64
    mov [rsp], rdx
    mov rax, [rbp + N0]
    mov r10, rax
    imul r10, [rbp + N7]
    add rdi, r10                        # v at the span
    mov r10, rax
    imul r10, [rbp + N8]
    add rcx, r10
    mov [rsp + 8], rcx                  # out at the span
    test rdx, rdx
    jz 1f
    imul rax, [rbp + N9]
    add rax, rdx
    mov [rsp], rax                      # residual at the span
1:  mov rbx, [rbp + N4]
    add rbx, 15
    and rbx, -16
    shl rbx, 2
    mov r15, [rbp + N7]
    mov r12, [rbp + N2]
.Lfsmn_row:
    cmp r12, [rbp + N3]
    jge .Lfsmn_done
    xor eax, eax
    mov r8, [rbp + N6]
    sub r8, r12
    cmovl r8, rax                       # left - t taps fall before the span
    mov r9, [rbp + N1]
    add r9, [rbp + N6]
    sub r9, r12                         # taps before the span's end
    cmp r9, [rbp + N5]
    cmovg r9, [rbp + N5]
    sub r9, r8
    cmovl r9, rax
    mov r10, r12
    add r10, r8
    sub r10, [rbp + N6]
    imul r10, r15
    add r10, rdi
    imul r8, rbx
    add r8, rsi                         # first tap
    mov r14, r12
    imul r14, r15
    add r14, rdi                        # v[t]
    mov r13, r12
    imul r13, [rbp + N8]
    add r13, [rsp + 8]
    mov r11, [rsp]
    test r11, r11
    jz 1f
    mov rax, r12
    imul rax, [rbp + N9]
    add r11, rax
1:  xor edx, edx
    mov rcx, [rbp + N4]
.Lfsmn_channels:
    mov [rsp + 16], r14
    LANES k1, rcx, r14
    mov r14, [rsp + 16]
    vmovups zmm0{k1}{z}, [r14 + rdx]
    mov [rsp + 24], r10
    mov [rsp + 32], r8
    mov rax, r9
    test rax, rax
    jz 3f
    LOOP_ALIGN
2:  vmovups zmm1{k1}{z}, [r10 + rdx]
    vfmadd231ps zmm0, zmm1, [r8 + rdx]
    add r10, r15
    add r8, rbx
    dec rax
    jnz 2b
3:  mov r10, [rsp + 24]
    mov r8, [rsp + 32]
    test r11, r11
    jz 4f
    vmovups zmm1{k1}{z}, [r11 + rdx]
    vaddps zmm0, zmm0, zmm1
4:  vmovups [r13 + rdx]{k1}, zmm0
    add rdx, 64
    sub rcx, 16
    jg .Lfsmn_channels
    inc r12
    jmp .Lfsmn_row
.Lfsmn_done:
    LEAVE

# --- qk_norm_rope ----------------------------------------------------------------------------------------------------
# RMS norm and rotation of heads; queries in place, or keys and values into the cache.
#   p0 qkv  p1 norm weight [d]  p2 cos  p3 sin  p4 key panels or 0 (in place)  p5 value panels
#   n0 first row  n1 end row  n2 qkv stride  n3 first column  n4 heads  n5 d  n6 eps  n7 position of the first row
#   n8 cos stride  n9 sin stride  n10 value column  n11 bytes of a value panel
# With a cache there is one head; key c of position p lies at (p / 32) * panel + c * 128 + (p % 32) * 4,
# value c at (c / 32) * panel + p * 128 + (c % 32) * 4.
.equ Q_HEAD, 0
.equ Q_HEADS, 8
.equ Q_COS, 16
.equ Q_SIN, 24
.equ Q_KEY, 32
.equ Q_X, 40
.equ Q_VALUES, 48
FUNCTION qk_norm_rope
    ENTER 128
    mov [rsp + Q_VALUES], r9
    mov r12, [rbp + N0]
    mov rax, r12
    imul rax, [rbp + N2]
    add rdi, rax
    mov [rsp + Q_X], rdi
    mov rax, [rbp + N7]
    mov rbx, rax
    imul rax, [rbp + N8]
    add rdx, rax
    mov [rsp + Q_COS], rdx
    imul rbx, [rbp + N9]
    add rcx, rbx
    mov [rsp + Q_SIN], rcx
    mov rbx, [rbp + N7]
    shl rbx, 7
    add [rsp + Q_VALUES], rbx
    mov r13, [rbp + N5]
    shl r13, 1                          # bytes of half a head
    TAIL_MASK N5
    vcvtsi2ss xmm12, xmm12, qword ptr [rbp + N5]
    vmovdqa64 zmm31, [rip + embed_steps]
.Lrope_row:
    cmp r12, [rbp + N1]
    jge .Lrope_done
    mov rax, [rbp + N3]
    shl rax, 2
    add rax, [rsp + Q_X]
    mov [rsp + Q_HEAD], rax
    mov rax, [rbp + N4]
    mov [rsp + Q_HEADS], rax
    test r8, r8
    jz .Lrope_head
    mov rax, r12                        # where this position's key goes
    sub rax, [rbp + N0]
    add rax, [rbp + N7]
    mov rbx, rax
    shr rax, 5
    and ebx, 31
    mov rcx, [rbp + N5]
    add rcx, 31
    and rcx, -32
    shl rcx, 7
    imul rax, rcx
    lea rax, [rax + 4 * rbx]
    add rax, r8
    mov [rsp + Q_KEY], rax
    # Every value of the key goes to a line of its own, last touched a step of decoding ago; 16 rows share it. The second-level cache
    # has more fetches under way than the first; the lines between are the other keys of the panel, which attention reads next.
    cmp r12, [rbp + N0]
    je 1f
    test ebx, 15
    jnz .Lrope_head
1:  mov rcx, [rbp + N5]
2:  prefetcht2 [rax]
    prefetcht2 [rax + 64]
    add rax, 128
    dec rcx
    jnz 2b
.Lrope_head:
    # The same head of the next row is a stride away, too far for the hardware to guess.
    mov r10, [rsp + Q_HEAD]
    add r10, [rbp + N2]
    mov rcx, [rbp + N5]
1:  prefetcht0 [r10]
    add r10, 64
    sub rcx, 16
    jg 1b
    vpxord zmm0, zmm0, zmm0
    mov r10, [rsp + Q_HEAD]
    mov rcx, [rbp + N5]
    EACH_VECTOR SUM_OF_SQUARES
    FOLD vaddps
    INVERSE_RMS N6
    mov r10, [rsp + Q_HEAD]
    xor r11d, r11d                      # byte offset in the half
    mov rcx, [rbp + N5]
    shr rcx, 1
    mov rdx, [rsp + Q_COS]
    mov r9, [rsp + Q_SIN]
    mov rbx, [rsp + Q_KEY]
1:  LANES k2, rcx, r14
    lea r14, [r10 + r11]
    vmovups zmm0{k2}{z}, [r14]
    vmovups zmm1{k2}{z}, [r14 + r13]
    vmulps zmm0, zmm0, zmm11
    vmulps zmm1, zmm1, zmm11
    lea r15, [rsi + r11]
    vmovups zmm2{k2}{z}, [r15]
    vmovups zmm3{k2}{z}, [r15 + r13]
    vmulps zmm0, zmm0, zmm2
    vmulps zmm1, zmm1, zmm3
    vmovups zmm2{k2}{z}, [rdx + r11]    # cos
    vmovups zmm3{k2}{z}, [r9 + r11]     # sin
    vmulps zmm4, zmm1, zmm3
    vfmsub231ps zmm4, zmm0, zmm2        # a cos - b sin
    vmulps zmm5, zmm0, zmm3
    vfmadd231ps zmm5, zmm1, zmm2        # b cos + a sin
    test r8, r8
    jnz 2f
    vmovups [r14]{k2}, zmm4
    vmovups [r14 + r13]{k2}, zmm5
    jmp 3f
2:  kmovw k3, k2
    vscatterdps [rbx + zmm31]{k3}, zmm4
    mov r15, r13
    shl r15, 5                          # half a head of keys, 128 bytes each
    add r15, rbx
    kmovw k3, k2
    vscatterdps [r15 + zmm31]{k3}, zmm5
    add rbx, 2048
3:  add r11, 64
    sub rcx, 16
    jg 1b
    lea rax, [2 * r13]
    add [rsp + Q_HEAD], rax
    dec qword ptr [rsp + Q_HEADS]
    jnz .Lrope_head
    test r8, r8
    jz 5f
    mov r10, [rbp + N10]                # the value
    shl r10, 2
    add r10, [rsp + Q_X]
    mov r11, [rsp + Q_VALUES]
    mov rcx, [rbp + N5]
    mov r15, [rbp + N2]
4:  LANES k2, rcx, r14
    prefetcht0 [r10 + r15]
    prefetcht0 [r10 + r15 + 64]
    vmovups zmm0{k2}{z}, [r10]
    vmovups [r11]{k2}, zmm0
    sub rcx, 16
    LANES k2, rcx, r14
    vmovups zmm0{k2}{z}, [r10 + 64]
    vmovups [r11 + 64]{k2}, zmm0
    add r10, 128
    add r11, [rbp + N11]
    sub rcx, 16
    jg 4b
    add qword ptr [rsp + Q_VALUES], 128
5:  mov rax, [rbp + N2]
    add [rsp + Q_X], rax
    mov rax, [rbp + N8]
    add [rsp + Q_COS], rax
    mov rax, [rbp + N9]
    add [rsp + Q_SIN], rax
    inc r12
    jmp .Lrope_row
.Lrope_done:
    LEAVE

# --- block_argmax ----------------------------------------------------------------------------------------------------
# The largest logit of every 256 columns of every row, the lowest id that has it, and the sum of exp(logit - largest).
#   p0 logits  p1 entries of 16 bytes: int32 id (-1: a NaN), f32 largest, f64 sum
#   n0 rows  n1 columns  n2 logits stride  n3 id of column 0  n4 bytes from an entry to that of the next row
#   n5 bytes from p1 to the first entry
# Entries of one row's blocks follow each other.
.equ ARGMAX_COLS, 256
.macro ARGMAX_MAX tail
    .if \tail
    vmovaps zmm2, zmm5
    vmovups zmm2{k1}, [r10]
    .else
    vmovups zmm2, [r10]
    .endif
    vmaxps zmm0, zmm0, zmm2
    vcmpunordps k3, zmm2, zmm2
    korw k2, k2, k3
.endm
.macro ARGMAX_FIND tail
    .if \tail
    vmovups zmm2{k1}{z}, [r10]
    vcmpeqps k3{k1}, zmm2, zmm10
    .else
    vcmpeqps k3, zmm10, [r10]
    .endif
    kmovw eax, k3
    test eax, eax
    jnz .Largmax_found
    add r11d, 16
.endm
.macro ARGMAX_SUM tail
    .if \tail
    vmovups zmm2{k1}{z}, [r10]
    .else
    vmovups zmm2, [r10]
    .endif
    vcmpeqps k3, zmm2, zmm10            # 1 also where both are -infinity
    vsubps zmm2, zmm2, zmm10
    EXP zmm2, zmm3, zmm4
    vmovaps zmm2{k3}, zmm23
    .if \tail
    vaddps zmm0{k1}, zmm0, zmm2
    .else
    vaddps zmm0, zmm0, zmm2
    .endif
.endm
FUNCTION block_argmax
    ENTER
    EXP_CONSTANTS
    mov eax, 0xff800000                 # -infinity
    vpbroadcastd zmm5, eax
    add rsi, [rbp + N5]
    mov r12, [rbp + N0]
.Largmax_row:
    mov r13, rdi                        # block
    mov r8, rsi                         # entry
    mov r9, [rbp + N1]                  # columns left
    mov r15, [rbp + N3]                 # id
.Largmax_block:
    mov edx, ARGMAX_COLS
    cmp r9, rdx
    cmovl rdx, r9
    mov rbx, rdx
    and rbx, 15
    LANES k1, rbx, r14
    kxorw k2, k2, k2
    vmovaps zmm0, zmm5
    mov r10, r13
    mov rcx, rdx
    EACH_VECTOR ARGMAX_MAX
    kmovw eax, k2
    test eax, eax
    jnz .Largmax_nan
    FOLD vmaxps
    vbroadcastss zmm10, xmm0
    vmovss [r8 + 4], xmm0
    mov r11d, r15d
    mov r10, r13
    mov rcx, rdx
    EACH_VECTOR ARGMAX_FIND
    jmp .Largmax_nan                    # never: the largest one is there
.Largmax_found:
    tzcnt eax, eax
    add eax, r11d
    mov [r8], eax
    vpxord zmm0, zmm0, zmm0
    mov r10, r13
    mov rcx, rdx
    EACH_VECTOR ARGMAX_SUM
    FOLD vaddps
    vcvtss2sd xmm0, xmm0, xmm0
    vmovsd [r8 + 8], xmm0
    jmp .Largmax_next
.Largmax_nan:
    mov dword ptr [r8], -1
    mov dword ptr [r8 + 4], 0x7fc00000
    mov rax, 0x7ff8000000000000
    mov [r8 + 8], rax
.Largmax_next:
    add r8, 16
    add r13, 4 * ARGMAX_COLS
    add r15, ARGMAX_COLS
    sub r9, rdx
    jg .Largmax_block
    add rdi, [rbp + N2]
    add rsi, [rbp + N4]
    dec r12
    jnz .Largmax_row
    LEAVE
