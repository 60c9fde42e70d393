package io.github.funasrjava.kernels.x86;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.cases.LinearCases;
import io.github.funasrjava.kernels.cases.Values;
import io.github.funasrjava.kernels.internal.Scratch;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both loops of {@link LoopChoice}, with panels that stay and others, and a call that is cut in two to try them, leave the same bits. */
class PlainLoopsTest {
    /** Two trials, one in each order, are among so many calls of one worker. */
    private static final int CALLS = 40;
    /** Gate and up, several panels of each. */
    private static final int GATED = 320;

    @ParameterizedTest
    @CsvSource({"1,49,3,33", "2,49,3,33", "2,64,512,70", "1,64,512,70", "2,79,500,300", "2,130,65,96", "1,130,65,96", "2,167,512,64",
        "2,17,3,70", "1,17,3,70", "2,32,512,70", "2,33,513,300", "1,33,513,300", "2,97,1040,70", "1,97,1040,70", "2,300,1040,64"})
    void everyLoopLeavesTheSameBits(int terms, int rows, int k, int n) {
        X86Kernels.Prepared host = X86Kernels.host();
        assumeTrue(host.code().isPresent() && host.code().get().amx, "skipped, no AMX: " + host.reason());
        try (Arena arena = Arena.ofShared(); WorkerPool pool = new WorkerPool(2); Scratch scratch = ScratchSlots.allocate(pool)) {
            PanelProduct product = new PanelProduct(host.code().get(), pool, scratch, terms);
            X86Linear linear = new X86Linear(pool, product, scratch);
            Random random = new Random(5);
            Matrix x = matrix(arena, random, rows, k);
            Matrix bias = matrix(arena, random, 1, n);
            Matrix residual = matrix(arena, random, rows, n);
            PanelMatrix w = LinearCases.pack(arena, DType.BF16, Values.NORMAL.bf16Rows(random, n, k));
            PanelMatrix back = LinearCases.pack(arena, DType.BF16, Values.NORMAL.bf16Rows(random, 37, n));
            PanelMatrix gateUp = LinearCases.pack(arena, DType.BF16, Values.NORMAL.bf16Rows(random, GATED, k));
            PanelMatrix down = LinearCases.pack(arena, DType.BF16, Values.NORMAL.bf16Rows(random, 37, GATED / 2));
            PanelMatrix int8 = LinearCases.pack(arena, DType.INT8, Values.NORMAL.bf16Rows(random, n, k));
            Matrix hidden = Matrix.allocate(arena, rows, n);
            Matrix[] expected = new Matrix[4];
            for (int call = 0; call < CALLS; call++) {
                product.assumeLoops(call % 2 == 0);
                Matrix[] out = {Matrix.allocate(arena, rows, n), Matrix.allocate(arena, rows, 37), Matrix.allocate(arena, rows, 37),
                    Matrix.allocate(arena, rows, n)};
                linear.run(x, w, Optional.of(bias), Activation.RELU, Optional.of(residual), out[0]);
                linear.runPair(RowSource.NOTHING, x, w, Optional.of(bias), back, Optional.empty(), Optional.empty(), hidden, out[1]);
                linear.runGated(RowSource.NOTHING, x, gateUp, down, Optional.empty(), out[2]);
                linear.run(x, int8, Optional.of(bias), Activation.RELU, Optional.of(residual), out[3]);
                for (int i = 0; i < out.length; i++) {
                    if (call == 0) {
                        expected[i] = out[i];
                    }
                    assertSame(expected[i], out[i]);
                }
            }
        }
    }

    private static Matrix matrix(Arena arena, Random random, int rows, int cols) {
        float[][] values = Values.NORMAL.rows(random, rows, cols);
        Matrix matrix = Matrix.allocate(arena, rows, cols);
        for (int row = 0; row < rows; row++) {
            matrix.setRow(row, values[row]);
        }
        return matrix;
    }

    private static void assertSame(Matrix expected, Matrix actual) {
        for (int row = 0; row < expected.rows(); row++) {
            assertArrayEquals(expected.row(row), actual.row(row), "row " + row);
        }
    }
}
