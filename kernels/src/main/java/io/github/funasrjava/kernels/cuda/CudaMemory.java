package io.github.funasrjava.kernels.cuda;

import java.util.Locale;
import java.util.Optional;

/**
 * Memory of a device at one moment.
 *
 * @param freeBytes what nobody has taken
 * @param totalBytes what the device has
 */
public record CudaMemory(long freeBytes, long totalBytes) {
    /** Left alone: the driver's own allocations, such as code and the stacks of threads, come on top of ours. */
    static final long RESERVE_BYTES = 256L << 20;

    /**
     * What a model needs.
     *
     * @param weightBytes weights
     * @param cacheBytes keys and values of all streams
     * @param workspaceBytes activations and scratch
     */
    public record Needs(long weightBytes, long cacheBytes, long workspaceBytes) {
        /** All of it, with the driver's reserve. */
        public long totalBytes() {
            return Math.addExact(Math.addExact(weightBytes, cacheBytes), Math.addExact(workspaceBytes, RESERVE_BYTES));
        }
    }

    /** Why the needs cannot be met, as a clause with the numbers; empty when they can. */
    public Optional<String> refusal(Needs needs) {
        if (needs.totalBytes() <= freeBytes) {
            return Optional.empty();
        }
        return Optional.of(String.format(Locale.ROOT,
                "the GPU has %s free of %s, and the model needs %s (weights %s, keys and values %s, workspace %s, reserve %s); "
                        + "free some of it, take another GPU with --device cuda:N, or compute with --device cpu",
                megabytes(freeBytes), megabytes(totalBytes), megabytes(needs.totalBytes()), megabytes(needs.weightBytes),
                megabytes(needs.cacheBytes), megabytes(needs.workspaceBytes), megabytes(RESERVE_BYTES)));
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%,d MB", Math.ceilDiv(bytes, 1_000_000));
    }
}
