package io.github.funasrjava.kernels.vector;

import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.internal.CheckedKernels;
import io.github.funasrjava.kernels.internal.TierAttempt;
import io.github.funasrjava.kernels.internal.WorkerPool;
import jdk.incubator.vector.FloatVector;

/** Opens the Vector API tier. To be touched only where the module {@code jdk.incubator.vector} is readable. */
public final class VectorKernels {
    private VectorKernels() {}

    /** Width that the CPU prefers and this tier has, in bits; 0 where there is none. */
    public static int preferredBits() {
        int bits = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        return bits < 128 ? 0 : Math.min(512, Integer.highestOneBit(bits));
    }

    /**
     * Opens the tier at the width of the options, or at the preferred one.
     *
     * @param reason why this tier, for the description
     */
    public static TierAttempt open(KernelOptions options, String reason) {
        int preferred = preferredBits();
        if (preferred == 0) {
            return new TierAttempt.Refused("this JVM has no vector instructions for the CPU at hand");
        }
        int bits = options.vectorBits() == 0 ? preferred : options.vectorBits();
        if (bits > preferred) {
            return new TierAttempt.Refused(bits + "-bit vectors are wider than the " + preferred + " bits of this CPU and JVM");
        }
        WorkerPool pool = new WorkerPool(options.effectiveThreads());
        String name = "vector-" + bits;
        String threads = pool.threads() == 1 ? "1 thread" : pool.threads() + " threads";
        return new TierAttempt.Opened(
                new CheckedKernels(name, name + ", " + threads + ": " + reason, pool, operations(pool, bits)));
    }

    /** The operations at one width, for other tiers to hand on what they lack. */
    public static VectorOperations operations(WorkerPool pool, int bits) {
        return new VectorOperations(pool, lanes(bits), hasManyRegisters());
    }

    private static Lanes lanes(int bits) {
        return switch (bits) {
            case 128 -> new io.github.funasrjava.kernels.vector.lanes128.VectorLanes();
            case 256 -> new io.github.funasrjava.kernels.vector.lanes256.VectorLanes();
            case 512 -> new io.github.funasrjava.kernels.vector.lanes512.VectorLanes();
            default -> throw new IllegalArgumentException("no kernels for " + bits + "-bit vectors");
        };
    }

    /** x86 below AVX-512 has 16 vector registers, everything else of interest 32. */
    private static boolean hasManyRegisters() {
        String arch = System.getProperty("os.arch", "");
        boolean x86 = arch.equals("amd64") || arch.equals("x86_64");
        return !x86 || FloatVector.SPECIES_PREFERRED.vectorBitSize() >= 512;
    }
}
