package io.github.funasrjava.engine;

import java.util.concurrent.TimeUnit;

/**
 * Runs that a measurement does not count. The Java code around the kernels becomes fast only when the JVM has compiled it, on processors that
 * meanwhile compute less: the first four passes through the encoder take 1.3 to 2.5 times as long as the later ones, and of a prefill of 64
 * rows a median of 9 passes after three others was 76 ms where that of 61 was 68.
 */
public final class WarmUp {
    private static final int LEAST_RUNS = 3;
    private static final long LEAST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private WarmUp() {}

    /** Runs a pass at least three times and for at least a second. */
    public static void run(Runnable pass) {
        long begin = System.nanoTime();
        for (int i = 0; i < LEAST_RUNS || System.nanoTime() - begin < LEAST_NANOS; i++) {
            pass.run();
        }
    }
}
