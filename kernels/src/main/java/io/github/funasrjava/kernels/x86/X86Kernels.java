package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.internal.CheckedKernels;
import io.github.funasrjava.kernels.internal.TierAttempt;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.util.Optional;

/** Entry of the machine-code tier. */
public final class X86Kernels {
    private X86Kernels() {}

    /** The code is loaded once per process: its pages are never unmapped, and all instances share them. */
    private static final class Shared {
        static final Prepared HOST = prepareHost();

        private static Prepared prepareHost() {
            HostSystem.Opened opened = HostSystem.open();
            return opened.system().map(Prepared::on).orElseGet(() -> Prepared.refused(opened.reason()));
        }
    }

    /** Opens the tier, or says in half a sentence why this machine or JVM does not allow it. Never throws for that. */
    public static TierAttempt open(KernelOptions options) {
        if (!X86Kernels.class.getModule().isNativeAccessEnabled()) {
            return new TierAttempt.Refused("native access is not enabled (--enable-native-access)");
        }
        return open(options, Shared.HOST);
    }

    static TierAttempt open(KernelOptions options, Prepared prepared) {
        if (prepared.code().isEmpty()) {
            return new TierAttempt.Refused(prepared.reason());
        }
        boolean full = options.accuracy() == Accuracy.FULL;
        WorkerPool pool = new WorkerPool(options.effectiveThreads());
        String threads = pool.threads() == 1 ? "1 thread" : pool.threads() + " threads";
        String description = "x86-amx, " + threads + ": machine code, " + (full ? "two bf16 terms" : "one bf16 term")
                + " per activation";
        return new TierAttempt.Opened(new CheckedKernels("x86-amx", description, pool,
                new X86Operations(prepared.code().get(), pool, full ? 2 : 1)));
    }

    /** Code that is loaded, with what the machine allows; or the reason why there is none. */
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
            Optional<String> missing = features.missingForAvx512().or(features::missingForAmx);
            if (missing.isPresent()) {
                return refused(missing.get());
            }
            long denied = system.requestTilePermission(code.function("linux_syscall"));
            if (denied != 0) {
                return refused("the system denies AMX (arch_prctl error " + -denied + ")");
            }
            return new Prepared(Optional.of(KernelCode.of(code)), "");
        }
    }
}
