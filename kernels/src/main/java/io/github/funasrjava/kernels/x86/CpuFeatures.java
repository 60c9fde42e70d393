package io.github.funasrjava.kernels.x86;

import java.util.Optional;

/**
 * What CPUID and XCR0 say, as the stub {@code cpu_features} writes it.
 *
 * @param leaf1Ecx CPUID 1, ecx
 * @param leaf7Ebx CPUID 7.0, ebx
 * @param leaf7Ecx CPUID 7.0, ecx
 * @param leaf7Edx CPUID 7.0, edx
 * @param leaf71Eax CPUID 7.1, eax
 * @param xcr0 register state that the system saves and restores
 */
record CpuFeatures(int leaf1Ecx, int leaf7Ebx, int leaf7Ecx, int leaf7Edx, int leaf71Eax, int xcr0) {
    /** SSE, AVX, opmask, upper halves of zmm0-15, zmm16-31: bits 1, 2, 5, 6, 7. */
    private static final int XCR0_AVX512 = 0b1110_0110;
    /** Tile configuration and tile data: bits 17, 18. */
    private static final int XCR0_AMX = 0b110 << 16;

    /** The first feature that the AVX-512 kernels need and do not find. */
    Optional<String> missingForAvx512() {
        if (!bit(leaf1Ecx, 27)) {
            return Optional.of("the system does not manage extended registers (OSXSAVE)");
        }
        if ((xcr0 & XCR0_AVX512) != XCR0_AVX512) {
            return Optional.of("the system does not save AVX-512 registers");
        }
        if (!bit(leaf1Ecx, 12) || !bit(leaf7Ebx, 8)) {
            return Optional.of("the CPU has no FMA and BMI2");
        }
        boolean foundation = bit(leaf7Ebx, 16);
        boolean dq = bit(leaf7Ebx, 17);
        boolean bw = bit(leaf7Ebx, 30);
        boolean vl = bit(leaf7Ebx, 31);
        if (!foundation || !dq || !bw || !vl) {
            return Optional.of("the CPU has no AVX-512 (F, DQ, BW, VL)");
        }
        if (!bit(leaf7Ecx, 11)) {
            return Optional.of("the CPU has no AVX-512 VNNI");
        }
        return Optional.empty();
    }

    /** The first feature that the AMX kernels need, beyond AVX-512, and do not find. */
    Optional<String> missingForAmx() {
        if (!bit(leaf7Edx, 24) || !bit(leaf7Edx, 22) || !bit(leaf7Edx, 25)) {
            return Optional.of("the CPU has no AMX (tile, bf16, int8)");
        }
        if ((xcr0 & XCR0_AMX) != XCR0_AMX) {
            return Optional.of("the system does not save AMX tiles");
        }
        if (!bit(leaf71Eax, 5)) {
            return Optional.of("the CPU has no AVX-512 BF16");
        }
        return Optional.empty();
    }

    private static boolean bit(int word, int bit) {
        return (word >>> bit & 1) != 0;
    }
}
