package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.PanelPacker;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import java.lang.foreign.Arena;
import java.util.Optional;

/** Small operations on the device and by plain loops, so that a GPU or a driver that computes otherwise is not used. */
public final class CudaSelfTest {
    private static final int K = 80;
    private static final int N = 48;
    private static final int HEAD = 16;
    /** One bf16 term per activation is off by 2^-8 of it; sums of such terms by less than their number. */
    private static final float TOLERANCE = 0.05f;

    private final Kernels device;
    private final Kernels reference;
    private String difference = "";

    private CudaSelfTest(Kernels device, Kernels reference) {
        this.device = device;
        this.reference = reference;
    }

    /** What differs from the reference, as a clause; empty when nothing does. */
    public static Optional<String> difference(Kernels device, Kernels reference) {
        CudaSelfTest test = new CudaSelfTest(device, reference);
        try (Arena arena = Arena.ofShared()) {
            test.linear(arena, DType.BF16, 3);
            test.linear(arena, DType.BF16, 40);
            test.linear(arena, DType.INT8, 3);
            test.linear(arena, DType.F32, 3);
            test.rows(arena);
            test.attention(arena);
        }
        return test.difference.isEmpty() ? Optional.empty() : Optional.of(test.difference);
    }

    private void linear(Arena arena, DType dtype, int m) {
        Matrix x = rows(arena, m, K);
        Matrix bias = rows(arena, 1, N);
        PanelMatrix w = PanelPacker.pack(arena, new PanelLayout(dtype, N, K), (row, into) -> {
            for (int c = 0; c < K; c++) {
                into[c] = PanelPacker.fromBf16(PanelPacker.toBf16(value(row + 7, c) / 8));
            }
        });
        compare(arena, "linear " + dtype + " of " + m + " rows", m, N,
                (kernels, out) -> kernels.linear(x, w, Optional.of(bias), Activation.NONE, Optional.empty(), out));
    }

    private void rows(Arena arena) {
        Matrix x = rows(arena, 5, K);
        Matrix weight = rows(arena, 1, K);
        Matrix taps = rows(arena, K, 11);
        compare(arena, "layerNorm", 5, K, (kernels, out) -> kernels.layerNorm(x, weight, weight, 1e-5f, out));
        compare(arena, "rmsNorm", 5, K, (kernels, out) -> kernels.rmsNorm(x, weight, 1e-6f, out));
        compare(arena, "swiglu", 5, K / 2, (kernels, out) -> kernels.swiglu(x, out));
        compare(arena, "logSoftmax", 5, K, (kernels, out) -> kernels.logSoftmax(x, out));
        compare(arena, "fsmn", 5, K, (kernels, out) -> kernels.fsmn(x, taps, 5, RowSpans.ofLengths(2, 3), Optional.empty(), out));
    }

    private void attention(Arena arena) {
        int rows = 37;
        RowSpans spans = RowSpans.ofLengths(rows);
        Matrix qkv = rows(arena, rows, 4 * HEAD);
        compare(arena, "attention", rows, HEAD, (kernels, out) -> kernels.attention(qkv.columns(0, HEAD), spans, qkv.columns(HEAD, HEAD),
                qkv.columns(2 * HEAD, HEAD), spans, 2, 0.3f, out));
        Matrix norm = rows(arena, 1, HEAD);
        RopeTable rope = RopeTable.compute(arena, rows, HEAD, 1e6);
        compare(arena, "causalAttention", rows, 2 * HEAD, (kernels, out) -> {
            try (KvCache cache = kernels.newCache(1, 1, HEAD, rows)) {
                KvCache[] caches = {cache};
                Matrix changed = Matrix.allocate(arena, rows, 4 * HEAD);
                for (int r = 0; r < rows; r++) {
                    changed.copyRow(r, qkv, r);
                }
                kernels.qkNormRopeAppend(changed, norm, norm, 1e-6f, rope, spans, caches, 0, 2);
                kernels.causalAttention(changed.columns(0, 2 * HEAD), spans, spans, caches, 0, 2, 0.3f, out);
                kernels.finish();
            }
        });
    }

    @FunctionalInterface
    private interface Operation {
        void run(Kernels kernels, Matrix out);
    }

    private void compare(Arena arena, String name, int rows, int cols, Operation operation) {
        Matrix expected = Matrix.allocate(arena, rows, cols);
        Matrix actual = Matrix.allocate(arena, rows, cols);
        operation.run(reference, expected);
        operation.run(device, actual);
        for (int r = 0; r < rows && difference.isEmpty(); r++) {
            for (int c = 0; c < cols && difference.isEmpty(); c++) {
                if (!(Math.abs(expected.get(r, c) - actual.get(r, c)) <= TOLERANCE)) {
                    difference = name + " gives " + actual.get(r, c) + " where " + expected.get(r, c) + " is right";
                }
            }
        }
    }

    private static Matrix rows(Arena arena, int rows, int cols) {
        Matrix m = Matrix.allocate(arena, rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                m.set(r, c, value(r, c));
            }
        }
        return m;
    }

    /** Numbers between -1 and 1 without a pattern that an error of an index would keep. */
    private static float value(int row, int col) {
        return (float) Math.sin(1.7 * row * row + 0.9 * col + 0.013 * row * col);
    }
}
