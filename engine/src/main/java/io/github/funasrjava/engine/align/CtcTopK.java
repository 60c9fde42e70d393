package io.github.funasrjava.engine.align;

import java.util.Objects;

/**
 * The likeliest classes of each CTC frame.
 *
 * @param frames T
 * @param k classes per frame
 * @param ids {@code [T, k]}, by falling probability
 * @param logProbabilities {@code [T, k]}, natural logarithms
 * @param blank the blank's id
 */
public record CtcTopK(int frames, int k, int[] ids, float[] logProbabilities, int blank) {
    /** @throws IllegalArgumentException when the arrays do not have {@code frames * k} entries */
    public CtcTopK {
        Objects.requireNonNull(ids);
        Objects.requireNonNull(logProbabilities);
        if (k < 1 || ids.length != (long) frames * k || logProbabilities.length != ids.length) {
            throw new IllegalArgumentException("top " + k + " of " + frames + " frames with " + ids.length + " ids and "
                    + logProbabilities.length + " probabilities");
        }
    }
}
