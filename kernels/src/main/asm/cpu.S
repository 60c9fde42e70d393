# What the machine allows. Everything here is plain x86-64: it runs before anything is known about the CPU.

# cpu_features: p0 = six dwords that receive CPUID 1 ecx; 7.0 ebx, ecx, edx; 7.1 eax; and the low half of XCR0
# (0 where the system does not use XSAVE).
FUNCTION cpu_features
    ENTER
    xor eax, eax
    mov qword ptr [rdi], rax
    mov qword ptr [rdi + 8], rax
    mov qword ptr [rdi + 16], rax
    cpuid
    mov r8d, eax                        # highest leaf
    mov eax, 1
    xor ecx, ecx
    cpuid
    mov [rdi], ecx
    bt ecx, 27                          # OSXSAVE: xgetbv may be used
    jnc 1f
    xor ecx, ecx
    xgetbv
    mov [rdi + 20], eax
1:  cmp r8d, 7
    jb 2f
    mov eax, 7
    xor ecx, ecx
    cpuid
    mov [rdi + 4], ebx
    mov [rdi + 8], ecx
    mov [rdi + 12], edx
    test eax, eax                       # highest subleaf
    jz 2f
    mov eax, 7
    mov ecx, 1
    cpuid
    mov [rdi + 16], eax
2:  lea rsp, [rbp - 40]                 # no vzeroupper: AVX is not known to exist yet
    pop r15
    pop r14
    pop r13
    pop r12
    pop rbx
    pop rbp
    xor eax, eax
    ret

# linux_syscall: n0 = number, n1 = first argument, n2 = second. Returns what the kernel returns: -errno on failure.
# (libc's syscall() would hide errno from the caller.)
FUNCTION linux_syscall
    push rbp
    mov rbp, rsp
    mov rax, [rbp + N0]
    mov rdi, [rbp + N1]
    mov rsi, [rbp + N2]
    syscall
    pop rbp
    ret
