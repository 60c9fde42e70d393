package io.github.funasrjava.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.funasrjava.kernels.cases.Expected;
import io.github.funasrjava.kernels.cases.Framed;
import io.github.funasrjava.kernels.cases.LinearCases;
import io.github.funasrjava.kernels.cases.Tiers.TierUnderTest;
import io.github.funasrjava.kernels.cases.Values;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code rmsNormLinear}, {@code layerNormLinear}, {@code layerNormFeedForward}, {@code swigluLinear} and
 * {@code rmsNormSwigluFeedForward} give the bits of the operations that they join, whose own results {@link RowCasesTest}, {@link LinearCasesTest} and {@link FeedForwardCasesTest} check.
 */
class NormedLinearCasesTest {
    private static final String TIERS = "io.github.funasrjava.kernels.cases.Tiers#all";
    private static final float EPS = 1e-6f;

    @ParameterizedTest
    @MethodSource(TIERS)
    void equalsTwoOperationsAroundEveryBlockEdge(TierUnderTest tier) {
        try (Kernels kernels = tier.open()) {
            for (DType dtype : DType.values()) {
                for (int m : new int[] {1, 2, 3, 15, 16, 17, 31, 32, 33, 49, 65, 129}) {
                    check(kernels, dtype, m, 67, 40, Values.NORMAL);
                }
                // So many values that they are shared out: parts of a tile, a last tile of one row, pairs of tiles.
                for (int m : new int[] {9, 16, 17, 26, 64, 97, 160, 257}) {
                    check(kernels, dtype, m, 1040, 33, Values.NORMAL);
                }
                for (int k : new int[] {1, 15, 16, 31, 32, 33, 63, 64, 65}) {
                    check(kernels, dtype, 18, k, 7, Values.MIXED);
                }
                for (Values values : Values.values()) {
                    check(kernels, dtype, 20, 96, 64, values);
                }
            }
        }
    }

    private static void check(Kernels kernels, DType dtype, int m, int k, int n, Values values) {
        String message = dtype + " [" + m + ", " + k + "] to " + n + ", " + values;
        Random random = new Random(message.hashCode());
        try (Arena arena = Arena.ofShared()) {
            PanelMatrix w = LinearCases.pack(arena, dtype, Values.NORMAL.bf16Rows(random, n, k));
            Matrix x = Framed.of(arena, values.rows(random, m, k), k).view();
            Matrix norm = Framed.of(arena, Values.NORMAL.rows(random, 1, k), k).view();
            Matrix plain = Matrix.allocate(arena, m, k);
            Matrix expected = Matrix.allocate(arena, m, n);
            kernels.rmsNorm(x, norm, EPS, plain);
            kernels.linear(plain, w, expected);
            Framed scratch = Framed.zeros(arena, m, k);
            Framed out = Framed.zeros(arena, m, n);
            kernels.rmsNormLinear(x, norm, EPS, scratch.view(), w, out.view());
            Expected.checkBits("norm, " + message, expected, out.view());
            out.assertFrameUntouched(message);
            scratch.assertFrameUntouched(message);

            Matrix shift = Framed.of(arena, Values.NORMAL.rows(random, 1, k), k).view();
            LayerNormed layerNormed = new LayerNormed(x, norm, shift, EPS, scratch.view());
            kernels.layerNorm(x, norm, shift, EPS, plain);
            for (Optional<Matrix> bias : bothBiases(arena, random, n)) {
                kernels.linear(plain, w, bias, Activation.NONE, Optional.empty(), expected);
                kernels.layerNormLinear(layerNormed, w, bias, out.view());
                Expected.checkBits("layer norm, " + message, expected, out.view());
            }
            out.assertFrameUntouched(message);
            scratch.assertFrameUntouched(message);
            pair(kernels, arena, random, layerNormed, plain, w, message);

            Matrix gateUp = Framed.of(arena, values.rows(random, m, 2 * k), 2 * k).view();
            Framed residual = Framed.of(arena, values.rows(random, m, n), n);
            kernels.swiglu(gateUp, plain);
            kernels.linear(plain, w, Optional.empty(), Activation.NONE, Optional.of(residual.view()), expected);
            kernels.swigluLinear(gateUp, scratch.view(), w, Optional.of(residual.view()), residual.view());
            Expected.checkBits("swiglu, " + message, expected, residual.view());
            residual.assertFrameUntouched(message);
            scratch.assertFrameUntouched(message);

            kernels.linear(plain, w, expected);
            kernels.swigluLinear(gateUp, scratch.view(), w, Optional.empty(), out.view());
            Expected.checkBits("swiglu without residual, " + message, expected, out.view());
        }
    }

    @ParameterizedTest
    @MethodSource(TIERS)
    void gatedPairEqualsThreeOperationsAroundEveryBlockEdge(TierUnderTest tier) {
        try (Kernels kernels = tier.open()) {
            for (DType dtype : DType.values()) {
                // Whole panels of gate and up, and a hidden size that ends within one.
                for (int hidden : new int[] {32, 96, 50}) {
                    for (int m : new int[] {1, 15, 16, 17, 31, 32, 33, 49, 65, 129}) {
                        gatedPair(kernels, dtype, m, 67, hidden, 40, Values.NORMAL);
                    }
                }
                // Many panels, shared out, and rows in several groups.
                for (int m : new int[] {17, 64, 97, 160, 290}) {
                    gatedPair(kernels, dtype, m, 1040, 352, 33, Values.NORMAL);
                }
                for (Values values : Values.values()) {
                    gatedPair(kernels, dtype, 20, 96, 64, 70, values);
                    gatedPair(kernels, dtype, 65, 96, 64, 70, values);
                }
            }
        }
    }

