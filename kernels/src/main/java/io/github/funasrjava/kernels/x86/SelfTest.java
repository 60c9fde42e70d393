package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.PanelPacker;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.kernels.internal.Operations;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Every kernel once on a few values, when the code has been loaded: an emulator, a damaged jar or a faulty unit shows
 * here and not in a transcript. A result is compared by one weighted sum with that of the scalar operations, which is
 * written down here (a test computes it anew), because all of this runs interpreted in a fresh JVM and must stay under
 * 10 ms: hence also no lambdas, and sizes that just reach a second vector, step and panel.
 */
final class SelfTest implements AutoCloseable {
    /** The checks, in the order of their digests. */
    enum Check {
        LINEAR_F32, LINEAR_BF16, LINEAR_INT8, PANELS_F32, PANELS_BF16, PANELS_INT8, ARGMAX, EMBED, LAYER_NORM, RMS_NORM,
        SWIGLU, LOG_SOFTMAX, FSMN, ATTENTION, LONG_ATTENTION, CAUSAL_ATTENTION, FEED_FORWARD, GATED_FEED_FORWARD,
        STAYING_PANELS, PREFETCHING_BF16, PREFETCHING_INT8
    }

    /** What scalar computes, by {@link Check}. */
    private static final float[] DIGESTS = {2.9868913f, 11.86595f, 628.01917f, 279.0721f, 332.26788f, 14849.149f, 8.134661f,
        3.75625f, 1.3386157f, 1.5510875f, -1.0107967f, -60.078045f, -23.001923f, 4.7801332f, -0.35103855f, 3.1920867f, -28.318611f,
        -27.061922f, 60.675575f, 15.780213f, 827.82587f};
    /** Two bf16 terms keep 16 bits; what is broken is off by far more. */
    private static final double RELATIVE = 1e-4;
    private static final float EPS = 1e-5f;
    private static final float SCALE = 0.3f;
    private static final int N = 19;
    private static final int HEAD = 18;

    private final Arena arena = Arena.ofConfined();
    private final Operations operations;
    private int seed = 1;
    private double magnitude;

    SelfTest(Operations operations) {
        this.operations = operations;
    }

    /** The digests as text, for the test that computes them anew. */
    static List<String> digests() {
        List<String> digests = new ArrayList<>();
        for (float digest : DIGESTS) {
            digests.add(String.valueOf(digest));
        }
        return digests;
    }

    /** The first operation that computes something else than scalar does, if there is one. */
    static Optional<String> run(KernelCode code) {
        try (WorkerPool pool = new WorkerPool(1);
                X86Operations machine = new X86Operations(code, pool, 2, ScratchSlots.allocateForThisThread());
                SelfTest test = new SelfTest(machine)) {
            for (Check check : Check.values()) {
                machine.assumeLoops(check.ordinal() < Check.PREFETCHING_BF16.ordinal());
                double digest = test.digest(check);
                if (!(Math.abs(digest - DIGESTS[check.ordinal()]) <= RELATIVE * test.magnitude)) {
                    return Optional.of(check.name());
                }
            }
            return Optional.empty();
        }
    }

    /** Runs one check: the weighted sum of all results. Checks go in their order, each takes the next random values. */
    double digest(Check check) {
        return switch (check) {
            // Two steps of k with a rest; then two panels and two tiles of rows.
            case LINEAR_F32 -> product(DType.F32, 2, 67, 3);
            case LINEAR_BF16 -> product(DType.BF16, 2, 67, 3);
            case LINEAR_INT8 -> product(DType.INT8, 2, 67, 3);
            case PANELS_F32 -> product(DType.F32, 17, 3, 34);
            case PANELS_BF16 -> product(DType.BF16, 17, 3, 34);
            case PANELS_INT8 -> product(DType.INT8, 17, 3, 34);
            case ARGMAX -> argmax();
            case EMBED -> embed();
            case LAYER_NORM -> {
                Matrix out = out(2, N);
                operations.layerNorm(matrix(2, N), matrix(1, N), matrix(1, N), EPS, out);
                yield weightedSum(out);
            }
            case RMS_NORM -> {
                Matrix out = out(2, N);
                operations.rmsNorm(matrix(2, N), matrix(1, N), EPS, out);
                yield weightedSum(out);
            }
            case SWIGLU -> {
                Matrix out = out(2, N);
                operations.swiglu(matrix(2, 2 * N), out);
                yield weightedSum(out);
            }
            case LOG_SOFTMAX -> {
                Matrix out = out(2, N);
                operations.logSoftmax(matrix(2, N), out);
                yield weightedSum(out);
            }
            case FSMN -> {
                Matrix out = out(2, N);
                operations.fsmn(matrix(2, N), matrix(N, 3), 1, RowSpans.ofLengths(2), Optional.of(matrix(2, N)), out);
                yield weightedSum(out);
            }
            case ATTENTION -> {
                Matrix out = out(2, 2 * HEAD);
                operations.attention(matrix(2, 2 * HEAD), RowSpans.ofLengths(2), matrix(3, 2 * HEAD), matrix(3, 2 * HEAD),
                        RowSpans.ofLengths(3), 2, SCALE, out);
                yield weightedSum(out);
            }
            case LONG_ATTENTION -> {
                // As many keys as send it to the matrix unit.
                Matrix out = out(2, 2 * HEAD);
                operations.attention(matrix(2, 2 * HEAD), RowSpans.ofLengths(2), matrix(65, 2 * HEAD), matrix(65, 2 * HEAD),
                        RowSpans.ofLengths(65), 2, SCALE, out);
                yield weightedSum(out);
            }
            case CAUSAL_ATTENTION -> causalAttention();
            case FEED_FORWARD -> {
                Matrix out = out(17, 3);
                operations.feedForward(matrix(17, 3), weights(DType.BF16, 34, 3), Optional.of(matrix(1, 34)), weights(DType.BF16, 3, 34),
                        Optional.of(matrix(1, 3)), Optional.of(matrix(17, 3)), out(17, 34), out);
                yield weightedSum(out);
            }
            case GATED_FEED_FORWARD -> {
                Matrix out = out(17, 3);
                operations.rmsNormSwigluFeedForward(matrix(17, 3), matrix(1, 3), EPS, out(17, 3), weights(DType.BF16, 64, 3), out(17, 64),
                        out(17, 32), weights(DType.BF16, 3, 32), Optional.of(matrix(17, 3)), out);
                yield weightedSum(out);
            }
            // So many rows that a panel is worth keeping; then the loops beside the plain ones.
            case STAYING_PANELS -> product(DType.BF16, 49, 3, 2);
            case PREFETCHING_BF16 -> product(DType.BF16, 17, 3, 2);
            case PREFETCHING_INT8 -> product(DType.INT8, 17, 3, 2);
        };
    }

