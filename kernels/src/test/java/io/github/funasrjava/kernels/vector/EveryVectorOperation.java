package io.github.funasrjava.kernels.vector;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KernelOptions.Tier;
import io.github.funasrjava.kernels.KernelSelector;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.kernels.cases.LinearCases;
import io.github.funasrjava.kernels.cases.Values;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.Random;

/** The child process of {@link VectorCompilationTest}: every operation of the vector tier, some times over. */
final class EveryVectorOperation {
    private static final int ROUNDS = 4;

    private final Kernels kernels;
    private final Arena arena;
    private final Random random = new Random(1);

    private EveryVectorOperation(Kernels kernels, Arena arena) {
        this.kernels = kernels;
        this.arena = arena;
    }

    public static void main(String[] arguments) {
        KernelOptions options = KernelOptions.defaults().withTier(Tier.VECTOR).withThreads(1);
        try (Kernels kernels = KernelSelector.open(options); Arena arena = Arena.ofConfined()) {
            for (int round = 0; round < ROUNDS; round++) {
                EveryVectorOperation operation = new EveryVectorOperation(kernels, arena);
                operation.products();
                operation.rows();
                operation.attention();
                operation.cache();
            }
        }
        System.out.println("all operations, " + ROUNDS + " times");
    }

    private Matrix matrix(int rows, int cols) {
        Matrix m = Matrix.allocate(arena, rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                m.set(r, c, random.nextFloat() - 0.5f);
            }
        }
        return m;
    }

    private void products() {
        for (DType dtype : DType.values()) {
            PanelMatrix w = LinearCases.pack(arena, dtype, Values.NORMAL.bf16Rows(random, 70, 40));
            for (int m : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 17}) {
                Matrix x = matrix(m, 40);
                Matrix out = matrix(m, 70);
                Optional<Matrix> bias = Optional.of(matrix(1, 70));
                for (int i = 0; i < (m <= 4 ? 40 : 1); i++) { // few rows go another way, and a short one
                    kernels.linear(x, w, out);
                }
                for (Activation activation : Activation.values()) {
                    kernels.linear(x, w, bias, activation, Optional.of(matrix(m, 70)), out);
                }
                kernels.argmaxLinear(x, w, bias, new TopToken[m]);
                PanelMatrix second = LinearCases.pack(arena, dtype, Values.NORMAL.bf16Rows(random, 20, 70));
                kernels.feedForward(x, w, bias, second, Optional.empty(), Optional.empty(), out, matrix(m, 20));
            }
            kernels.embed(w, new int[] {0, 69, 31, 32}, matrix(4, 40));
        }
    }

    private void rows() {
        for (int n : new int[] {1, 16, 100}) {
            Matrix x = matrix(30, n);
            Matrix out = matrix(30, n);
            Matrix weight = matrix(1, n);
            kernels.layerNorm(x, weight, matrix(1, n), 1e-5f, out);
            kernels.rmsNorm(x, weight, 1e-5f, out);
            kernels.swiglu(matrix(30, 2 * n), out);
            kernels.logSoftmax(x, out);
            kernels.fsmn(x, matrix(n, 11), 5, RowSpans.ofLengths(10, 20), Optional.of(matrix(30, n)), out);
            kernels.fsmn(x, matrix(n, 11), 5, RowSpans.ofLengths(10, 20), Optional.empty(), out);
        }
    }

    private void attention() {
        for (int d : new int[] {17, 64}) {
            RowSpans spans = RowSpans.ofLengths(3, 1, 20);
            Matrix q = matrix(spans.totalRows(), 2 * d);
            kernels.attention(q, spans, matrix(spans.totalRows(), 2 * d), matrix(spans.totalRows(), 2 * d), spans, 2, 0.3f,
                    matrix(spans.totalRows(), 2 * d));
        }
    }

    private void cache() {
        for (int d : new int[] {18, 128}) {
            for (int[] lengths : new int[][] {{5, 1}, {20, 4}}) {
                RowSpans spans = RowSpans.ofLengths(lengths);
                KvCache[] caches = new KvCache[lengths.length];
                for (int s = 0; s < caches.length; s++) {
                    caches[s] = new KvCache(1, 2, d, lengths[s]);
                }
                RopeTable rope = RopeTable.compute(arena, 64, d, 1e6);
                Matrix qkv = matrix(spans.totalRows(), 8 * d);
                kernels.qkNormRopeAppend(qkv, matrix(1, d), matrix(1, d), 1e-6f, rope, spans, caches, 0, 4);
                kernels.causalAttention(matrix(spans.totalRows(), 4 * d), spans, spans, caches, 0, 4, 0.3f,
                        matrix(spans.totalRows(), 4 * d));
                for (KvCache cache : caches) {
                    cache.close();
                }
            }
        }
    }
}
