package io.github.funasrjava.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.cases.Expected;
import io.github.funasrjava.kernels.cases.Framed;
import io.github.funasrjava.kernels.cases.LinearCases;
import io.github.funasrjava.kernels.cases.LinearCases.LinearCase;
import io.github.funasrjava.kernels.cases.LinearCases.Operands;
import io.github.funasrjava.kernels.cases.LinearCases.Residual;
import io.github.funasrjava.kernels.cases.Tiers.TierUnderTest;
import io.github.funasrjava.kernels.cases.Values;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ArgmaxLinearCasesTest {
    private static final String TIERS = "io.github.funasrjava.kernels.cases.Tiers#all";
    /** Classes around panels and around the blocks of 256 classes that partial sums are taken over. */
    private static final int[] CLASSES = {1, 2, 31, 32, 33, 64, 255, 256, 257, 511, 513, 1000};

    @ParameterizedTest
    @MethodSource(TIERS)
    void findsTheLargestLogitAndTheLogSumExpOfAll(TierUnderTest tier) {
        try (Kernels kernels = tier.open()) {
            for (DType dtype : DType.values()) {
                for (int n : CLASSES) {
                    for (int m : new int[] {1, 2, 7, 16, 29}) {
                        Values values = m % 3 == 0 ? Values.ZEROS : Values.NORMAL;
                        check(kernels, tier, new LinearCase(dtype, m, 48, n, m % 2 == 0, Activation.NONE, Residual.NONE, values));
                    }
                }
            }
        }
    }

    private static void check(Kernels kernels, TierUnderTest tier, LinearCase c) {
        try (Arena arena = Arena.ofShared()) {
            Operands operands = Operands.of(arena, c);
            TopToken[] top = new TopToken[c.m() + 1];
            kernels.argmaxLinear(operands.x(), operands.w(), operands.bias(), top);
            Expected expected = LinearCases.expected(c, operands, tier);
            Matrix logits = Matrix.allocate(arena, c.m(), c.n());
            kernels.linear(operands.x(), operands.w(), operands.bias(), Activation.NONE, Optional.empty(), logits);
            for (int row = 0; row < c.m(); row++) {
                String message = c + ", row " + row;
                int best = 0;
                double bound = 0;
                double max = Double.NEGATIVE_INFINITY;
                for (int j = 0; j < c.n(); j++) {
                    best = logits.get(row, j) > logits.get(row, best) ? j : best;
                    bound = Math.max(bound, expected.bound(row, j));
                    max = Math.max(max, expected.value(row, j));
                }
                double sum = 0;
                for (int j = 0; j < c.n(); j++) {
                    sum += Math.exp(expected.value(row, j) - max);
                }
                // The same logits as linear gives, bit for bit, so the same winner.
                assertEquals(best, top[row].id(), message);
                assertEquals(logits.get(row, best), top[row].logit(), message);
                assertEquals(max + Math.log(sum), top[row].logSumExp(),
                        bound + (c.n() / 16.0 + 16) * Expected.ULP + 4 * Expected.ULP * Math.abs(max), message);
            }
            assertEquals(null, top[c.m()]);
        }
    }

    @ParameterizedTest
    @MethodSource(TIERS)
    void breaksTiesByTheLowestId(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            for (int[] equal : new int[][] {{5, 6}, {0, 299}, {31, 32}, {255, 256}, {17, 270}, {1, 2, 3}}) {
                float[][] weights = Values.NORMAL.bf16Rows(new Random(1), 300, 16);
                for (int id : equal) {
                    Arrays.fill(weights[id], 8);
                }
                float[] ones = new float[16];
                Arrays.fill(ones, 1);
                TopToken[] top = new TopToken[1];
                for (DType dtype : DType.values()) {
                    kernels.argmaxLinear(Matrix.ofRow(arena, ones), LinearCases.pack(arena, dtype, weights), Optional.empty(), top);
                    assertEquals(equal[0], top[0].id(), dtype.toString());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource(TIERS)
    void ignoresThePaddingWhenAllLogitsAreNegative(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            for (int n : new int[] {1, 33, 258}) {
                float[][] weights = new float[n][8];
                for (float[] row : weights) {
                    Arrays.fill(row, -100);
                }
                weights[n - 1][0] = -50;
                TopToken[] top = new TopToken[1];
                kernels.argmaxLinear(Matrix.ofRow(arena, 1, 1, 1, 1, 1, 1, 1, 1), LinearCases.pack(arena, DType.BF16, weights),
                        Optional.empty(), top);
                assertEquals(new TopToken(n - 1, -750, -750), top[0]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource(TIERS)
    void aNanLogitIsReportedInItsRowOnly(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            for (int m : new int[] {1, 2, 5, 14}) {
                float[][] weights = Values.NORMAL.bf16Rows(new Random(1), 300, 16);
                Matrix x = Framed.of(arena, Values.NORMAL.rows(new Random(2), m, 16), 16).view();
                x.set(m / 2, 3, Float.NaN);
                TopToken[] top = new TopToken[m];
                kernels.argmaxLinear(x, LinearCases.pack(arena, DType.BF16, weights), Optional.empty(), top);
                for (int row = 0; row < m; row++) {
                    assertEquals(row == m / 2, top[row].id() == -1, "row " + row);
                    assertEquals(row == m / 2, Float.isNaN(top[row].logSumExp()), "row " + row);
                }
                weights[270][5] = Float.NaN;
                kernels.argmaxLinear(x, LinearCases.pack(arena, DType.F32, weights), Optional.empty(), top);
                for (int row = 0; row < m; row++) {
                    assertTrue(top[row].id() == -1 && Float.isNaN(top[row].logProbability()), "row " + row);
                }
            }
        }
    }
}
