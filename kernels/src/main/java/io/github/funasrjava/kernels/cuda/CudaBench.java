package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.DeviceMeasurement;
import io.github.funasrjava.kernels.DeviceMeasurement.KernelTime;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.PanelPacker;
import io.github.funasrjava.kernels.Pass;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Times of the kernels and of the device's ceilings, by CUDA events. */
final class CudaBench {
    /** Launches between two events. */
    private static final int LAUNCHES = 50;
    private static final int CEILING_RUNS = 10;
    /** The weights of several matrices take turns, so that they come from memory and not from the L2 cache. */
    private static final long WEIGHT_BYTES = 512L << 20;
    private static final long COPY_BYTES = 1L << 30;
    private static final int PRODUCT_ROUNDS = 4096;
    /** Products of one round of {@code ceiling_matrix}: 8 of 16 x 8 x 16. */
    private static final double FLOPS_PER_WARP_ROUND = 8 * 2.0 * 16 * 8 * 16;
    private static final int CLIP_ROWS = 167;

    /** Rows, inputs, outputs of the decoder's products, then of the encoder's on 10 s of audio. */
    private static final int[][] PRODUCTS = {
        {1, 1024, 4096}, {1, 2048, 1024}, {1, 1024, 6144}, {1, 3072, 1024}, {16, 1024, 4096}, {16, 3072, 1024},
        {CLIP_ROWS, 512, 1536}, {CLIP_ROWS, 512, 512}, {CLIP_ROWS, 512, 2048}, {CLIP_ROWS, 2048, 512}};

    private final CudaSession session;
    private final CudaDriver driver;
    private final CudaOperations operations;
    private final int vocabulary;
    private final List<KernelTime> times = new ArrayList<>();

    CudaBench(CudaSession session, CudaOperations operations) {
        this(session, operations, 151_936);
    }

    /** With another number of classes in the decoder's head. */
    CudaBench(CudaSession session, CudaOperations operations, int vocabulary) {
        this.vocabulary = vocabulary;
        this.session = session;
        this.driver = session.driver();
        this.operations = operations;
    }

    DeviceMeasurement measure(boolean withKernels) {
        double copy = copy();
        double matrix = matrix();
        if (withKernels) {
            for (int[] shape : PRODUCTS) {
                product(shape[0], shape[1], shape[2]);
            }
            product(1, 1024, vocabulary);
            try (Arena arena = operations.newArena(); Arena host = Arena.ofShared()) {
                rows(arena, host);
                attention(arena);
            }
        }
        return new DeviceMeasurement(session.device().toString(), copy, matrix, List.copyOf(times));
    }

    private double copy() {
        long bytes = Math.min(COPY_BYTES, operations.roomBytes() / 4) & -256L;
        long from = session.allocate(CudaSession.Use.WORKSPACE, bytes);
        long to = session.allocate(CudaSession.Use.WORKSPACE, bytes);
        double ms = best(() -> {
            session.arguments().pointer(from).pointer(to).integer((int) (bytes / 16));
            session.launch("ceiling_copy", 16 * session.device().multiprocessors(), 1, 256);
        });
        session.free(from);
        session.free(to);
        return 2 * bytes / ms / 1e6;
    }

    private double matrix() {
        int blocks = 4 * session.device().multiprocessors();
        long operands = session.allocate(CudaSession.Use.WORKSPACE, 6 * 256 * 4L);
        long out = session.allocate(CudaSession.Use.WORKSPACE, blocks * 256 * 4L);
        float[] bits = new float[6 * 256];
        for (int i = 0; i < bits.length; i++) {
            // Two 16-bit values of about 1 with different mantissas; zeros would need less power and run faster.
            bits[i] = Float.intBitsToFloat((0x3c00 | i * 37 & 0x7f) << 16 | 0x3c00 | i * 101 & 0x7f);
        }
        operations.stage(operands, bits);
        double ms = best(() -> {
            session.arguments().pointer(operands).integer(PRODUCT_ROUNDS).pointer(out);
            session.launch("ceiling_matrix", blocks, 1, 256);
        });
        session.free(operands);
        session.free(out);
        return blocks * 8.0 * PRODUCT_ROUNDS * FLOPS_PER_WARP_ROUND / ms / 1e9;
    }

    private double best(Runnable launch) {
        double least = Double.MAX_VALUE;
        launch.run();
        for (int i = 0; i < CEILING_RUNS; i++) {
            least = Math.min(least, between(launch));
        }
        return least;
    }

    private float between(Runnable work) {
        return session.call(() -> {
            long begin = driver.createEvent();
            long end = driver.createEvent();
            driver.record(begin, session.stream());
            work.run();
            driver.record(end, session.stream());
            float ms = driver.elapsedMs(begin, end);
            driver.destroyEvent(begin);
            driver.destroyEvent(end);
            return ms;
        });
    }

    /** A recorded pass of {@link #LAUNCHES} calls, so that the processor's part of a launch is not in it. */
    private void time(String operation, String shape, double bytes, double flops, Pass pass, Runnable work) {
        operations.pass(pass, work);
        operations.pass(pass, work);
        operations.finish();
        double micros = between(() -> operations.pass(pass, work)) * 1000.0 / LAUNCHES;
        times.add(new KernelTime(operation, shape, micros, bytes, flops));
    }

