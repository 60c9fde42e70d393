package io.github.funasrjava.kernels.vector.lanes512;

import static io.github.funasrjava.kernels.vector.lanes512.Species.BYTES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.F32;
import static io.github.funasrjava.kernels.vector.lanes512.Species.FLOATS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.LANES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.ORDER;
import static jdk.incubator.vector.VectorOperators.ABS;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Operations on one row of {@code n} values: norms, gates, logarithm of the softmax, FSMN taps, int8 digits. What does
 * not fill a vector at the end of a row is done value by value; the order of every sum depends on {@code n} alone.
 */
final class RowMath {
    /** Digits are stored in this unit; widened int8 weights are 2^24 times too large. */
    private static final float DIGIT_UNIT = 0x1p-24f;
    /** 1.5 * 2^23: adding and subtracting it rounds to the nearest whole number, ties to even. */
    private static final float ROUND = 12582912f;

    private RowMath() {}

    private static FloatVector load(MemorySegment m, long at) {
        return FloatVector.fromMemorySegment(FLOATS, m, at, ORDER);
    }

    static void layerNorm(MemorySegment x, long xAt, int n, MemorySegment weight, long weightAt, MemorySegment bias, long biasAt,
            float eps, MemorySegment out, long outAt) {
        int whole = n / LANES * BYTES;
        int end = n * Float.BYTES;
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int at = 0; at < whole; at += BYTES) {
            sums = sums.add(load(x, xAt + at));
        }
        float sum = Elementary.sum(sums);
        for (int at = whole; at < end; at += Float.BYTES) {
            sum += x.get(F32, xAt + at);
        }
        float mean = sum / n;
        FloatVector squares = FloatVector.zero(FLOATS);
        FloatVector rests = FloatVector.zero(FLOATS);
        for (int at = 0; at < whole; at += BYTES) {
            FloatVector centred = load(x, xAt + at).sub(mean);
            squares = centred.fma(centred, squares);
            rests = rests.add(centred);
        }
        float square = Elementary.sum(squares);
        float rest = Elementary.sum(rests);
        for (int at = whole; at < end; at += Float.BYTES) {
            float centred = x.get(F32, xAt + at) - mean;
            square = Math.fma(centred, centred, square);
            rest += centred;
        }
        // Rows far from zero (digital silence gives -90) lose the last bits of their mean in an f32 sum; what is left
        // over after centring is exactly that loss.
        float lost = rest / n;
        float inverse = 1 / (float) Math.sqrt(Math.max(0, square / n - lost * lost) + eps);
        for (int at = 0; at < whole; at += BYTES) {
            load(x, xAt + at).sub(mean).sub(lost).mul(inverse).fma(load(weight, weightAt + at), load(bias, biasAt + at))
                    .intoMemorySegment(out, outAt + at, ORDER);
        }
        for (int at = whole; at < end; at += Float.BYTES) {
            float normed = (x.get(F32, xAt + at) - mean - lost) * inverse;
            out.set(F32, outAt + at, Math.fma(normed, weight.get(F32, weightAt + at), bias.get(F32, biasAt + at)));
        }
    }

    static void rmsNorm(MemorySegment x, long xAt, int n, MemorySegment weight, long weightAt, float eps, MemorySegment out,
            long outAt) {
        int whole = n / LANES * BYTES;
        int end = n * Float.BYTES;
        FloatVector squares = FloatVector.zero(FLOATS);
        for (int at = 0; at < whole; at += BYTES) {
            FloatVector value = load(x, xAt + at);
            squares = value.fma(value, squares);
        }
        float square = Elementary.sum(squares);
        for (int at = whole; at < end; at += Float.BYTES) {
            float value = x.get(F32, xAt + at);
            square = Math.fma(value, value, square);
        }
        float inverse = 1 / (float) Math.sqrt(square / n + eps);
        for (int at = 0; at < whole; at += BYTES) {
            load(x, xAt + at).mul(inverse).mul(load(weight, weightAt + at)).intoMemorySegment(out, outAt + at, ORDER);
        }
        for (int at = whole; at < end; at += Float.BYTES) {
            out.set(F32, outAt + at, x.get(F32, xAt + at) * inverse * weight.get(F32, weightAt + at));
        }
    }

    /** Rotates the pairs {@code (i, i + half)} of a head in place. */
    static void rotate(MemorySegment x, long xAt, int half, MemorySegment cos, long cosAt, MemorySegment sin, long sinAt) {
        int whole = half / LANES * BYTES;
        int end = half * Float.BYTES;
        for (int at = 0; at < whole; at += BYTES) {
            FloatVector a = load(x, xAt + at);
            FloatVector b = load(x, xAt + end + at);
            FloatVector c = load(cos, cosAt + at);
            FloatVector s = load(sin, sinAt + at);
            a.mul(c).sub(b.mul(s)).intoMemorySegment(x, xAt + at, ORDER);
            b.mul(c).add(a.mul(s)).intoMemorySegment(x, xAt + end + at, ORDER);
        }
        for (int at = whole; at < end; at += Float.BYTES) {
            float a = x.get(F32, xAt + at);
            float b = x.get(F32, xAt + end + at);
            float c = cos.get(F32, cosAt + at);
            float s = sin.get(F32, sinAt + at);
            x.set(F32, xAt + at, a * c - b * s);
            x.set(F32, xAt + end + at, b * c + a * s);
        }
    }

    static void swiglu(MemorySegment x, long gateAt, long upAt, int n, MemorySegment out, long outAt) {
        int whole = n / LANES * BYTES;
        int end = n * Float.BYTES;
        for (int at = 0; at < whole; at += BYTES) {
            FloatVector gate = load(x, gateAt + at);
            gate.div(Elementary.exp(gate.neg()).add(1f)).mul(load(x, upAt + at)).intoMemorySegment(out, outAt + at, ORDER);
        }
        for (int at = whole; at < end; at += Float.BYTES) {
            float gate = x.get(F32, gateAt + at);
            float silu = gate / (1 + (float) Math.exp(-gate));
            out.set(F32, outAt + at, silu * x.get(F32, upAt + at));
        }
    }

    static void logSoftmax(MemorySegment x, long xAt, int n, MemorySegment out, long outAt) {
        int whole = n / LANES * BYTES;
        int end = n * Float.BYTES;
        FloatVector largest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (int at = 0; at < whole; at += BYTES) {
            largest = largest.max(load(x, xAt + at));
        }
        float max = Elementary.max(largest);
        for (int at = whole; at < end; at += Float.BYTES) {
            max = Math.max(max, x.get(F32, xAt + at));
        }
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int at = 0; at < whole; at += BYTES) {
            sums = sums.add(Elementary.exp(load(x, xAt + at).sub(max)));
        }
        float sum = Elementary.sum(sums);
        for (int at = whole; at < end; at += Float.BYTES) {
            sum += (float) Math.exp(x.get(F32, xAt + at) - max);
        }
        // Two steps, because max + log(sum) would round away the logarithm of a large maximum.
        float log = (float) Math.log(sum);
        for (int at = 0; at < whole; at += BYTES) {
            load(x, xAt + at).sub(max).sub(log).intoMemorySegment(out, outAt + at, ORDER);
        }
        for (int at = whole; at < end; at += Float.BYTES) {
            out.set(F32, outAt + at, x.get(F32, xAt + at) - max - log);
        }
    }

    /**
     * One row of FSMN: {@code out = v[t] + sum_j w[j] * v[t + firstOffset + j] (+ residual)}, over taps that the caller
     * has cut to the span. {@code w} is {@code [taps][n]}.
     */
    static void fsmn(MemorySegment v, long vAt, long vRowBytes, int firstOffset, int taps, MemorySegment w, long wAt, long wRowBytes,
            int n, boolean hasResidual, MemorySegment residual, long residualAt, MemorySegment out, long outAt) {
        int whole = n / LANES * BYTES;
        int end = n * Float.BYTES;
        for (int at = 0; at < whole; at += BYTES) {
            FloatVector sum = load(v, vAt + at);
            for (int j = 0; j < taps; j++) {
                sum = load(w, wAt + j * wRowBytes + at).fma(load(v, vAt + (firstOffset + j) * vRowBytes + at), sum);
            }
            if (hasResidual) {
                sum = sum.add(load(residual, residualAt + at));
            }
            sum.intoMemorySegment(out, outAt + at, ORDER);
        }
        for (int at = whole; at < end; at += Float.BYTES) {
            float sum = v.get(F32, vAt + at);
            for (int j = 0; j < taps; j++) {
                sum = Math.fma(w.get(F32, wAt + j * wRowBytes + at), v.get(F32, vAt + (firstOffset + j) * vRowBytes + at), sum);
            }
            out.set(F32, outAt + at, hasResidual ? sum + residual.get(F32, residualAt + at) : sum);
        }
    }

    /** Largest magnitude of a row; NaN when there is one. */
    static float largestMagnitude(MemorySegment x, long xAt, int n) {
        int whole = n / LANES * BYTES;
        FloatVector largest = FloatVector.zero(FLOATS);
        for (int at = 0; at < whole; at += BYTES) {
            largest = largest.max(load(x, xAt + at).lanewise(ABS));
        }
        float max = Elementary.max(largest);
        for (int at = whole; at < n * Float.BYTES; at += Float.BYTES) {
            max = Math.max(max, Math.abs(x.get(F32, xAt + at)));
        }
        return max;
    }

    /**
     * Both int8 digits of a row as {@code RowDigits} defines them, as f32 divided by 2^24 (which undoes the widening of
     * int8 weights).
     */
    static void digits(MemorySegment x, long xAt, int n, float inverse, float[] high, int highAt, float[] low, int lowAt) {
        int whole = n / LANES * LANES;
        for (int i = 0; i < whole; i += LANES) {
            FloatVector q = load(x, xAt + i * 4L).mul(inverse).add(ROUND).sub(ROUND);
            // floor((q + 64) / 128): half a unit more makes the nearest whole number the wanted one, and there are no ties.
            FloatVector h = q.add(0.5f).mul(1f / 128).add(ROUND).sub(ROUND);
            h.mul(DIGIT_UNIT).intoArray(high, highAt + i);
            q.sub(h.mul(128f)).mul(DIGIT_UNIT).intoArray(low, lowAt + i);
        }
        for (int i = whole; i < n; i++) {
            int q = (int) Math.rint(x.get(F32, xAt + i * 4L) * inverse);
            int h = q + 64 >> 7;
            high[highAt + i] = h * DIGIT_UNIT;
            low[lowAt + i] = (q - 128 * h) * DIGIT_UNIT;
        }
    }
}
