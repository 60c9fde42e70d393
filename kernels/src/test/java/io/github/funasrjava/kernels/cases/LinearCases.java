package io.github.funasrjava.kernels.cases;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.PanelPacker;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Cases of {@code linear} and {@code argmaxLinear}: sizes around every block edge, all types, epilogues and values. */
public final class LinearCases {
    /** Rows around the tiles of 4, 6, 12, 16 and 32. */
    private static final int[] ROWS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 24, 25, 31, 32, 33, 37, 65};
    /** Columns of x around groups of 2 and 4, vectors, padding to 32 and 64, and K blocks of 256, 512, 1024. */
    private static final int[] INNER = {1, 2, 3, 4, 5, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257,
        511, 512, 513, 560, 1023, 1024, 1025, 1100, 2048};
    /** Columns of out around vectors, panels, and groups of 4 and 8 panels. */
    private static final int[] OUTER = {1, 3, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 96, 97, 127, 129, 160, 193, 224, 255, 256,
        257, 289, 384, 520};

    /** Shapes {@code [m, k, n]} of the published model at 10 s of audio, for benchmarks. */
    public static final List<int[]> ENCODER_LAYER = List.of(new int[] {167, 512, 1536}, new int[] {167, 512, 512},
            new int[] {167, 512, 2048}, new int[] {167, 2048, 512});
    /** Shapes {@code [m, k, n]} of one decoder layer with one row, for benchmarks. */
    public static final List<int[]> DECODER_LAYER = List.of(new int[] {1, 1024, 4096}, new int[] {1, 2048, 1024},
            new int[] {1, 1024, 6144}, new int[] {1, 3072, 1024});

    private LinearCases() {}

    /** Where the residual stands. */
    public enum Residual { NONE, SEPARATE, IN_PLACE }

    /** One case. */
    public record LinearCase(DType dtype, int m, int k, int n, boolean bias, Activation activation, Residual residual,
            Values values) {}

    /** The table. */
    public static List<LinearCase> all() {
        List<LinearCase> cases = new ArrayList<>();
        for (DType dtype : DType.values()) {
            for (int m : ROWS) {
                add(cases, dtype, m, 33, 70);
                add(cases, dtype, m, 272, 257);
            }
            for (int k : INNER) {
                add(cases, dtype, 1, k, 40);
                add(cases, dtype, 13, k, 33);
            }
            for (int n : OUTER) {
                add(cases, dtype, 1, 36, n);
                add(cases, dtype, 3, 64, n);
                add(cases, dtype, 14, 40, n);
            }
        }
        return cases;
    }

    /** Cycles through epilogues and values with periods that have no common factor, so that they mix. */
    private static void add(List<LinearCase> cases, DType dtype, int m, int k, int n) {
        int i = cases.size();
        cases.add(new LinearCase(dtype, m, k, n, i % 2 == 0, i % 7 < 2 ? Activation.RELU : Activation.NONE,
                Residual.values()[i % 3], Values.values()[i % 5]));
    }

    /** The operands of a case, the same for the same case. */
    public record Operands(Matrix x, PanelMatrix w, Optional<Matrix> bias, Optional<Matrix> residual, float[][] weights) {
        public static Operands of(Arena arena, LinearCase c) {
            Random random = new Random(c.toString().hashCode());
            Values weightValues = c.values == Values.MIXED ? Values.MIXED : Values.NORMAL;
            float[][] weights = c.dtype == DType.BF16 ? weightValues.bf16Rows(random, c.n, c.k) : weightValues.rows(random, c.n, c.k);
            return new Operands(Framed.of(arena, c.values.rows(random, c.m, c.k), c.k).view(), pack(arena, c.dtype, weights),
                    c.bias ? Optional.of(Framed.of(arena, c.values.rows(random, 1, c.n), c.n).view()) : Optional.empty(),
                    c.residual != Residual.NONE
                            ? Optional.of(Framed.of(arena, c.values.rows(random, c.m, c.n), c.n).view()) : Optional.empty(),
                    weights);
        }
    }

    /** Packs or quantises rows of weights. */
    public static PanelMatrix pack(Arena arena, DType dtype, float[][] weights) {
        return PanelPacker.pack(arena, new PanelLayout(dtype, weights.length, weights[0].length),
                (row, into) -> System.arraycopy(weights[row], 0, into, 0, into.length));
    }

    /**
     * The result in f64. For int8 the weights are those that were stored; the bound then covers the rounding of the
     * row to 15 bits.
     */
    public static Expected expected(LinearCase c, Operands o, Tiers.TierUnderTest tier) {
        double bf16InputError = tier.bf16InputError();
        Expected expected = new Expected(c.m, c.n);
        float[] w = new float[c.k];
        for (int j = 0; j < c.n; j++) {
            PanelPacker.unpackRow(o.w, j, w);
            double weightScale = 0;
            double largestWeight = 0;
            for (float value : w) {
                weightScale += Math.abs(value);
                largestWeight = Math.max(largestWeight, Math.abs(value));
            }
            for (int i = 0; i < c.m; i++) {
                double sum = 0;
                double magnitude = 0;
                double largest = 0;
                for (int p = 0; p < c.k; p++) {
                    double x = o.x.get(i, p);
                    sum += x * w[p];
                    magnitude += Math.abs(x * w[p]);
                    largest = Math.max(largest, Math.abs(x));
                }
                double bound = switch (c.dtype) {
                    case F32 -> (c.k + 2) * Expected.ULP * magnitude;
                    case BF16 -> ((c.k + 2) * Expected.ULP + bf16InputError) * magnitude
                            + c.k * tier.scaledTermError() * largest * largestWeight;
                    // Half a step of x per term, with the roundings of the scale and of w * scale.
                    case INT8 -> (0.5 / 16256 + 8 * Expected.ULP) * largest * weightScale + 8 * Expected.ULP * magnitude;
                };
                // Terms and sums below the smallest normal may be flushed.
                bound += Expected.FLOOR * (c.k + weightScale) + (largest < 1e-30 ? largest * weightScale : 0);
                double value = sum + (c.bias ? o.bias.orElseThrow().get(0, j) : 0);
                bound += Expected.ULP * (Math.abs(sum) + Math.abs(value));
                value = c.activation == Activation.RELU ? Math.max(0, value) : value;
                value += c.residual != Residual.NONE ? o.residual.orElseThrow().get(i, j) : 0;
                expected.set(i, j, value, bound + Expected.ULP * Math.abs(value));
            }
        }
        return expected;
    }
}