    private void product(int m, int k, int n) {
        PanelLayout layout = new PanelLayout(DType.BF16, n, k);
        int count = (int) Math.clamp(Math.min(WEIGHT_BYTES, operations.roomBytes() / 4) / layout.bytes(), 1, LAUNCHES);
        try (Arena arena = operations.newArena(); Arena host = Arena.ofShared()) {
            MemorySegment values = host.allocate(layout.bytes() + 64L * count, 64);
            fill(values);
            List<PanelMatrix> weights = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                weights.add(new PanelMatrix(layout, values.asSlice(64L * i, layout.bytes(), 64)));
            }
            Matrix x = filled(arena, m, k);
            Matrix out = Matrix.allocate(arena, m, n);
            time("linear", m + " x " + k + " x " + n, layout.bytes() + 4.0 * m * (k + n), 2.0 * m * k * n,
                    Pass.ofSpans(new Object(), RowSpans.ofLengths(m)), () -> {
                        for (int i = 0; i < LAUNCHES; i++) {
                            operations.linear(x, weights.get(i % weights.size()), Optional.empty(), Activation.NONE, Optional.empty(), out);
                        }
                    });
            operations.finish();
        }
    }

    /** A pattern of values of about 1, of any length. */
    private static void fill(MemorySegment values) {
        long known = Math.min(values.byteSize(), 1 << 16);
        for (long i = 0; i < known / 2; i++) {
            values.setAtIndex(ValueLayout.JAVA_SHORT, i, PanelPacker.toBf16((float) Math.sin(i)));
        }
        for (; known < values.byteSize(); known *= 2) {
            MemorySegment.copy(values, 0, values, known, Math.min(known, values.byteSize() - known));
        }
    }

    private static Matrix filled(Arena arena, int rows, int cols) {
        Matrix x = Matrix.allocate(arena, rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                x.set(r, c, (float) Math.sin(0.7 * c + r));
            }
        }
        return x;
    }

    private static Runnable repeated(Runnable one) {
        return () -> {
            for (int i = 0; i < LAUNCHES; i++) {
                one.run();
            }
        };
    }

    private void rows(Arena arena, Arena host) {
        Matrix x = filled(arena, CLIP_ROWS, 512);
        Matrix weight = filled(arena, 1, 1024);
        Matrix out = Matrix.allocate(arena, CLIP_ROWS, 512);
        Pass pass = Pass.ofSpans(new Object(), RowSpans.ofLengths(CLIP_ROWS));
        time("layerNorm", CLIP_ROWS + " x 512", 8.0 * CLIP_ROWS * 512, 0, pass,
                repeated(() -> operations.layerNorm(x, weight.columns(0, 512), weight.columns(0, 512), 1e-5f, out)));
        Matrix taps = filled(arena, 512, 11);
        Pass memory = Pass.ofSpans(new Object(), RowSpans.ofLengths(CLIP_ROWS));
        time("fsmn", CLIP_ROWS + " x 512", 8.0 * CLIP_ROWS * 512, 2.0 * 11 * CLIP_ROWS * 512, memory,
                repeated(() -> operations.fsmn(x, taps, 5, memory.spans(), Optional.empty(), out)));
        Matrix one = filled(arena, 1, 1024);
        Matrix oneOut = Matrix.allocate(arena, 1, 1024);
        time("rmsNorm", "1 x 1024", 8.0 * 1024, 0, Pass.ofSpans(new Object(), RowSpans.ofLengths(1)),
                repeated(() -> operations.rmsNorm(one, weight, 1e-6f, oneOut)));
        Matrix gateUp = filled(arena, 1, 6144);
        Matrix hidden = Matrix.allocate(arena, 1, 3072);
        time("swiglu", "1 x 3072", 12.0 * 3072, 0, Pass.ofSpans(new Object(), RowSpans.ofLengths(1)),
                repeated(() -> operations.swiglu(gateUp, hidden)));
        PanelLayout layout = new PanelLayout(DType.BF16, vocabulary, 1024);
        PanelMatrix head = new PanelMatrix(layout, host.allocate(layout.bytes(), 64));
        TopToken[] top = new TopToken[1];
        Pass last = new Pass(new Object(), RowSpans.ofLengths(1), new KvCache[0], new int[0], top);
        time("argmaxLinear", "1 x 1024 x " + vocabulary, layout.bytes(), 2.0 * 1024 * vocabulary, last,
                repeated(() -> operations.argmaxLinear(one, head, Optional.empty(), top)));
    }

    private void attention(Arena arena) {
        Matrix qkv = filled(arena, CLIP_ROWS, 1536);
        Matrix heard = Matrix.allocate(arena, CLIP_ROWS, 512);
        Pass full = Pass.ofSpans(new Object(), RowSpans.ofLengths(CLIP_ROWS));
        time("attention", CLIP_ROWS + " rows, 4 heads of 128", 16.0 * CLIP_ROWS * 512, 4.0 * CLIP_ROWS * CLIP_ROWS * 512, full,
                repeated(() -> operations.attention(qkv.columns(0, 512), full.spans(), qkv.columns(512, 512), qkv.columns(1024, 512),
                        full.spans(), 4, 0.1f, heard)));
        int positions = 128;
        Matrix q = filled(arena, 1, 2048);
        Matrix out = Matrix.allocate(arena, 1, 2048);
        try (KvCache cache = operations.newCache(1, 8, 128, positions + 1)) {
            cache.advanceTo(positions);
            KvCache[] caches = {cache};
            Pass causal = new Pass(new Object(), RowSpans.ofLengths(1), caches, new int[0], new TopToken[0]);
            time("causalAttention", "1 row, " + positions + " keys, 16/8 heads of 128", 8.0 * positions * 8 * 128, 4.0 * positions * 2048,
                    causal, repeated(() -> operations.causalAttention(q, causal.spans(), causal.spans(), caches, 0, 16, 0.1f, out)));
        }
    }
}