    private double product(DType dtype, int m, int k, int n) {
        Matrix out = out(m, n);
        operations.linear(matrix(m, k), weights(dtype, n, k), Optional.of(matrix(1, n)), Activation.RELU,
                Optional.of(matrix(m, n)), out);
        return weightedSum(out);
    }

    private double argmax() {
        TopToken[] top = new TopToken[1];
        operations.argmaxLinear(matrix(1, 3), weights(DType.F32, 34, 3), Optional.of(matrix(1, 34)), top);
        magnitude = 1 + Math.abs(top[0].logit());
        return top[0].logit() + top[0].logSumExp() / 2;
    }

    private double embed() {
        Matrix out = out(1, N);
        operations.embed(weights(DType.BF16, 3, N), new int[] {2}, out);
        return weightedSum(out);
    }

    private double causalAttention() {
        // Two rows inside a prompt and one that is asked for.
        Matrix qkv = matrix(3, 4 * HEAD);
        Matrix norm = matrix(1, HEAD);
        Matrix out = out(3, 2 * HEAD);
        RowSpans spans = RowSpans.ofLengths(3);
        try (KvCache cache = KvCache.ofThisThread(1, 1, HEAD, 3)) {
            KvCache[] caches = {cache};
            operations.qkNormRopeAppend(qkv, norm, norm, EPS, RopeTable.compute(arena, 3, HEAD, 1e6), spans, caches, 0, 2);
            operations.causalAttention(qkv.columns(0, 2 * HEAD), spans, RowSpans.ofLengths(1), caches, 0, 2, SCALE, out);
        }
        return weightedSum(out);
    }

    private double weightedSum(Matrix out) {
        double sum = 0;
        magnitude = 1;
        for (int r = 0; r < out.rows(); r++) {
            float[] row = out.row(r);
            for (int c = 0; c < row.length; c++) {
                double term = row[c] / (1 + (r + c) % 5);
                sum += term;
                magnitude += Math.abs(term);
            }
        }
        return sum;
    }

    /** A weight matrix in panels, built on the heap: single accesses to native memory are slow before they are compiled. */
    private PanelMatrix weights(DType dtype, int n, int k) {
        PanelLayout layout = new PanelLayout(dtype, n, k);
        byte[] panels = new byte[Math.toIntExact(layout.bytes())];
        for (int row = 0; row < n; row++) {
            for (int col = 0; col < k; col++) {
                int at = (int) layout.offset(row, col);
                int bits = switch (dtype) {
                    case F32 -> Float.floatToRawIntBits(next());
                    case BF16 -> PanelPacker.toBf16(next());
                    case INT8 -> (int) (63 * next());
                };
                for (int i = 0; i < dtype.bytes(); i++) {
                    panels[at + i] = (byte) (bits >> 8 * i);
                }
            }
        }
        MemorySegment memory = arena.allocate(panels.length, 64);
        MemorySegment.copy(panels, 0, memory, ValueLayout.JAVA_BYTE, 0, panels.length);
        return dtype == DType.INT8 ? new PanelMatrix(layout, memory, matrix(1, layout.paddedN()).data())
                : new PanelMatrix(layout, memory);
    }

    private Matrix out(int rows, int cols) {
        return Matrix.allocate(arena, rows, cols);
    }

    private Matrix matrix(int rows, int cols) {
        Matrix m = Matrix.allocate(arena, rows, cols);
        float[] values = new float[cols];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                values[c] = next();
            }
            m.setRow(r, values);
        }
        return m;
    }

    /** Values of both signs up to 2 from a linear congruential generator. */
    private float next() {
        seed = seed * 1664525 + 1013904223;
        return (seed >> 8) * 0x1p-22f;
    }

    @Override
    public void close() {
        arena.close();
    }
}
