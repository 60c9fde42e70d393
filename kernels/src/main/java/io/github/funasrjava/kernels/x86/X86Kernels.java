package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.internal.CheckedKernels;
import io.github.funasrjava.kernels.internal.TierAttempt;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.util.Optional;

/**
 * Entry of the machine-code tier: {@code x86-amx} where the CPU has AMX and the system lets it be used, else
 * {@code x86-avx512}.
 */
public final class X86Kernels {
    private X86Kernels() {}

    /** The code is loaded once per process: its pages are never unmapped, and all instances share them. */
    private static final class Shared {
        static final Prepared HOST = prepareHost();

        private static Prepared prepareHost() {
            HostSystem.Opened opened = HostSystem.open();
            return opened.system().isPresent() ? Prepared.on(opened.system().get()) : Prepared.refused(opened.reason());
        }
    }

    /** Opens the tier, or says in half a sentence why this machine or JVM does not allow it. Never throws for that. */
    public static TierAttempt open(KernelOptions options) {
        if (!X86Kernels.class.getModule().isNativeAccessEnabled()) {
            return new TierAttempt.Refused("native access is not enabled (--enable-native-access)");
        }
        return open(options, Shared.HOST);
    }

    /** The code for this machine, or why there is none. */
    static Prepared host() {
        return Shared.HOST;
    }

    static TierAttempt open(KernelOptions options, Prepared prepared) {
        if (prepared.code().isEmpty()) {
            return new TierAttempt.Refused(prepared.reason());
        }
        KernelCode code = prepared.code().get();
        boolean full = options.accuracy() == Accuracy.FULL;
        WorkerPool pool = new WorkerPool(options.effectiveThreads());
        String tier = code.amx ? "x86-amx" : "x86-avx512";
        String threads = pool.threads() == 1 ? "1 thread" : pool.threads() + " threads";
        String detail = code.amx ? "AMX and AVX-512, " + (full ? "two bf16 terms" : "one bf16 term") + " per activation"
                : "AVX-512 without AMX (" + prepared.reason() + ")";
        return new TierAttempt.Opened(new CheckedKernels(tier, tier + ", " + threads + ": machine code for " + detail, pool,
                new X86Operations(code, pool, full ? 2 : 1)));
    }

    /**
     * Code that is loaded, with what the machine allows.
     *
     * @param code empty where no kernel may run
     * @param reason why there is no code, or why there is no AMX; else empty
     */
    record Prepared(Optional<KernelCode> code, String reason) {
        static Prepared refused(String reason) {
            return new Prepared(Optional.empty(), reason);
        }

        static Prepared on(HostSystem system) {
            MachineCode.Loaded loaded = MachineCode.load(system);
            if (loaded.code().isEmpty()) {
                return refused(loaded.reason());
            }
            MachineCode code = loaded.code().get();
            CpuFeatures features = system.cpuFeatures(code.function("cpu_features"));
            Optional<String> missing = features.missingForAvx512();
            if (missing.isPresent()) {
                return refused(missing.get());
            }
            String withoutAmx = reasonAgainstAmx(system, code, features);
            if (withoutAmx.isEmpty()) {
                KernelCode kernels = new KernelCode(code, true);
                Optional<String> failed = SelfTest.run(kernels);
                if (failed.isEmpty()) {
                    return new Prepared(Optional.of(kernels), "");
                }
                withoutAmx = "its self-test of " + failed.get() + " differs from scalar";
            }
            KernelCode kernels = new KernelCode(code, false);
            Optional<String> failed = SelfTest.run(kernels);
            return failed.isEmpty() ? new Prepared(Optional.of(kernels), withoutAmx)
                    : refused("the self-test of " + failed.get() + " differs from scalar");
        }

        /** Empty when AMX may be used; asks the system for it. */
        private static String reasonAgainstAmx(HostSystem system, MachineCode code, CpuFeatures features) {
            Optional<String> missing = features.missingForAmx();
            if (missing.isPresent()) {
                return missing.get();
            }
            long result = system.requestTilePermission(code.function("linux_syscall"));
            return result == 0 ? "" : "the system denies it, arch_prctl error " + -result;
        }
    }
}
