package io.github.funasrjava.kernels;

import io.github.funasrjava.kernels.cases.Expected;
import io.github.funasrjava.kernels.cases.Framed;
import io.github.funasrjava.kernels.cases.LinearCases;
import io.github.funasrjava.kernels.cases.LinearCases.LinearCase;
import io.github.funasrjava.kernels.cases.LinearCases.Operands;
import io.github.funasrjava.kernels.cases.LinearCases.Residual;
import io.github.funasrjava.kernels.cases.Tiers;
import io.github.funasrjava.kernels.cases.Tiers.TierUnderTest;
import io.github.funasrjava.kernels.cases.Values;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LinearCasesTest {
    private static final String TIERS = "io.github.funasrjava.kernels.cases.Tiers#all";

    @ParameterizedTest
    @MethodSource(TIERS)
    void agreesWithFloat64(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Kernels scalar = Tiers.scalar()) {
            for (LinearCase c : LinearCases.all()) {
                try (Arena arena = Arena.ofShared()) {
                    Operands operands = Operands.of(arena, c);
                    Framed out = run(kernels, arena, c, operands);
                    out.assertFrameUntouched(c.toString());
                    LinearCases.expected(c, operands, tier).check(c.toString(), out.view());
                    if (tier.linearEqualsScalar() || c.dtype() == DType.INT8) {
                        Expected.checkBits(c.toString(), run(scalar, arena, c, operands).view(), out.view());
                    }
                }
            }
        }
    }

    private static Framed run(Kernels kernels, Arena arena, LinearCase c, Operands operands) {
        Framed out = Framed.zeros(arena, c.m(), c.n());
        Optional<Matrix> residual = operands.residual();
        if (c.residual() == Residual.IN_PLACE) {
            for (int r = 0; r < c.m(); r++) {
                out.view().copyRow(r, residual.orElseThrow(), r);
            }
            residual = Optional.of(out.view());
        }
        kernels.linear(operands.x(), operands.w(), operands.bias(), c.activation(), residual, out.view());
        return out;
    }

    /** A NaN or an infinity in one row of x reaches that row's results, and no other row. */
    @ParameterizedTest
    @MethodSource(TIERS)
    void specialValuesStayInTheirRow(TierUnderTest tier) {
        try (Kernels kernels = tier.open()) {
            for (DType dtype : DType.values()) {
                for (float special : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                    for (int m : new int[] {1, 3, 7, 14, 35}) {
                        specialInRow(kernels, dtype, special, m, m / 2);
                    }
                }
            }
        }
    }

    private static void specialInRow(Kernels kernels, DType dtype, float special, int m, int row) {
        String message = dtype + " with " + special + " in row " + row + " of " + m;
        try (Arena arena = Arena.ofShared()) {
            int k = 70;
            int n = 40;
            Random random = new Random(1);
            Matrix x = Framed.of(arena, Values.NORMAL.rows(random, m, k), k).view();
            PanelMatrix w = LinearCases.pack(arena, dtype, Values.NORMAL.bf16Rows(random, n, k));
            Matrix clean = Matrix.allocate(arena, m, n);
            kernels.linear(x, w, clean);
            x.set(row, 37, special);
            Matrix out = Matrix.allocate(arena, m, n);
            kernels.linear(x, w, out);
            for (int j = 0; j < n; j++) {
                Assertions.assertFalse(Float.isFinite(out.get(row, j)), message + ", column " + j + ": " + out.get(row, j));
            }
            for (int i = 0; i < m; i++) {
                if (i != row) {
                    Expected.checkBits(message, clean.rows(i, 1), out.rows(i, 1));
                }
            }
        }
    }

    /** A NaN in one row of w reaches that column of the result, and no other. */
    @ParameterizedTest
    @MethodSource(TIERS)
    void specialWeightsStayInTheirColumn(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            for (DType dtype : new DType[] {DType.F32, DType.BF16}) {
                for (int m : new int[] {1, 4, 14}) {
                    float[][] weights = Values.NORMAL.bf16Rows(new Random(2), 45, 33);
                    weights[44][32] = Float.NaN;
                    Matrix x = Framed.of(arena, Values.NORMAL.rows(new Random(3), m, 33), 33).view();
                    Matrix out = Matrix.allocate(arena, m, 45);
                    kernels.linear(x, LinearCases.pack(arena, dtype, weights), out);
                    for (int i = 0; i < m; i++) {
                        for (int j = 0; j < 45; j++) {
                            Assertions.assertEquals(j == 44, Float.isNaN(out.get(i, j)), dtype + " [" + i + ", " + j + "]");
                        }
                    }
                }
            }
        }
    }
}
