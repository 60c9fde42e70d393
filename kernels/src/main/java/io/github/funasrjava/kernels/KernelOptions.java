package io.github.funasrjava.kernels;

import java.util.Objects;

/**
 * Which kernels to open.
 *
 * @param tier the implementation; {@link Tier#AUTO} takes the fastest that this machine and JVM allow
 * @param threads threads that compute, the calling one included; 0 takes as many as the JVM sees processors
 * @param vectorBits width of the {@code vector} tier: 128, 256 or 512, or 0 for what the CPU prefers
 * @param accuracy what tiers that multiply bf16 may do to activations; f32 tiers are exact either way
 */
public record KernelOptions(Tier tier, int threads, int vectorBits, Accuracy accuracy) {
    /** Most threads that one instance takes. */
    public static final int MAX_THREADS = 256;

    /** The implementations. */
    public enum Tier {
        /** x86 where it is allowed, else vector, else scalar. */
        AUTO,
        /** Plain loops: the reference. */
        SCALAR,
        /** JDK Vector API; needs the module {@code jdk.incubator.vector}. */
        VECTOR,
        /** Machine code for x86-64 with AVX-512 or AMX. */
        X86
    }

    /** How activations enter bf16 products. */
    public enum Accuracy {
        /** Two bf16 terms, hi + lo: 16 bits of mantissa. */
        FULL,
        /** One bf16 term. */
        FAST
    }

    public KernelOptions {
        Objects.requireNonNull(tier, "tier");
        Objects.requireNonNull(accuracy, "accuracy");
        if (threads < 0 || threads > MAX_THREADS) {
            throw new IllegalArgumentException(
                    "threads must be 1 to " + MAX_THREADS + ", or 0 for all processors, got " + threads);
        }
        if (vectorBits != 0 && vectorBits != 128 && vectorBits != 256 && vectorBits != 512) {
            throw new IllegalArgumentException("vector width must be 0, 128, 256 or 512 bits, got " + vectorBits);
        }
    }

    /** The fastest tier with all processors and full accuracy. */
    public static KernelOptions defaults() {
        return new KernelOptions(Tier.AUTO, 0, 0, Accuracy.FULL);
    }

    /** These options with another tier. */
    public KernelOptions withTier(Tier newTier) {
        return new KernelOptions(newTier, threads, vectorBits, accuracy);
    }

    /** These options with another number of threads. */
    public KernelOptions withThreads(int newThreads) {
        return new KernelOptions(tier, newThreads, vectorBits, accuracy);
    }

    /** These options with another vector width. */
    public KernelOptions withVectorBits(int newBits) {
        return new KernelOptions(tier, threads, newBits, accuracy);
    }

    /** These options with another accuracy. */
    public KernelOptions withAccuracy(Accuracy newAccuracy) {
        return new KernelOptions(tier, threads, vectorBits, newAccuracy);
    }

    /** {@link #threads}, or the number of processors where that is 0. */
    public int effectiveThreads() {
        return threads != 0 ? threads : Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors());
    }
}
