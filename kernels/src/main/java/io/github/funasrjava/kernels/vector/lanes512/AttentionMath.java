package io.github.funasrjava.kernels.vector.lanes512;

import static io.github.funasrjava.kernels.vector.lanes512.Species.BYTES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.F32;
import static io.github.funasrjava.kernels.vector.lanes512.Species.FLOATS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.LANES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.ORDER;
import static io.github.funasrjava.kernels.vector.lanes512.Species.VECTORS;
import static jdk.incubator.vector.VectorOperators.EQ;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Softmax over rows of scores, and what attention and argmax do around the products. A row of results stands in lines
 * of 32, one for each panel: element {@code j} in line {@code j / 32}, lines {@code lineStride} floats apart. Sums are kept
 * per lane, element {@code j} in lane {@code j % LANES}, and are joined at the end, so that a row depends on its own
 * elements alone.
 */
final class AttentionMath {
    private AttentionMath() {}

    private static FloatVector load(float[] c, int cAt, int lineStride, int j) {
        return FloatVector.fromArray(FLOATS, c, cAt + (j >>> 5) * lineStride + (j & 31));
    }

    private static float get(float[] c, int cAt, int lineStride, int j) {
        return c[cAt + (j >>> 5) * lineStride + (j & 31)];
    }

    /**
     * Turns {@code n} scores into {@code exp(scale * score - max)} in place and returns their sum. Scores of the last
     * vector beyond {@code n} become 0.
     */
    static float softmax(float[] s, int sAt, int lineStride, int n, float scale) {
        FloatVector largest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (int j = 0; j < n; j += LANES) {
            FloatVector score = load(s, sAt, lineStride, j).mul(scale);
            if (j + LANES > n) {
                score = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY).blend(score, FLOATS.indexInRange(j, n));
            }
            score.intoArray(s, sAt + (j >>> 5) * lineStride + (j & 31));
            largest = largest.max(score);
        }
        float max = Elementary.max(largest);
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int j = 0; j < n; j += LANES) {
            FloatVector weight = Elementary.exp(load(s, sAt, lineStride, j).sub(max));
            weight.intoArray(s, sAt + (j >>> 5) * lineStride + (j & 31));
            sums = sums.add(weight);
        }
        return Elementary.sum(sums);
    }

    /** {@code c += weight * v} over {@code lines} lines: one key's part of one row of the result. */
    static void addScaled(float[] c, int cAt, int lineStride, float weight, MemorySegment v, long vAt, long vPanelBytes, int lines) {
        FloatVector factor = FloatVector.broadcast(FLOATS, weight);
        for (int p = 0; p < lines; p++) {
            for (int i = 0; i < VECTORS; i++) {
                int at = cAt + p * lineStride + i * LANES;
                factor.fma(FloatVector.fromMemorySegment(FLOATS, v, vAt + p * vPanelBytes + i * BYTES, ORDER),
                        FloatVector.fromArray(FLOATS, c, at)).intoArray(c, at);
            }
        }
    }

    /** {@code out[i] = c[i] / divisor} for {@code n} elements. */
    static void divide(float[] c, int cAt, int lineStride, float divisor, int n, MemorySegment out, long outAt) {
        int whole = n / LANES * LANES;
        for (int i = 0; i < whole; i += LANES) {
            load(c, cAt, lineStride, i).div(divisor).intoMemorySegment(out, outAt + i * 4L, ORDER);
        }
        for (int i = whole; i < n; i++) {
            out.set(F32, outAt + i * 4L, get(c, cAt, lineStride, i) / divisor);
        }
    }

    /** Largest of {@code n} logits; NaN when there is one. */
    static float largest(float[] c, int cAt, int lineStride, int n) {
        FloatVector largest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        int whole = n / LANES * LANES;
        for (int j = 0; j < whole; j += LANES) {
            largest = largest.max(load(c, cAt, lineStride, j));
        }
        float max = Elementary.max(largest);
        for (int j = whole; j < n; j++) {
            max = Math.max(max, get(c, cAt, lineStride, j));
        }
        return max;
    }

    /** Index of the first of {@code n} logits that equals {@code value}, or -1. */
    static int indexOf(float[] c, int cAt, int lineStride, int n, float value) {
        int whole = n / LANES * LANES;
        for (int j = 0; j < whole; j += LANES) {
            VectorMask<Float> equal = load(c, cAt, lineStride, j).compare(EQ, value);
            if (equal.anyTrue()) {
                return j + equal.firstTrue();
            }
        }
        for (int j = whole; j < n; j++) {
            if (get(c, cAt, lineStride, j) == value) {
                return j;
            }
        }
        return -1;
    }

    /** Sum of {@code exp(logit - max)} over {@code n} logits. */
    static float sumExp(float[] c, int cAt, int lineStride, int n, float max) {
        FloatVector sums = FloatVector.zero(FLOATS);
        int whole = n / LANES * LANES;
        for (int j = 0; j < whole; j += LANES) {
            sums = sums.add(Elementary.exp(load(c, cAt, lineStride, j).sub(max)));
        }
        float sum = Elementary.sum(sums);
        for (int j = whole; j < n; j++) {
            sum += (float) Math.exp(get(c, cAt, lineStride, j) - max);
        }
        return sum;
    }
}
