package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.KernelOptions.Tier;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.LayerNormed;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.kernels.internal.TierAttempt;
import io.github.funasrjava.kernels.x86.GuardedMemory.Side;
import java.util.Optional;

/** The child process of {@link GuardedOperandsTest}: every operation with all operands between forbidden pages. */
final class GuardedOperands {
    private static final int[] BESIDE = {0, 3, 29};

    private final Kernels kernels;
    private final Side side;
    private int cases;

    private GuardedOperands(Kernels kernels, Side side) {
        this.kernels = kernels;
        this.side = side;
    }

    public static void main(String[] arguments) {
        int cases = 0;
        for (Accuracy accuracy : Accuracy.values()) {
            for (boolean amx : new boolean[] {true, false}) {
                KernelOptions options = new KernelOptions(Tier.X86, 2, 0, accuracy);
                TierAttempt attempt = amx ? X86Kernels.open(options) : WithoutAmx.open(options);
                try (Kernels kernels = ((TierAttempt.Opened) attempt).kernels()) {
                    for (Side side : Side.values()) {
                        GuardedOperands guarded = new GuardedOperands(kernels, side);
                        guarded.products();
                        guarded.rows();
                        guarded.attention();
                        guarded.cache();
                        cases += guarded.cases;
                    }
                }
            }
        }
        System.out.println("intact after " + cases + " cases");
    }

    @FunctionalInterface
    private interface Case {
        void run(GuardedMemory memory, int beside);
    }

    private void check(String name, Case body) {
        for (int beside : BESIDE) {
            try (GuardedMemory memory = new GuardedMemory(side, cases)) {
                body.run(memory, beside);
                memory.checkCanaries(kernels.tier() + " " + name + " " + side);
            }
            cases++;
        }
    }

    private void products() {
        for (DType dtype : DType.values()) {
            for (int m : new int[] {1, 2, 13, 16, 17, 33, 49}) {
                for (int[] kn : new int[][] {{1, 1}, {3, 33}, {31, 16}, {32, 32}, {33, 17}, {65, 70}, {130, 300}, {40, 192}}) {
                    product(dtype, m, kn[0], kn[1]);
                }
            }
        }
    }

    private void product(DType dtype, int m, int k, int n) {
        check("linear " + dtype + " " + m + " " + k + " " + n, (memory, beside) -> {
            Matrix x = memory.matrix(m, k, beside);
            PanelMatrix w = memory.weights(dtype, n, k);
            Optional<Matrix> bias = Optional.of(memory.matrix(1, n, 0));
            Matrix out = memory.matrix(m, n, beside);
            kernels.linear(x, w, bias, Activation.RELU, Optional.of(memory.matrix(m, n, beside)), out);
            kernels.linear(x, w, out);
            kernels.argmaxLinear(x, w, bias, new TopToken[m]);
            PanelMatrix next = memory.weights(dtype, 3, n);
            kernels.feedForward(x, w, bias, next, Optional.empty(), Optional.empty(), memory.matrix(m, n, beside), memory.matrix(m, 3, beside));
            LayerNormed normed = new LayerNormed(x, memory.matrix(1, k, 0), memory.matrix(1, k, 0), 1e-5f, memory.matrix(m, k, beside));
            kernels.layerNormLinear(normed, w, bias, out);
            kernels.layerNormFeedForward(normed, w, bias, next, Optional.empty(), Optional.empty(), memory.matrix(m, n, beside),
                    memory.matrix(m, 3, beside));
        });
        if (n % 2 == 0) {
            check("gated " + dtype + " " + m + " " + k + " " + n, (memory, beside) -> gated(memory, beside, dtype, m, k, n / 2));
        }
    }

    private void gated(GuardedMemory memory, int beside, DType dtype, int m, int k, int hidden) {
        kernels.rmsNormSwigluFeedForward(memory.matrix(m, k, beside), memory.matrix(1, k, 0), 1e-5f, memory.matrix(m, k, beside),
                memory.weights(dtype, 2 * hidden, k), memory.matrix(m, 2 * hidden, beside), memory.matrix(m, hidden, beside),
                memory.weights(dtype, 35, hidden), Optional.of(memory.matrix(m, 35, beside)), memory.matrix(m, 35, beside));
    }

    private void rows() {
        for (int n : new int[] {1, 2, 15, 16, 17, 33, 100}) {
            for (int m : new int[] {1, 2, 30}) {
                check("rows " + m + " " + n, (memory, beside) -> {
                    Matrix x = memory.matrix(m, n, beside);
                    Matrix out = memory.matrix(m, n, beside);
                    Matrix weight = memory.matrix(1, n, 0);
                    Matrix bias = memory.matrix(1, n, 0);
                    kernels.layerNorm(x, weight, bias, 1e-5f, out);
                    kernels.rmsNorm(x, weight, 1e-5f, out);
                    kernels.swiglu(memory.matrix(m, 2 * n, beside), out);
                    kernels.logSoftmax(x, out);
                    kernels.fsmn(x, memory.matrix(n, 11, beside), 5, RowSpans.ofLengths(m / 2, m - m / 2),
                            Optional.of(memory.matrix(m, n, beside)), out);
                    for (DType dtype : DType.values()) {
                        int[] ids = new int[m];
                        ids[m - 1] = 39;
                        kernels.embed(memory.weights(dtype, 40, n), ids, out);
                    }
                });
            }
        }
    }

    private void attention() {
        for (int d : new int[] {1, 8, 16, 17, 36, 64, 128}) {
            for (int[] lengths : new int[][] {{1}, {12, 13}, {33, 0, 70}}) {
                check("attention " + d, (memory, beside) -> {
                    RowSpans spans = RowSpans.ofLengths(lengths);
                    int cols = 2 * d;
                    kernels.attention(memory.matrix(spans.totalRows(), cols, beside), spans,
                            memory.matrix(spans.totalRows(), cols, beside), memory.matrix(spans.totalRows(), cols, beside), spans,
                            2, 0.3f, memory.matrix(spans.totalRows(), cols, beside));
                });
            }
        }
    }

    private void cache() {
        for (int d : new int[] {2, 8, 18, 36, 128}) {
            for (int[] lengths : new int[][] {{1}, {5, 1}, {64, 14}}) {
                check("cache " + d, (memory, beside) -> {
                    RowSpans spans = RowSpans.ofLengths(lengths);
                    KvCache[] caches = new KvCache[lengths.length];
                    for (int s = 0; s < caches.length; s++) {
                        caches[s] = new KvCache(1, 2, d, lengths[s]);
                    }
                    RopeTable rope = new RopeTable(memory.matrix(64, d / 2, beside), memory.matrix(64, d / 2, beside));
                    Matrix qkv = memory.matrix(spans.totalRows(), 8 * d, beside);
                    kernels.qkNormRopeAppend(qkv, memory.matrix(1, d, 0), memory.matrix(1, d, 0), 1e-6f, rope, spans, caches, 0, 4);
                    int[] none = new int[lengths.length];
                    for (RowSpans asked : new RowSpans[] {spans, RowSpans.ofLengths(none)}) {
                        kernels.causalAttention(memory.matrix(spans.totalRows(), 4 * d, beside), spans, asked, caches, 0, 4, 0.3f,
                                memory.matrix(spans.totalRows(), 4 * d, beside));
                    }
                    for (KvCache cache : caches) {
                        cache.close();
                    }
                });
            }
        }
    }
}
