package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.internal.TierAttempt;

/** Entry of the machine-code tier. */
public final class X86Kernels {
    private X86Kernels() {}

    /** Opens the tier, or says in half a sentence why this machine or JVM does not allow it. Never throws for that. */
    public static TierAttempt open(KernelOptions options) {
        return new TierAttempt.Refused("it is not built yet");
    }
}
