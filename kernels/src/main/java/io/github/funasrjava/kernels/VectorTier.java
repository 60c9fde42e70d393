package io.github.funasrjava.kernels;

import io.github.funasrjava.kernels.internal.TierAttempt;
import io.github.funasrjava.kernels.vector.VectorKernels;

/** Decides about the Vector API tier without touching a class that needs the incubator module before it is there. */
final class VectorTier {
    private static final String MODULE = "jdk.incubator.vector";

    private VectorTier() {}

    static TierAttempt open(KernelOptions options) {
        return open(options, "asked for");
    }

    static TierAttempt open(KernelOptions options, String reason) {
        if (!moduleReadable()) {
            return new TierAttempt.Refused(
                    "the module " + MODULE + " is not loaded (start java with --add-modules " + MODULE + ")");
        }
        return VectorKernels.open(options, reason);
    }

    /** Whether vector classes resolve from here. The module may be in the boot layer or loaded later, so it is tried. */
    static boolean moduleReadable() {
        try {
            Class<?> vector = Class.forName(MODULE + ".FloatVector", false, VectorTier.class.getClassLoader());
            return VectorTier.class.getModule().canRead(vector.getModule());
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
