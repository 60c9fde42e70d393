package io.github.funasrjava.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.funasrjava.kernels.cases.Expected;
import io.github.funasrjava.kernels.cases.Framed;
import io.github.funasrjava.kernels.cases.LinearCases;
import io.github.funasrjava.kernels.cases.Tiers.TierUnderTest;
import io.github.funasrjava.kernels.cases.Values;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code feedForward} gives the bits of two calls of {@code linear}, whose own results {@link LinearCasesTest} checks. */
class FeedForwardCasesTest {
    private static final String TIERS = "io.github.funasrjava.kernels.cases.Tiers#all";

    @ParameterizedTest
    @MethodSource(TIERS)
    void equalsTwoProductsAroundEveryBlockEdge(TierUnderTest tier) {
        try (Kernels kernels = tier.open()) {
            for (int m : new int[] {1, 2, 15, 16, 17, 31, 32, 33, 47, 48, 49, 65, 100}) {
                check(kernels, DType.BF16, DType.BF16, m, 70, 64, 40, m % 2 == 0, Values.NORMAL);
                check(kernels, DType.BF16, DType.BF16, m, 64, 97, 33, m % 2 != 0, Values.LARGE);
            }
            // So many rows that threads take rows instead of columns.
            check(kernels, DType.BF16, DType.BF16, 385, 20, 40, 34, true, Values.NORMAL);
            check(kernels, DType.BF16, DType.BF16, 778, 20, 40, 34, true, Values.NORMAL);
            for (int hidden : new int[] {1, 15, 16, 17, 31, 32, 33, 48, 63, 65, 128, 520}) {
                check(kernels, DType.BF16, DType.BF16, 35, 32, hidden, 65, true, Values.NORMAL);
                check(kernels, DType.BF16, DType.BF16, 81, 33, hidden, 7, false, Values.MIXED);
            }
            for (Values values : Values.values()) {
                check(kernels, DType.BF16, DType.BF16, 40, 96, 160, 64, true, values);
            }
            for (DType first : DType.values()) {
                for (DType second : DType.values()) {
                    check(kernels, first, second, 37, 40, 72, 50, true, Values.NORMAL);
                }
            }
        }
    }

    private static void check(Kernels kernels, DType first, DType second, int m, int k, int n, int p, boolean biases, Values values) {
        String message = first + ", " + second + " [" + m + ", " + k + "] to " + n + " to " + p + ", " + values;
        Random random = new Random(message.hashCode());
        try (Arena arena = Arena.ofShared()) {
            Matrix x = Framed.of(arena, values.rows(random, m, k), k).view();
            PanelMatrix w1 = LinearCases.pack(arena, first, values.bf16Rows(random, n, k));
            PanelMatrix w2 = LinearCases.pack(arena, second, Values.NORMAL.bf16Rows(random, p, n));
            Optional<Matrix> bias1 = biases ? Optional.of(Framed.of(arena, values.rows(random, 1, n), n).view()) : Optional.empty();
            Optional<Matrix> bias2 = biases ? Optional.of(Framed.of(arena, values.rows(random, 1, p), p).view()) : Optional.empty();
            Framed residual = Framed.of(arena, values.rows(random, m, p), p);

            Matrix hidden = Matrix.allocate(arena, m, n);
            Matrix expected = Matrix.allocate(arena, m, p);
            kernels.linear(x, w1, bias1, Activation.RELU, Optional.empty(), hidden);
            kernels.linear(hidden, w2, bias2, Activation.NONE, Optional.of(residual.view()), expected);

            Framed scratch = Framed.zeros(arena, m, n);
            Framed out = Framed.zeros(arena, m, p);
            kernels.feedForward(x, w1, bias1, w2, bias2, Optional.of(residual.view()), scratch.view(), out.view());
            Expected.checkBits(message, expected, out.view());
            out.assertFrameUntouched(message);
            scratch.assertFrameUntouched(message);

            kernels.feedForward(x, w1, bias1, w2, bias2, Optional.of(residual.view()), scratch.view(), residual.view());
            Expected.checkBits(message + ", in place", expected, residual.view());
            residual.assertFrameUntouched(message);
        }
    }

    /** A NaN or an infinity in one row of x reaches that row's results as it does through two products, and no other row. */
    @ParameterizedTest
    @MethodSource(TIERS)
    void specialValuesStayInTheirRow(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            int n = 72;
            int p = 40;
            PanelMatrix w1 = LinearCases.pack(arena, DType.BF16, Values.NORMAL.bf16Rows(new Random(4), n, 50));
            PanelMatrix w2 = LinearCases.pack(arena, DType.BF16, Values.NORMAL.bf16Rows(new Random(5), p, n));
            for (float special : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE}) {
                for (int m : new int[] {17, 40}) {
                    Matrix x = Framed.of(arena, Values.NORMAL.rows(new Random(6), m, 50), 50).view();
                    x.set(m / 2, 49, special);
                    Matrix hidden = Matrix.allocate(arena, m, n);
                    Matrix expected = Matrix.allocate(arena, m, p);
                    kernels.linear(x, w1, Optional.empty(), Activation.RELU, Optional.empty(), hidden);
                    kernels.linear(hidden, w2, expected);
                    Matrix out = Matrix.allocate(arena, m, p);
                    kernels.feedForward(x, w1, Optional.empty(), w2, Optional.empty(), Optional.empty(), hidden, out);
                    for (int i = 0; i < m; i++) {
                        for (int j = 0; j < p; j++) {
                            // Which NaN it is does not matter.
                            assertEquals(expected.get(i, j), out.get(i, j), special + " [" + i + ", " + j + "] of " + m);
                            assertEquals(i == m / 2, !Float.isFinite(out.get(i, j)) || special == Float.MAX_VALUE && i == m / 2);
                        }
                    }
                }
            }
        }
    }
}
