package io.github.funasrjava.kernels.internal;

import io.github.funasrjava.kernels.Matrix;
import java.util.Arrays;

/**
 * How f32 activations meet int8 weights: a row becomes one scale and two signed 8-bit digits per value, 15 bits in all.
 * Every tier computes exactly this, so that products with int8 weights agree bit for bit.
 *
 * <p>For a row {@code x[0..k)} (all steps f32, rounded to nearest even):
 * <ol>
 * <li>{@code largest = max |x[i]|}.
 * <li>If {@code largest} is NaN or infinite, all digits are 0 and {@code scale} is NaN, so the row's results are NaN.
 * <li>If {@code largest < 1e-30}, all digits and {@code scale} are 0: such a row counts as zero.
 * <li>Else {@code scale = largest / 16256}, {@code inverse = 16256 / largest}, {@code q[i] = round-half-even(x[i] *
 * inverse)}, which lies in -16256 to 16256 (16256 = 128 * 127).
 * <li>{@code high[i] = (q[i] + 64) >> 7} in -127 to 127, {@code low[i] = q[i] - 128 * high[i]} in -64 to 63.
 * </ol>
 *
 * <p>The product of the row with row {@code w[0..k)} of int8 weights of scale {@code s}:
 * <ol>
 * <li>{@code H = sum high[i] * w[i]} and {@code L = sum low[i] * w[i]}, exact in int32 ({@code k} up to
 * {@value #MAX_K}).
 * <li>{@code t = fma((float) H, 128f, (float) L)}, conversions to nearest even.
 * <li>{@code result = (t * scale) * s}: first the row's scale, then the weights'.
 * </ol>
 * Bias, activation and residual follow as for f32 weights: {@code result + bias}, activation, {@code + residual}.
 */
public final class RowDigits {
    /** Value of the largest magnitude of a row. */
    public static final float FULL_SCALE = 16256f;
    /** Rows whose largest magnitude lies below count as zero: the inverse scale must stay finite. */
    public static final float SMALLEST = 1e-30f;
    /** Largest k for which the sums surely fit into 32 bits: 2^31 / 127^2, rounded down to whole blocks. */
    public static final int MAX_K = 131072;

    private RowDigits() {}

    /** Splits one row of {@code x} into {@code high[0..k)} and {@code low[0..k)}; returns its scale. */
    public static float split(Matrix x, int row, byte[] high, byte[] low) {
        int k = x.cols();
        float largest = 0;
        for (int i = 0; i < k; i++) {
            largest = Math.max(largest, Math.abs(x.get(row, i)));
        }
        boolean finite = largest < Float.POSITIVE_INFINITY;
        if (!finite || largest < SMALLEST) {
            Arrays.fill(high, 0, k, (byte) 0);
            Arrays.fill(low, 0, k, (byte) 0);
            return finite ? 0 : Float.NaN;
        }
        float inverse = FULL_SCALE / largest;
        for (int i = 0; i < k; i++) {
            int q = (int) Math.rint(x.get(row, i) * inverse);
            int h = q + 64 >> 7;
            high[i] = (byte) h;
            low[i] = (byte) (q - 128 * h);
        }
        return largest / FULL_SCALE;
    }

    /** The product from its two exact sums. */
    public static float combine(int highSum, int lowSum, float rowScale, float weightScale) {
        return Math.fma((float) highSum, 128f, (float) lowSum) * rowScale * weightScale;
    }
}