    private static void gatedPair(Kernels kernels, DType dtype, int m, int k, int hiddenSize, int n, Values values) {
        String message = dtype + " [" + m + ", " + k + "] to 2 x " + hiddenSize + " to " + n + ", " + values;
        Random random = new Random(message.hashCode());
        try (Arena arena = Arena.ofShared()) {
            PanelMatrix gateUp = LinearCases.pack(arena, dtype, Values.NORMAL.bf16Rows(random, 2 * hiddenSize, k));
            Matrix x = Framed.of(arena, values.rows(random, m, k), k).view();
            Matrix norm = Framed.of(arena, Values.NORMAL.rows(random, 1, k), k).view();
            Framed normed = Framed.zeros(arena, m, k);
            Framed gated = Framed.zeros(arena, m, 2 * hiddenSize);
            Framed hidden = Framed.zeros(arena, m, hiddenSize);
            Matrix plainGated = Matrix.allocate(arena, m, 2 * hiddenSize);
            Matrix plainHidden = Matrix.allocate(arena, m, hiddenSize);
            kernels.rmsNormLinear(x, norm, EPS, Matrix.allocate(arena, m, k), gateUp, plainGated);
            kernels.swiglu(plainGated, plainHidden);

            PanelMatrix down = LinearCases.pack(arena, dtype, Values.NORMAL.bf16Rows(random, n, hiddenSize));
            Matrix expected = Matrix.allocate(arena, m, n);
            kernels.linear(plainHidden, down, expected);
            Framed out = Framed.zeros(arena, m, n);
            kernels.rmsNormSwigluFeedForward(x, norm, EPS, normed.view(), gateUp, gated.view(), hidden.view(), down, Optional.empty(), out.view());
            Expected.checkBits(message, expected, out.view());
            out.assertFrameUntouched(message);

            // The result goes where the rows were, which are its residual too, as in a layer of the decoder.
            PanelMatrix back = LinearCases.pack(arena, dtype, Values.NORMAL.bf16Rows(random, k, hiddenSize));
            Matrix expectedBack = Matrix.allocate(arena, m, k);
            kernels.linear(plainHidden, back, Optional.empty(), Activation.NONE, Optional.of(x), expectedBack);
            kernels.rmsNormSwigluFeedForward(x, norm, EPS, normed.view(), gateUp, gated.view(), hidden.view(), back, Optional.of(x), x);
            Expected.checkBits("in place, " + message, expectedBack, x);
            normed.assertFrameUntouched(message);
            gated.assertFrameUntouched(message);
            hidden.assertFrameUntouched(message);
        }
    }

    private static List<Optional<Matrix>> bothBiases(Arena arena, Random random, int n) {
        return List.of(Optional.empty(), Optional.of(Framed.of(arena, Values.NORMAL.rows(random, 1, n), n).view()));
    }

    /** The result goes where the rows were before their norm, which are its residual too, as in a layer of the encoder. */
    private static void pair(Kernels kernels, Arena arena, Random random, LayerNormed x, Matrix plain, PanelMatrix w1, String message) {
        int m = plain.rows();
        int k = plain.cols();
        PanelMatrix w2 = LinearCases.pack(arena, w1.layout().dtype(), Values.NORMAL.bf16Rows(random, k, w1.n()));
        Matrix expected = Matrix.allocate(arena, m, k);
        for (Optional<Matrix> bias2 : bothBiases(arena, random, k)) {
            Framed inPlace = Framed.zeros(arena, m, k);
            for (int row = 0; row < m; row++) {
                inPlace.view().copyRow(row, x.x(), row);
            }
            Framed hidden = Framed.zeros(arena, m, w1.n());
            kernels.feedForward(plain, w1, Optional.empty(), w2, bias2, Optional.of(x.x()), Matrix.allocate(arena, m, w1.n()), expected);
            LayerNormed here = new LayerNormed(inPlace.view(), x.weight(), x.bias(), EPS, x.normed());
            kernels.layerNormFeedForward(here, w1, Optional.empty(), w2, bias2, Optional.of(inPlace.view()), hidden.view(), inPlace.view());
            Expected.checkBits("layer norm and two products, " + message, expected, inPlace.view());
            inPlace.assertFrameUntouched(message);
            hidden.assertFrameUntouched(message);
        }
    }

    /** After rows that hold NaN, a smaller call computes with none of them. */
    @ParameterizedTest
    @MethodSource(TIERS)
    void nothingIsLeftOfTheCallBefore(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            for (DType dtype : DType.values()) {
                PanelMatrix w = LinearCases.pack(arena, dtype, Values.NORMAL.bf16Rows(new Random(7), 40, 1040));
                Matrix norm = Framed.of(arena, Values.NORMAL.rows(new Random(8), 1, 1040), 1040).view();
                Matrix x = Framed.of(arena, Values.NORMAL.rows(new Random(9), 48, 1040), 1040).view();
                Matrix normed = Matrix.allocate(arena, 48, 1040);
                Matrix clean = Matrix.allocate(arena, 17, 40);
                kernels.rmsNormLinear(x.rows(0, 17), norm, EPS, normed.rows(0, 17), w, clean);
                for (int row = 17; row < 48; row++) {
                    x.set(row, row, Float.NaN);
                }
                Matrix all = Matrix.allocate(arena, 48, 40);
                kernels.rmsNormLinear(x, norm, EPS, normed, w, all);
                Matrix again = Matrix.allocate(arena, 17, 40);
                kernels.rmsNormLinear(x.rows(0, 17), norm, EPS, normed.rows(0, 17), w, again);
                Expected.checkBits(dtype + " after NaN", clean, again);
                for (int row = 0; row < 48; row++) {
                    assertEquals(row >= 17, Float.isNaN(all.get(row, 0)), dtype + " row " + row);
                }
            }
        }
    }
}
