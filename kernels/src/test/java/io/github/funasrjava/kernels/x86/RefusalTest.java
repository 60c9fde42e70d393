package io.github.funasrjava.kernels.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.internal.TierAttempt;
import io.github.funasrjava.kernels.x86.X86Kernels.Prepared;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever the system refuses, the tier answers with a reason and without an exception. */
class RefusalTest {
    private static final long EPERM = 1;
    /** The upper part of ln 2 as f32, which the range reductions use. */
    private static final int LN_2 = 0x3f317218;

    private HostSystem host;

    @BeforeEach
    void openHost() {
        HostSystem.Opened opened = HostSystem.open();
        assumeTrue(opened.system().isPresent(), "skipped: " + opened.reason());
        host = opened.system().get();
    }

    @Test
    void withoutMemoryTheNextTierIsTaken() {
        assertRefused(new Altered(host) {
            @Override
            public Optional<MemorySegment> allocatePages(long bytes) {
                return Optional.empty();
            }
        }, "gives no memory");
    }

    @Test
    void withoutExecutableMemoryTheNextTierIsTaken() {
        assertRefused(new Altered(host) {
            @Override
            public boolean makeExecutable(MemorySegment pages) {
                return false;
            }
        }, "refuses executable memory");
    }

    @Test
    void withoutOsxsaveTheNextTierIsTaken() {
        assertRefused(withFeatures(f -> new CpuFeatures(f.leaf1Ecx() & ~(1 << 27), f.leaf7Ebx(), f.leaf7Ecx(), f.leaf7Edx(),
                f.leaf71Eax(), 0)), "OSXSAVE");
    }

    @Test
    void withoutSavedZmmRegistersTheNextTierIsTaken() {
        for (int bit : new int[] {1, 2, 5, 6, 7}) {
            assertRefused(withFeatures(f -> new CpuFeatures(f.leaf1Ecx(), f.leaf7Ebx(), f.leaf7Ecx(), f.leaf7Edx(),
                    f.leaf71Eax(), f.xcr0() & ~(1 << bit))), "does not save AVX-512");
        }
    }

    @Test
    void withoutAvx512TheNextTierIsTaken() {
        for (int bit : new int[] {16, 17, 30, 31}) {
            assertRefused(withFeatures(f -> new CpuFeatures(f.leaf1Ecx(), f.leaf7Ebx() & ~(1 << bit), f.leaf7Ecx(),
                    f.leaf7Edx(), f.leaf71Eax(), f.xcr0())), "no AVX-512");
        }
        assertRefused(withFeatures(f -> new CpuFeatures(f.leaf1Ecx(), f.leaf7Ebx(), f.leaf7Ecx() & ~(1 << 11), f.leaf7Edx(),
                f.leaf71Eax(), f.xcr0())), "VNNI");
    }

    /** Code that was damaged on the way into memory: the constants of the exponential function are not what they were. */
    @Test
    void codeThatComputesSomethingElseIsNotUsed() {
        assumeTrue(Prepared.on(host).code().isPresent(), "skipped: machine code does not run here");
        assertRefused(new Altered(host) {
            @Override
            public boolean makeExecutable(MemorySegment pages) {
                int changed = 0;
                for (long at = 0; at < pages.byteSize(); at += Integer.BYTES) {
                    if (pages.get(ValueLayout.JAVA_INT, at) == LN_2) {
                        pages.set(ValueLayout.JAVA_INT, at, LN_2 + (1 << 16));
                        changed++;
                    }
                }
                assertTrue(changed > 0, "the constant is not in the code");
                return super.makeExecutable(pages);
            }
        }, "differs from scalar");
    }

    @Test
    void withoutAmxPermissionAvx512IsUsed() {
        assertAvx512(new Altered(host) {
            @Override
            public long requestTilePermission(MemorySegment syscallStub) {
                return -EPERM;
            }
        }, "arch_prctl error 1");
    }

    @Test
    void withoutAmxAvx512IsUsed() {
        for (int bit : new int[] {22, 24, 25}) {
            assertAvx512(withFeatures(f -> new CpuFeatures(f.leaf1Ecx(), f.leaf7Ebx(), f.leaf7Ecx(), f.leaf7Edx() & ~(1 << bit),
                    f.leaf71Eax(), f.xcr0())), "no AMX");
        }
    }

    @Test
    void withoutSavedTilesAvx512IsUsed() {
        assumeTrue(Prepared.on(host).code().filter(code -> code.amx).isPresent(), "skipped: this machine has no AMX");
        for (int bit : new int[] {17, 18}) {
            assertAvx512(withFeatures(f -> new CpuFeatures(f.leaf1Ecx(), f.leaf7Ebx(), f.leaf7Ecx(), f.leaf7Edx(),
                    f.leaf71Eax(), f.xcr0() & ~(1 << bit))), "does not save AMX tiles");
        }
    }

    private static void assertAvx512(HostSystem system, String reason) {
        assumeTrue(Prepared.on(system).code().isPresent(), "skipped: this machine has no AVX-512");
        TierAttempt attempt = X86Kernels.open(KernelOptions.defaults(), Prepared.on(system));
        try (Kernels kernels = assertInstanceOf(TierAttempt.Opened.class, attempt).kernels()) {
            assertEquals("x86-avx512", kernels.tier());
            assertTrue(kernels.description().contains(reason), kernels.description());
        }
    }

    private Altered withFeatures(java.util.function.UnaryOperator<CpuFeatures> change) {
        return new Altered(host) {
            @Override
            public CpuFeatures cpuFeatures(MemorySegment stub) {
                return change.apply(super.cpuFeatures(stub));
            }
        };
    }

    private static void assertRefused(HostSystem system, String reason) {
        Prepared prepared = Prepared.on(system);
        TierAttempt attempt = X86Kernels.open(KernelOptions.defaults(), prepared);
        TierAttempt.Refused refused = assertInstanceOf(TierAttempt.Refused.class, attempt);
        assertTrue(refused.reason().contains(reason), refused.reason());
        assertEquals(-1, refused.reason().indexOf('\n'));
    }

    /** The real system but for what a test overrides. */
    static class Altered implements HostSystem {
        private final HostSystem host;

        Altered(HostSystem host) {
            this.host = host;
        }

        @Override
        public Optional<MemorySegment> allocatePages(long bytes) {
            return host.allocatePages(bytes);
        }

        @Override
        public boolean makeExecutable(MemorySegment pages) {
            return host.makeExecutable(pages);
        }

        @Override
        public CpuFeatures cpuFeatures(MemorySegment stub) {
            return host.cpuFeatures(stub);
        }

        @Override
        public long requestTilePermission(MemorySegment syscallStub) {
            return host.requestTilePermission(syscallStub);
        }
    }
}
