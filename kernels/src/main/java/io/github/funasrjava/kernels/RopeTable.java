package io.github.funasrjava.kernels;

import java.lang.foreign.Arena;

/**
 * Cosines and sines of the rotary position embedding for positions 0 to {@code positions - 1}: angle
 * {@code p * theta^(-2 i / headDim)}, {@code i < headDim / 2}; pairs are {@code (i, i + headDim / 2)}.
 *
 * @param cos {@code [positions, headDim / 2]}
 * @param sin {@code [positions, headDim / 2]}
 */
public record RopeTable(Matrix cos, Matrix sin) {
    /** Computes the tables: angles in f32 as the reference does, cosine and sine in f64 rounded to f32. */
    public static RopeTable compute(Arena arena, int positions, int headDim, double theta) {
        if (headDim % 2 != 0) {
            throw new IllegalArgumentException("rotary embedding needs an even head_dim, got " + headDim);
        }
        int half = headDim / 2;
        Matrix cos = Matrix.allocate(arena, positions, half);
        Matrix sin = Matrix.allocate(arena, positions, half);
        for (int i = 0; i < half; i++) {
            float inverseFrequency = (float) (1.0 / Math.pow(theta, 2.0 * i / headDim));
            for (int p = 0; p < positions; p++) {
                float angle = p * inverseFrequency;
                cos.set(p, i, (float) Math.cos(angle));
                sin.set(p, i, (float) Math.sin(angle));
            }
        }
        return new RopeTable(cos, sin);
    }

    /** Number of positions. */
    public int positions() {
        return cos.rows();
    }
}
