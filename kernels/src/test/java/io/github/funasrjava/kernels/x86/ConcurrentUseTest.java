package io.github.funasrjava.kernels.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KernelOptions.Tier;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.cases.Expected;
import io.github.funasrjava.kernels.cases.LinearCases;
import io.github.funasrjava.kernels.cases.Values;
import io.github.funasrjava.kernels.internal.TierAttempt;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code is shared by all threads and instances, and memory may be closed at any time. */
class ConcurrentUseTest {
    private static final int THREADS = 8;
    private static final int CALLS_PER_THREAD = 125_000;

    private static Kernels open(int threads) {
        KernelOptions options = KernelOptions.defaults().withTier(Tier.X86).withThreads(threads);
        return switch (X86Kernels.open(options)) {
            case TierAttempt.Opened(Kernels kernels) -> kernels;
            case TierAttempt.Refused(String reason) -> abort("skipped: " + reason);
        };
    }

    @Test
    @Timeout(1200)
    void aMillionCallsFromManyThreadsGiveTheSameBits() throws Exception {
        open(1).close();
        List<Future<Integer>> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            for (int t = 0; t < THREADS; t++) {
                int seed = t;
                Callable<Integer> calls = () -> callOften(seed);
                results.add(threads.submit(calls));
            }
            int calls = 0;
            for (Future<Integer> result : results) {
                calls += result.get();
            }
            assertEquals(THREADS * CALLS_PER_THREAD, calls);
        }
    }

    private static int callOften(int seed) {
        try (Kernels kernels = open(1); Arena arena = Arena.ofConfined()) {
            Random random = new Random(seed);
            Matrix x = matrix(arena, random, 3, 40);
            PanelMatrix bf16 = LinearCases.pack(arena, DType.BF16, Values.NORMAL.bf16Rows(random, 33, 40));
            PanelMatrix int8 = LinearCases.pack(arena, DType.INT8, Values.NORMAL.bf16Rows(random, 33, 40));
            Matrix first = Matrix.allocate(arena, 3, 33);
            Matrix second = Matrix.allocate(arena, 3, 33);
            Matrix out = Matrix.allocate(arena, 3, 33);
            kernels.linear(x, bf16, first);
            kernels.linear(x, int8, second);
            int calls = 0;
            while (calls < CALLS_PER_THREAD) {
                boolean even = calls % 2 == 0;
                kernels.linear(x, even ? bf16 : int8, out);
                calls++;
                if (calls % 1000 < 2) {
                    Expected.checkBits("call " + calls, even ? first : second, out);
                }
            }
            return calls;
        }
    }

    @Test
    @Timeout(1200)
    void closingAnArenaThatIsInUseIsAnExceptionAndNoCrash() throws Exception {
        Random random = new Random(1);
        int refused = 0;
        int stopped = 0;
        try (Kernels kernels = open(2); ExecutorService thread = Executors.newSingleThreadExecutor()) {
            for (int round = 0; round < 60; round++) {
                Arena weights = Arena.ofShared();
                Arena rest = Arena.ofShared();
                Matrix x = matrix(rest, random, 20, 512);
                PanelMatrix w = LinearCases.pack(weights, DType.BF16, Values.NORMAL.bf16Rows(random, 320, 512));
                Matrix out = Matrix.allocate(rest, 20, 320);
                Future<RuntimeException> failure = thread.submit(() -> callUntilClosed(kernels, x, w, out));
                Thread.sleep(random.nextInt(4));
                while (weights.scope().isAlive()) {
                    try {
                        weights.close();
                    } catch (IllegalStateException e) {
                        // A kernel holds it open at this moment.
                        refused++;
                    }
                }
                String message = failure.get().getMessage();
                assertTrue(message.contains("closed"), message);
                stopped++;
                rest.close();
            }
        }
        assertEquals(60, stopped);
        assertTrue(refused > 0, "no close met a call");
    }

    private static RuntimeException callUntilClosed(Kernels kernels, Matrix x, PanelMatrix w, Matrix out) {
        while (true) {
            try {
                kernels.linear(x, w, out);
            } catch (IllegalArgumentException | IllegalStateException e) {
                return e;
            }
        }
    }

    private static Matrix matrix(Arena arena, Random random, int rows, int cols) {
        Matrix m = Matrix.allocate(arena, rows, cols);
        float[][] values = Values.NORMAL.rows(random, rows, cols);
        for (int r = 0; r < rows; r++) {
            m.setRow(r, values[r]);
        }
        return m;
    }
}
