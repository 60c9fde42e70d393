package io.github.funasrjava.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.cases.Expected;
import io.github.funasrjava.kernels.cases.Framed;
import io.github.funasrjava.kernels.cases.RowCases;
import io.github.funasrjava.kernels.cases.RowCases.RowCase;
import io.github.funasrjava.kernels.cases.Tiers.TierUnderTest;
import io.github.funasrjava.kernels.cases.Values;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RowCasesTest {
    private static final String TIERS = "io.github.funasrjava.kernels.cases.Tiers#all";
    private static final float EPS = 1e-5f;

    @ParameterizedTest
    @MethodSource(TIERS)
    void layerNormAgreesWithFloat64(TierUnderTest tier) {
        forEachCase(tier, (kernels, arena, c, x, message) -> {
            Random random = new Random(c.cols());
            Matrix weight = Framed.of(arena, Values.NORMAL.rows(random, 1, c.cols()), c.cols()).view();
            Matrix bias = Framed.of(arena, Values.NORMAL.rows(random, 1, c.cols()), c.cols()).view();
            Framed out = Framed.zeros(arena, c.rows(), c.cols());
            kernels.layerNorm(x, weight, bias, EPS, out.view());
            RowCases.layerNorm(x, weight, bias, EPS).check(message, out.view());
            out.assertFrameUntouched(message);
            kernels.layerNorm(x, weight, bias, EPS, x);
            Expected.checkBits(message + " in place", out.view(), x);
        });
    }

    @ParameterizedTest
    @MethodSource(TIERS)
    void rmsNormAgreesWithFloat64(TierUnderTest tier) {
        forEachCase(tier, (kernels, arena, c, x, message) -> {
            Matrix weight = Framed.of(arena, Values.NORMAL.rows(new Random(c.cols()), 1, c.cols()), c.cols()).view();
            Framed out = Framed.zeros(arena, c.rows(), c.cols());
            kernels.rmsNorm(x, weight, EPS, out.view());
            RowCases.rmsNorm(x, weight, EPS).check(message, out.view());
            out.assertFrameUntouched(message);
            kernels.rmsNorm(x, weight, EPS, x);
            Expected.checkBits(message + " in place", out.view(), x);
        });
    }

    @ParameterizedTest
    @MethodSource(TIERS)
    void logSoftmaxAgreesWithFloat64(TierUnderTest tier) {
        forEachCase(tier, (kernels, arena, c, x, message) -> {
            Framed out = Framed.zeros(arena, c.rows(), c.cols());
            kernels.logSoftmax(x, out.view());
            RowCases.logSoftmax(x).check(message, out.view());
            out.assertFrameUntouched(message);
            kernels.logSoftmax(x, x);
            Expected.checkBits(message + " in place", out.view(), x);
        });
    }

    @ParameterizedTest
    @MethodSource(TIERS)
    void swigluAgreesWithFloat64(TierUnderTest tier) {
        forEachCase(tier, (kernels, arena, c, x, message) -> {
            Matrix gateUp = Framed.of(arena, c.values().rows(new Random(c.toString().hashCode()), c.rows(), 2 * c.cols()), 2 * c.cols()).view();
            Framed out = Framed.zeros(arena, c.rows(), c.cols());
            kernels.swiglu(gateUp, out.view());
            RowCases.swiglu(gateUp).check(message, out.view());
            out.assertFrameUntouched(message);
        });
    }

    @ParameterizedTest
    @MethodSource(TIERS)
    void swigluSaturatesAtBothEnds(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            float[] gates = {-1e30f, -200, -104, -103, -89, -88, -87, -20, 0, 20, 88, 89, 104, 200, 1e30f, Float.POSITIVE_INFINITY,
                Float.NaN};
            float[] row = new float[2 * gates.length];
            for (int i = 0; i < gates.length; i++) {
                row[i] = gates[i];
                row[gates.length + i] = 1;
            }
            Matrix out = Matrix.allocate(arena, 1, gates.length);
            kernels.swiglu(Matrix.ofRow(arena, row), out);
            for (int i = 0; i < gates.length; i++) {
                float gate = gates[i];
                float expected = gate > 80 || Float.isNaN(gate) ? gate : (float) (gate / (1 + Math.exp(-(double) gate)));
                float delta = Float.isFinite(expected) ? 1e-6f * Math.abs(expected) + 1e-30f : 0;
                assertEquals(expected, out.get(0, i), delta, "gate " + gate);
            }
        }
    }

    /** A NaN makes its own row NaN where the operation looks at the whole row, and leaves other rows alone. */
    @ParameterizedTest
    @MethodSource(TIERS)
    void specialValuesStayInTheirRow(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            int cols = 37;
            Matrix ones = Framed.of(arena, Values.NORMAL.rows(new Random(1), 1, cols), cols).view();
            for (float special : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                for (int column : new int[] {0, 17, 36}) {
                    Matrix x = Framed.of(arena, Values.NORMAL.rows(new Random(2), 3, cols), cols).view();
                    x.set(1, column, special);
                    Matrix[] outs = {Matrix.allocate(arena, 3, cols), Matrix.allocate(arena, 3, cols), Matrix.allocate(arena, 3, cols)};
                    kernels.layerNorm(x, ones, ones, EPS, outs[0]);
                    kernels.rmsNorm(x, ones, EPS, outs[1]);
                    kernels.logSoftmax(x, outs[2]);
                    for (int op = 0; op < outs.length; op++) {
                        for (int c = 0; c < cols; c++) {
                            String message = "operation " + op + ", " + special + " at " + column + ", column " + c;
                            assertTrue(Float.isFinite(outs[op].get(0, c)) && Float.isFinite(outs[op].get(2, c)), message);
                            boolean normOfInfinity = op == 1 && c != column && !Float.isNaN(special);
                            boolean minusInfinity = op == 2 && !Float.isNaN(special);
                            if (!normOfInfinity && !minusInfinity) {
                                assertTrue(Float.isNaN(outs[op].get(1, c)), message);
                            } else {
                                assertFalse(outs[op].get(1, c) > 0 || outs[op].get(1, c) < 0 && op == 1, message);
                            }
                        }
                    }
                }
            }
        }
    }

    @FunctionalInterface
    private interface CaseBody {
        void run(Kernels kernels, Arena arena, RowCase c, Matrix x, String message);
    }

    private static void forEachCase(TierUnderTest tier, CaseBody body) {
        try (Kernels kernels = tier.open()) {
            for (RowCase c : RowCases.all()) {
                try (Arena arena = Arena.ofShared()) {
                    Matrix x = Framed.of(arena, c.values().rows(new Random(c.toString().hashCode()), c.rows(), c.cols()), c.cols()).view();
                    body.run(kernels, arena, c, x, c.toString());
                }
            }
        }
    }
}
