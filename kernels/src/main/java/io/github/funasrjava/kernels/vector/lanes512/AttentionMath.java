package io.github.funasrjava.kernels.vector.lanes512;

import static io.github.funasrjava.kernels.vector.lanes512.Species.BYTES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.F32;
import static io.github.funasrjava.kernels.vector.lanes512.Species.FLOATS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.LANES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.ORDER;
import static jdk.incubator.vector.VectorOperators.EQ;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Softmax over rows of scores that stand in panels of 32 keys, and what attention and argmax do around the products.
 * Sums over keys are kept per lane, key {@code j} in lane {@code j % LANES}, and are joined at the end, so that a row
 * depends on its own visible keys alone.
 */
final class AttentionMath {
    /** Bytes of 32 floats. */
    private static final long LINE = 128;

    private AttentionMath() {}

    /**
     * Turns {@code n} scores into {@code exp(scale * score - max)} in place and returns their sum. Score {@code j}
     * stands in panel {@code j / 32}; panels lie {@code panelBytes} apart. Scores of the last vector beyond {@code n}
     * become 0.
     */
    static float softmax(MemorySegment s, long sAt, long panelBytes, int n, float scale) {
        FloatVector largest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (int j = 0; j < n; j += LANES) {
            long at = sAt + j / 32 * panelBytes + j % 32 * 4L;
            FloatVector score = FloatVector.fromMemorySegment(FLOATS, s, at, ORDER).mul(scale);
            if (j + LANES > n) {
                score = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY).blend(score, FLOATS.indexInRange(j, n));
            }
            score.intoMemorySegment(s, at, ORDER);
            largest = largest.max(score);
        }
        float max = Elementary.max(largest);
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int j = 0; j < n; j += LANES) {
            long at = sAt + j / 32 * panelBytes + j % 32 * 4L;
            FloatVector weight = Elementary.exp(FloatVector.fromMemorySegment(FLOATS, s, at, ORDER).sub(max));
            weight.intoMemorySegment(s, at, ORDER);
            sums = sums.add(weight);
        }
        return Elementary.sum(sums);
    }

    /** {@code c += weight * v} over lines of 32 columns: one key's part of one row of the result. */
    static void addScaled(MemorySegment c, long cAt, long cPanelBytes, float weight, MemorySegment v, long vAt, long vPanelBytes,
            int panels) {
        FloatVector factor = FloatVector.broadcast(FLOATS, weight);
        for (int p = 0; p < panels; p++) {
            for (long at = 0; at < LINE; at += BYTES) {
                factor.fma(FloatVector.fromMemorySegment(FLOATS, v, vAt + p * vPanelBytes + at, ORDER),
                                FloatVector.fromMemorySegment(FLOATS, c, cAt + p * cPanelBytes + at, ORDER))
                        .intoMemorySegment(c, cAt + p * cPanelBytes + at, ORDER);
            }
        }
    }

    /** {@code out[i] = c[i] / divisor} for {@code n} columns that stand in panels of 32. */
    static void divide(MemorySegment c, long cAt, long cPanelBytes, float divisor, int n, MemorySegment out, long outAt) {
        int whole = n / LANES * LANES;
        for (int i = 0; i < whole; i += LANES) {
            FloatVector.fromMemorySegment(FLOATS, c, cAt + i / 32 * cPanelBytes + i % 32 * 4L, ORDER).div(divisor)
                    .intoMemorySegment(out, outAt + i * 4L, ORDER);
        }
        for (int i = whole; i < n; i++) {
            out.set(F32, outAt + i * 4L, c.get(F32, cAt + i / 32 * cPanelBytes + i % 32 * 4L) / divisor);
        }
    }

    /** Copies {@code rows} rows of {@code floats} values, {@code floats} at most 32, beyond which lines are zeroed. */
    static void copyLines(MemorySegment x, long xAt, long xRowBytes, int rows, int floats, MemorySegment out, long outAt) {
        for (int r = 0; r < rows; r++) {
            if (floats == 32) {
                for (long at = 0; at < LINE; at += BYTES) {
                    FloatVector.fromMemorySegment(FLOATS, x, xAt + r * xRowBytes + at, ORDER)
                            .intoMemorySegment(out, outAt + r * LINE + at, ORDER);
                }
            } else {
                for (int i = 0; i < 32; i++) {
                    out.set(F32, outAt + r * LINE + i * 4L, i < floats ? x.get(F32, xAt + r * xRowBytes + i * 4L) : 0f);
                }
            }
        }
    }

    /** Largest of {@code n} logits that stand in panels of 32; NaN when there is one. */
    static float largest(MemorySegment c, long cAt, long panelBytes, int n) {
        FloatVector largest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        int whole = n / LANES * LANES;
        for (int j = 0; j < whole; j += LANES) {
            largest = largest.max(FloatVector.fromMemorySegment(FLOATS, c, cAt + j / 32 * panelBytes + j % 32 * 4L, ORDER));
        }
        float max = Elementary.max(largest);
        for (int j = whole; j < n; j++) {
            max = Math.max(max, c.get(F32, cAt + j / 32 * panelBytes + j % 32 * 4L));
        }
        return max;
    }

    /** Index of the first of {@code n} logits that equals {@code value}, or -1. */
    static int indexOf(MemorySegment c, long cAt, long panelBytes, int n, float value) {
        int whole = n / LANES * LANES;
        for (int j = 0; j < whole; j += LANES) {
            VectorMask<Float> equal = FloatVector.fromMemorySegment(FLOATS, c, cAt + j / 32 * panelBytes + j % 32 * 4L, ORDER)
                    .compare(EQ, value);
            if (equal.anyTrue()) {
                return j + equal.firstTrue();
            }
        }
        for (int j = whole; j < n; j++) {
            if (c.get(F32, cAt + j / 32 * panelBytes + j % 32 * 4L) == value) {
                return j;
            }
        }
        return -1;
    }

    /** Sum of {@code exp(logit - max)} over {@code n} logits that stand in panels of 32. */
    static float sumExp(MemorySegment c, long cAt, long panelBytes, int n, float max) {
        FloatVector sums = FloatVector.zero(FLOATS);
        int whole = n / LANES * LANES;
        for (int j = 0; j < whole; j += LANES) {
            FloatVector logit = FloatVector.fromMemorySegment(FLOATS, c, cAt + j / 32 * panelBytes + j % 32 * 4L, ORDER);
            sums = sums.add(Elementary.exp(logit.sub(max)));
        }
        float sum = Elementary.sum(sums);
        for (int j = whole; j < n; j++) {
            sum += (float) Math.exp(c.get(F32, cAt + j / 32 * panelBytes + j % 32 * 4L) - max);
        }
        return sum;
    }
}
