package io.github.funasrjava.kernels.vector.lanes512;

import static io.github.funasrjava.kernels.vector.lanes512.Species.FLOATS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.LANES;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/** The exponential, and sums and maxima over the lanes of one vector in a fixed order. */
final class Elementary {
    private static final float LOG2_E = 1.4426950408889634f;
    /** ln 2 in two parts: the upper has 9 bits, so that its products with n are exact. */
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    /** 1.5 * 2^23: adding it leaves round-half-even(x) in the low bits. */
    private static final float ROUND = 12582912f;
    /** ln(2^-126), rounded up: below, the result is less than the smallest normal number and becomes 0. */
    private static final float UNDERFLOW = -87.33654f;
    /** ln(2^128), rounded down: above, the result is infinite. */
    private static final float OVERFLOW = 88.72283f;
    // Minimax fit of (e^r - 1 - r) / r^2 on |r| <= ln(2)/2, weighted for the relative error of e^r: 3e-9.
    private static final float P0 = 0.49999994f;
    private static final float P1 = 0.16666521f;
    private static final float P2 = 0.04166839f;
    private static final float P3 = 0.008368717f;
    private static final float P4 = 0.0013814599f;

    private static final VectorShuffle<Float> BY_8 = rotation(8);
    private static final VectorShuffle<Float> BY_4 = rotation(4);
    private static final VectorShuffle<Float> BY_2 = rotation(2);
    private static final VectorShuffle<Float> BY_1 = rotation(1);

    private Elementary() {}

    private static VectorShuffle<Float> rotation(int by) {
        return VectorShuffle.iota(FLOATS, by % LANES, 1, true);
    }

    /**
     * {@code e^x} within about one unit in the last place: {@code x = n ln 2 + r}, {@code e^x = 2^n e^r}. NaN stays NaN.
     */
    static FloatVector exp(FloatVector x) {
        VectorMask<Float> under = x.compare(LT, UNDERFLOW);
        VectorMask<Float> over = x.compare(GT, OVERFLOW);
        FloatVector shifted = x.fma(FloatVector.broadcast(FLOATS, LOG2_E), FloatVector.broadcast(FLOATS, ROUND));
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -LN2_HIGH), x);
        r = n.fma(FloatVector.broadcast(FLOATS, -LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(FLOATS, P4);
        p = p.fma(r, FloatVector.broadcast(FLOATS, P3));
        p = p.fma(r, FloatVector.broadcast(FLOATS, P2));
        p = p.fma(r, FloatVector.broadcast(FLOATS, P1));
        p = p.fma(r, FloatVector.broadcast(FLOATS, P0));
        p = p.mul(r).fma(r, r).add(1f);
        // n stands in the low bits of `shifted`; in the exponent field it multiplies by 2^n.
        FloatVector scaled = shifted.reinterpretAsInts().lanewise(LSHL, 23).add(p.reinterpretAsInts()).reinterpretAsFloats();
        return scaled.blend(0f, under).blend(Float.POSITIVE_INFINITY, over);
    }

    /** Sum of all lanes, by halves; {@code reduceLanes} may sum floats in any order. */
    static float sum(FloatVector v) {
        FloatVector s = v;
        if (LANES > 8) {
            s = s.add(s.rearrange(BY_8));
        }
        if (LANES > 4) {
            s = s.add(s.rearrange(BY_4));
        }
        s = s.add(s.rearrange(BY_2));
        return s.add(s.rearrange(BY_1)).lane(0);
    }

    /** Largest lane; NaN when there is one. */
    static float max(FloatVector v) {
        FloatVector s = v;
        if (LANES > 8) {
            s = s.max(s.rearrange(BY_8));
        }
        if (LANES > 4) {
            s = s.max(s.rearrange(BY_4));
        }
        s = s.max(s.rearrange(BY_2));
        return s.max(s.rearrange(BY_1)).lane(0);
    }
}
