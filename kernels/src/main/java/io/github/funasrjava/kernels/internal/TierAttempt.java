package io.github.funasrjava.kernels.internal;

import io.github.funasrjava.kernels.Kernels;

/** The outcome of trying to open a tier. */
public sealed interface TierAttempt {
    /** The tier runs here. */
    record Opened(Kernels kernels) implements TierAttempt {}

    /** The tier does not run here; the reason is half a sentence without a full stop. */
    record Refused(String reason) implements TierAttempt {}
}
