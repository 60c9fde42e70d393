package io.github.funasrjava.kernels;

import io.github.funasrjava.kernels.internal.TierAttempt;

/** Decides about the Vector API tier without touching a class that needs the incubator module. */
final class VectorTier {
    private VectorTier() {}

    static TierAttempt open(KernelOptions options) {
        return open(options, "asked for");
    }

    static TierAttempt open(KernelOptions options, String reason) {
        return new TierAttempt.Refused("it is not built yet");
    }
}
