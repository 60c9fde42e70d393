package io.github.funasrjava.kernels;

import io.github.funasrjava.kernels.KernelOptions.Tier;
import io.github.funasrjava.kernels.cuda.CudaDetection;
import io.github.funasrjava.kernels.cuda.SystemCudaPlatform;
import io.github.funasrjava.kernels.internal.CheckedKernels;
import io.github.funasrjava.kernels.internal.TierAttempt;
import io.github.funasrjava.kernels.internal.WorkerPool;
import io.github.funasrjava.kernels.scalar.ScalarOperations;
import io.github.funasrjava.kernels.x86.X86Kernels;
import java.util.function.Consumer;

/**
 * Opens the kernels that the options ask for. This is decided once; {@link Kernels#description()} says what was taken
 * and why the faster tiers were not.
 */
public final class KernelSelector {
    private KernelSelector() {}

    /**
     * Opens kernels.
     *
     * @throws KernelsUnavailableException when a tier is asked for by name that does not run here
     */
    public static Kernels open(KernelOptions options) {
        return switch (options.tier()) {
            case SCALAR -> scalar(options, "plain loops, asked for");
            case VECTOR -> forced(VectorTier.open(options), "vector");
            case X86 -> forced(X86Kernels.open(options), "x86");
            case AUTO -> fastest(options);
        };
    }

    /**
     * Opens kernels on a device. {@link DeviceChoice#AUTO} falls back to the processor.
     *
     * @param note hears in one sentence why a GPU that seems to be there is not used
     * @throws KernelsUnavailableException when a GPU is asked for that cannot be used, or a tier that does not run here
     */
    public static Kernels open(KernelOptions options, DeviceChoice device, Consumer<String> note) {
        return open(options, device, note, new CudaDetection(new SystemCudaPlatform()));
    }

    static Kernels open(KernelOptions options, DeviceChoice device, Consumer<String> note, CudaDetection detection) {
        // Who names a tier of the processor has chosen the processor.
        if (device.kind() == DeviceChoice.Kind.CPU || device.kind() == DeviceChoice.Kind.AUTO && options.tier() != Tier.AUTO) {
            return open(options);
        }
        return switch (CudaTier.open(options, device, note, detection)) {
            case TierAttempt.Opened(Kernels kernels) -> kernels;
            case TierAttempt.Refused(String reason) -> {
                if (device.kind() == DeviceChoice.Kind.CUDA) {
                    throw new KernelsUnavailableException("--device " + device + " cannot be used: " + reason);
                }
                if (detection.driverInstalled()) {
                    note.accept("computing on the CPU: " + reason);
                }
                yield open(options);
            }
        };
    }

    private static Kernels fastest(KernelOptions options) {
        String x86Refused;
        switch (X86Kernels.open(options)) {
            case TierAttempt.Opened(Kernels kernels) -> {
                return kernels;
            }
            case TierAttempt.Refused(String reason) -> x86Refused = "x86 not taken: " + reason;
        }
        return switch (VectorTier.open(options.withTier(Tier.AUTO), x86Refused)) {
            case TierAttempt.Opened(Kernels kernels) -> kernels;
            case TierAttempt.Refused(String reason) ->
                scalar(options, "plain loops, slow; vector not taken: " + reason + "; " + x86Refused);
        };
    }

    private static Kernels scalar(KernelOptions options, String reason) {
        WorkerPool pool = new WorkerPool(options.effectiveThreads());
        String threads = pool.threads() == 1 ? "1 thread" : pool.threads() + " threads";
        return new CheckedKernels("scalar", "scalar, " + threads + ": " + reason, pool, new ScalarOperations(pool));
    }

    private static Kernels forced(TierAttempt attempt, String tier) {
        return switch (attempt) {
            case TierAttempt.Opened(Kernels kernels) -> kernels;
            case TierAttempt.Refused(String reason) ->
                throw new KernelsUnavailableException("the " + tier + " kernels do not run here: " + reason);
        };
    }
}
